"""`python -m bench.emoji_base train|export|samples|demo-pictures|judge`: the base that ships, from nothing."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.emoji_base.stages import Workplace

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Read the command line and do one command."""
    arguments = _parser().parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve whatever else runs
    arguments.run(arguments)


def _train(arguments: argparse.Namespace) -> None:
    import torch

    from bench.emoji_base import stages

    torch.set_num_threads(arguments.threads)
    place = _place(arguments)
    stages.render_data(place)
    vae = stages.train_autoencoder(place)
    stages.train_denoiser(place, vae)
    _export(arguments)


def _export(arguments: argparse.Namespace) -> None:
    from bench.emoji_base import stages

    size = stages.export(_place(arguments), arguments.target)
    print(f"wrote {arguments.target}: {size:,} bytes")


def _samples(arguments: argparse.Namespace) -> None:
    from bench.emoji_base.export import pipeline_folder, sample_grid

    pipeline = pipeline_folder.read(arguments.target)
    sample_grid.grid(pipeline, guidance=arguments.guidance).save(arguments.out)


def _demo_pictures(arguments: argparse.Namespace) -> None:
    from bench.emoji_base.data import demo_pictures

    demo_pictures.write(arguments.work / "downloads", arguments.out)


def _judge(arguments: argparse.Namespace) -> None:
    import torch

    from bench.emoji_base.judge import stage
    from bench.emoji_base.judge.recipe import JudgeRecipe

    torch.set_num_threads(arguments.threads)
    size = stage.make(_place(arguments), JudgeRecipe(), arguments.judge)
    print(f"wrote {arguments.judge}: {size:,} bytes")


def _place(arguments: argparse.Namespace) -> Workplace:
    from bench.emoji_base import recipe
    from bench.emoji_base.stages import Workplace

    return Workplace(recipe.load(arguments.recipe), arguments.work, arguments.threads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.emoji_base", description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "emoji_base", help="folder of all work data")
    parser.add_argument(
        "--target", type=Path, default=ROOT / "svdiff_core" / "emoji" / "bases" / "emoji", help="pipeline folder"
    )
    parser.add_argument("--recipe", type=Path, help="a TOML file of changes to the recipe")
    parser.add_argument("--threads", type=int, default=2)
    commands = parser.add_subparsers(required=True)
    runs = {"train": _train, "export": _export, "samples": _samples, "demo-pictures": _demo_pictures, "judge": _judge}
    for name, run in runs.items():
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name == "samples":
            command.add_argument("--guidance", type=float, default=4.0)
            command.add_argument("--out", type=Path, default=Path("samples.png"))
        if name == "demo-pictures":
            command.add_argument("--out", type=Path, default=ROOT / "demo" / "pictures")
        if name == "judge":
            command.add_argument("--judge", type=Path, default=ROOT / "svdiff_core" / "emoji" / "judges" / "emoji")
    return parser


if __name__ == "__main__":
    main()
