"""The wheel of svdiff_core alone: what is in it, and that it works where nothing of the service is."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from packaging.utils import canonicalize_name
from PIL import Image

from tests.publish.bare_environment import bare_environment, closure

ROOT = Path(__file__).parents[2]
CORE: dict[str, Any] = tomllib.loads((ROOT / "publish/svdiff_core/pyproject.toml").read_text())["project"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXAMPLE = re.findall(r"```python\n(.*?)```", (ROOT / "publish/svdiff_core/README.md").read_text(), re.DOTALL)

IMPORT_EVERYTHING = """
import json, pkgutil
from importlib import import_module
from importlib.metadata import distributions
import svdiff_core

modules = [module.name for module in pkgutil.walk_packages(svdiff_core.__path__, "svdiff_core.")]
for name in modules:
    import_module(name)
names = sorted(distribution.name for distribution in distributions())
print(json.dumps({"file": svdiff_core.__file__, "modules": modules, "distributions": names}))
"""

ATTACH_TRAIN_SAMPLE = """
import sys
from dataclasses import replace
from pathlib import Path

import torch

from svdiff_core import Recipe, SampleDone, SamplingSpec, Subject, Training, attach, load_base, sample
from svdiff_core.shift import dump, load

base = load_base(sys.argv[1], factors_dir=Path("factors"))
unet, factors = base.family.parts["unet"], base.factors.part("unet")
inputs = torch.randn(1, 4, 8, 8), torch.tensor([10]), torch.randn(1, 16, 32)
with torch.no_grad():
    plain = unet(*inputs).sample
    handle = attach(unet, factors)
    torch.testing.assert_close(unet(*inputs).sample, plain, rtol=1e-3, atol=1e-4)
    handle.detach()
    assert torch.equal(unet(*inputs).sample, plain)

recipe = replace(Recipe.from_mapping(base.recipe.fine_tune), prior_loss_weight=0.0, steps=3)
subject = Subject(torch.rand(2, 3, 32, 32) * 2 - 1, "a photo of a sks dog", "a photo of a dog", "sks", "dog")
training = Training(base, subject, recipe, seed=0)
assert [record.step for record in training.steps()] == [1, 2, 3]
shift = training.shift()
again = load(dump(shift))
assert dump(again) == dump(shift)


def picture(shift):
    *_, done = sample(base, SamplingSpec("a photo of a sks dog", seed=7, steps=3), shift)
    assert isinstance(done, SampleDone)
    return done.pictures


torch.testing.assert_close(picture(again), picture(shift), rtol=0, atol=0)
assert not torch.equal(picture(shift), picture(None))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `make wheel` does."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, ROOT / "publish/build_wheel.py", out], check=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and its dependencies."""
    return bare_environment(tmp_path_factory.mktemp("bare"), wheel, CORE["dependencies"])


def run(python: Path, program: str, folder: Path, *arguments: str) -> str:
    """What a program prints, run in a folder with nothing of this repository on its path."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [str(python), "-I", "-c", program, *arguments]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_wheel_is_the_method_without_the_service(wheel: Path) -> None:
    """Every source of svdiff_core is in it, but for the emoji base and the commands of `svdiff`; and the license."""
    assert wheel.name == f"svdiff_core-{PROJECT['version']}-py3-none-any.whl"
    every = {str(path.relative_to(ROOT)) for path in ROOT.glob("svdiff_core/**/*") if path.is_file()}
    left_out = re.compile(r"svdiff_core/(emoji/.*|commands\.py|(.*/)?__pycache__/.*)")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        licenses = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert names == {name for name in every if not left_out.fullmatch(name)}
    assert "svdiff_core/py.typed" in names
    assert len(licenses) == 1


def test_the_dependencies_are_bounded_as_those_of_the_project() -> None:
    """A bound of the wheel that the project's own lists do not have would be tested nowhere."""
    tested = {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["ml"]}
    ours = [*CORE["dependencies"], *(text for extra in CORE["optional-dependencies"].values() for text in extra)]
    assert set(ours) <= tested
    assert CORE["requires-python"] == PROJECT["requires-python"]


def test_every_module_imports_where_nothing_of_the_service_is(python: Path, tmp_path: Path) -> None:
    """The dependencies that the wheel names suffice, and neither the repository nor its other packages are there."""
    seen = json.loads(run(python, IMPORT_EVERYTHING, tmp_path))
    assert Path(seen["file"]).is_relative_to(python.parents[1])
    assert {"svdiff_core.spectral.module", "svdiff_core.training.loop"} <= set(seen["modules"])
    names = {canonicalize_name(name) for name in seen["distributions"]}
    assert names == {"svdiff-core", *closure(CORE["dependencies"])}
    assert not {"svdiff", "sqlalchemy", "fastapi", "celery", "pydantic-settings", "boto3", "redis"} & names


def test_a_base_is_loaded_attached_trained_and_sampled(python: Path, tiny_pipeline: Path, tmp_path: Path) -> None:
    """δ = 0 changes nothing, three steps make a shift that is kept by its file, and it changes the sampled picture."""
    run(python, ATTACH_TRAIN_SAMPLE, tmp_path, str(tiny_pipeline))


def test_the_example_of_its_page_runs(python: Path, tiny_pipeline: Path, tmp_path: Path) -> None:
    """The one program of the wheel's README, on a tiny base and two pictures, leaves a shift and a picture."""
    (tmp_path / "stable-diffusion").symlink_to(tiny_pipeline)
    (tmp_path / "dog").mkdir()
    noise = torch.rand((2, 40, 48, 3), generator=torch.Generator().manual_seed(0))
    for number, values in enumerate((noise * 255).byte().numpy()):
        Image.fromarray(values).save(tmp_path / "dog" / f"{number}.png")
    (program,) = EXAMPLE
    lines = run(python, program, tmp_path).splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert (tmp_path / "dog.safetensors").stat().st_size > 0
    assert Image.open(tmp_path / "beach.png").size == (32, 32)
