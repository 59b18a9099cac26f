"""A training parameter is declared once: one line more, and everything knows it."""

import json
import subprocess
import sys
from typing import Any

from service.settings import Settings
from tests.api.conftest import Hands
from tests.conftest import Customer

LINE = '    warm_up: int = parameter(0, "Steps over which the learning rates rise.", ge=0, limit=50, edits=True)'
BEFORE = "    batch_size: int"

# The process reads the declaration with one more line, and then serves as always.
PROGRAM = """
import importlib.util, json, sys
from pathlib import Path
import svdiff_core.parameters

key, body, line, before = json.loads(sys.stdin.read())
path = Path(svdiff_core.parameters.__path__[0]) / "recipe.py"
spec = importlib.util.spec_from_file_location("svdiff_core.parameters.recipe", path)
module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
source = path.read_text().replace(before, line + chr(10) + before, 1)
exec(compile(source, str(path), "exec"), vars(module))

from fastapi.testclient import TestClient
from api.main import create
from service.jobs.specs import EditSpec, FineTuneSpec
from service.settings import Settings

with TestClient(create(Settings())) as client:
    def post(route, **changes):
        return client.post(route, json=body[route] | changes, headers={"Authorization": f"Bearer {key}"})

    trained = post("/v1/fine-tunes", warm_up=7).json()
    edited = post("/v1/edits", training={"warm_up": 8}).json()
    refused = post("/v1/fine-tunes", warm_up=51).json()
    document = client.get("/openapi.json").json()["components"]["schemas"]
    print(json.dumps({
        "stored": [trained["spec"]["warm_up"], edited["spec"]["training"]["warm_up"]],
        "left out": post("/v1/fine-tunes").json()["spec"]["warm_up"],
        "refused": [problem["pointer"] for problem in refused["problems"]],
        "described": document["FineTuneRequest"]["properties"]["warm_up"]["description"],
        "recommended": document["FineTuneRecipe"]["properties"]["warm_up"]["default"],
        "trainer": [
            FineTuneSpec.model_validate(trained["spec"]).recipe().warm_up,
            EditSpec.model_validate(edited["spec"]).fine_tune().recipe().warm_up,
        ],
    }))
"""


def test_a_new_training_parameter_costs_one_line(settings: Settings, alice: Customer, base: str, hands: Hands) -> None:
    """It is taken, bounded, stored, shown and passed to the trainer, in fine-tunes and in edits."""
    image = hands.upload(alice)
    edit = {"base": base, "image": image, "description": "a photo of a dog", "prompts": ["a photo of a cat"]}
    bodies = {"/v1/fine-tunes": hands.fine_tune_body(image), "/v1/edits": edit}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([alice.key, bodies, LINE, BEFORE]),
        env=settings.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert seen == {
        "stored": [7, 8],
        "left out": 0,
        "refused": ["/warm_up"],
        "described": "Steps over which the learning rates rise.",
        "recommended": 0,
        "trainer": [7, 8],
    }
