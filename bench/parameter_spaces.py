"""Parameter spaces side by side in one run: numbers trained, bytes of the file, seconds a training step.

    python -m bench.parameter_spaces --steps 20

Trains every method on random pictures (time does not depend on them) with the batch of the base's own recipe. Methods
take turns, a step each, so that whatever else the machine does falls on all of them; the median of each counts.
"""

import argparse
import csv
import statistics
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from svdiff_core.base import Base, load_base
from svdiff_core.parameters.methods import DEFAULT_RATES
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift import file as shifts
from svdiff_core.shift.file import Shift
from svdiff_core.spaces import adapter
from svdiff_core.spaces.adapter import Adapter
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject

ROOT = Path(__file__).parents[1]
FIELDS = ("method", "parameters", "file_bytes", "of_lora_parameters", "of_lora_bytes", "seconds_per_step", "of_svdiff")


@dataclass(frozen=True)
class Figures:
    """What one method costs."""

    parameters: int
    file_bytes: int
    seconds: float


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "emoji" / "bases" / "emoji")
    parser.add_argument("--factors", type=Path, default=ROOT / "build" / "factors")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "parameter_spaces.csv")
    parser.add_argument("--steps", type=int, default=20, help="of each method, after one that is thrown away")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    base = load_base(chosen.base, factors_dir=chosen.factors)
    write(chosen.out, measure(base, chosen.steps))
    print(chosen.out.read_text())


def measure(base: Base, steps: int) -> dict[str, Figures]:
    """The figures of every method, from one run."""
    trainings = {method: training(base, method, steps + 1) for method in DEFAULT_RATES}
    times: dict[str, list[float]] = {method: [] for method in DEFAULT_RATES}
    for _ in range(steps + 1):
        for method, one in trainings.items():
            with ExitStack() as stack:  # attached for one step: the base carries one method at a time
                times[method].append(next(stack.enter_context(closing(one.steps()))).seconds)
    results = {method: one.adapter() for method, one in trainings.items()}
    return {m: Figures(*size(result), statistics.median(times[m][1:])) for m, result in results.items()}


def training(base: Base, method: str, steps: int) -> Training:
    """A training of one method on random pictures."""
    changes: dict[str, Any] = {"method": method, "steps": steps}
    recipe = replace(Recipe.from_mapping(base.recipe.fine_tune), **changes)
    seeded = torch.Generator().manual_seed(0)
    side = base.recipe.resolution
    pictures = torch.rand((4, 3, side, side), generator=seeded) * 2 - 1
    prior = torch.randn((8, *base.family.latent_shape(side, side)), generator=seeded)
    return Training(base, Subject(pictures, "a photo of a sks dog", "a photo of a dog", "sks", "dog"), recipe, 0, prior)


def size(result: Adapter) -> tuple[int, int]:
    """Numbers trained, and bytes of the file."""
    if isinstance(result, Shift):
        return sum(delta.size for delta in result.deltas.values()), len(shifts.dump(result))
    return result.parameters, len(adapter.dump_tensor_adapter(result))


def write(path: Path, figures: dict[str, Figures]) -> None:
    """A row a method; ratios to LoRA's size and to svdiff's time."""
    lora, plain = figures["lora"], figures["svdiff"]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for method, f in figures.items():
            sizes = (f.parameters, f.file_bytes, f"{f.parameters / lora.parameters:.3f}")
            ratios = (f"{f.file_bytes / lora.file_bytes:.3f}", f"{f.seconds:.4f}", f"{f.seconds / plain.seconds:.2f}")
            writer.writerow(dict(zip(FIELDS, (method, *sizes, *ratios), strict=True)))


if __name__ == "__main__":
    main()
