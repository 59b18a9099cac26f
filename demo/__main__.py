"""Four pictures in, a personalized contact sheet out, through HTTP only."""

import io
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from demo.client import Client, Job
from demo.service import Running, service
from demo.sheet import Row, draw
from demo.similarity import Subject

HERE = Path(__file__).parent
DATA = Path("build/demo")
SHEET = HERE / "contact-sheet.png"
INSTANCE_PROMPT, CLASS_PROMPT = "a photo of a sks dog", "a photo of a dog"
SCENES = ("on the beach", "in the snow", "in the forest", "in the desert")
PICTURES_A_PROMPT = 2
SEED = 7


def main() -> None:
    """Run the demo; exit 1 if the personalized answers are not nearer to the subject on every prompt."""
    begun = time.monotonic()
    inputs = sorted((HERE / "pictures").glob("*.png"))
    with service(DATA) as running:
        print(f"ready after {running.ready_seconds:.1f} s at {running.url} (docs at /docs)")
        client = Client(running.url, running.key)
        shift = fine_tune(client, running, inputs)
        seconds, rows = generate(client, shift)
    pictures = [Image.open(path) for path in inputs]
    draw(pictures, rows, SHEET)
    nearer = compare(pictures, rows)
    print(f"the last four generations took {seconds:.1f} s; the whole demo {time.monotonic() - begun:.0f} s")
    print(f"look at {SHEET.relative_to(Path.cwd()) if SHEET.is_relative_to(Path.cwd()) else SHEET}")
    sys.exit(0 if nearer == len(rows) else 1)


def fine_tune(client: Client, running: Running, inputs: Sequence[Path]) -> Mapping[str, Any]:
    """Upload the pictures and train; the shift."""
    images = [client.upload(path) for path in inputs]
    subject = {"images": images, "instance_prompt": INSTANCE_PROMPT, "class_prompt": CLASS_PROMPT}
    asked = time.monotonic()
    job_id = client.submit("/v1/fine-tunes", {"base": "emoji", "name": "demo dog", "subjects": [subject], "seed": SEED})
    first: list[float] = []

    def tell(kind: str, data: Mapping[str, Any]) -> None:
        if kind == "running" and not first:
            first.append(time.monotonic() - running.begun)
        show(kind, data)

    job = succeeded(client.follow(job_id, tell))
    shift: Mapping[str, Any] = job["result"]["shift"]
    print(f"\nfirst claim {first[0]:.1f} s after the start; the fine-tune took {time.monotonic() - asked:.0f} s")
    weights = base_bytes()
    share = f", 1/{weights / shift['bytes']:.0f} of the base's {weights / 1e6:.1f} MB" if weights else ""
    print(f"the shift {shift['id']} has {shift['bytes'] / 1e3:.1f} kB{share}")
    return shift


def show(kind: str, data: Mapping[str, Any]) -> None:
    """One line that keeps up with the job."""
    phase = data.get("phase", kind)
    count = f"{data['step']}/{data['steps']}" if phase in {"training", "sampling"} else ""
    loss = f" loss {data['loss']:.4f}" if "loss" in data else ""
    left = f" {data['seconds_left']:.0f} s left" if data.get("seconds_left") is not None else ""
    print(f"\r  {phase} {count}{loss}{left}".ljust(70), end="", flush=True)


def generate(client: Client, shift: Mapping[str, Any]) -> tuple[float, list[Row]]:
    """The base's answers and the personalized ones to the same prompts and seeds; the latter's seconds."""
    prompts = [(f"{CLASS_PROMPT} {scene}", f"{INSTANCE_PROMPT} {scene}") for scene in SCENES]
    base = answers(client, [plain for plain, _ in prompts], [])
    asked = time.monotonic()
    own = answers(client, [named for _, named in prompts], [{"id": shift["id"], "weight": 1.0}])
    seconds = time.monotonic() - asked
    return seconds, [Row(*words, *both) for words, both in zip(prompts, zip(base, own, strict=True), strict=True)]


def answers(
    client: Client, prompts: Sequence[str], shifts: Sequence[Mapping[str, Any]]
) -> list[tuple[Image.Image, ...]]:
    """The pictures of each prompt; all are asked for before the first is waited for."""
    body = {"base": "emoji", "shifts": list(shifts), "n": PICTURES_A_PROMPT, "seed": SEED}
    jobs = [client.submit("/v1/generations", body | {"prompt": prompt}) for prompt in prompts]
    return [pictures(client, succeeded(client.follow(job, show))) for job in jobs]


def pictures(client: Client, job: Job) -> tuple[Image.Image, ...]:
    """The pictures of a finished job."""
    return tuple(Image.open(io.BytesIO(client.download(image["url"]))) for image in job["result"]["images"])


def compare(inputs: Sequence[Image.Image], rows: Sequence[Row]) -> int:
    """Print how near each answer is to the subject; on how many prompts the personalized ones are nearer."""
    subject = Subject(inputs)
    nearer = 0
    print("similarity to the four pictures (colors and edges, 0 to 1):")
    for row in rows:
        base, own = (sum(map(subject.similarity, side)) / len(side) for side in (row.base, row.own))
        nearer += own > base
        print(f"  base {base:.3f}  personalized {own:.3f}  {row.own_prompt}")
    print(f"personalized is nearer on {nearer} of {len(rows)} prompts")
    return nearer


def succeeded(job: Job) -> Job:
    """The job, or its error as the demo's end."""
    if job["status"] != "succeeded":
        raise SystemExit(f"\nThe job {job['id']} {job['status']}: {job['error']}")
    return job


def base_bytes() -> int:
    """The size of the shipped base's weights."""
    from importlib.resources import files

    folder = Path(str(files("svdiff_core.emoji.bases") / "emoji"))
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


if __name__ == "__main__":
    main()
