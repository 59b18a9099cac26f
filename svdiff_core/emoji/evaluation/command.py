"""`svdiff evaluate base`: the options, parsed before torch is imported."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from svdiff_core.emoji.evaluation.options import Options
from svdiff_core.errors import CoreError

SHIPPED_BASE = Path(__file__).parents[1] / "bases" / "emoji"


class Target(StrEnum):
    """What can be measured."""

    BASE = "base"


def evaluate(  # noqa: PLR0917 — options of a command line, always given by name
    target: Annotated[Target, typer.Argument(help="What to measure: a base of the emoji world.")],  # noqa: ARG001 — so far the one thing
    folder: Annotated[
        Path, typer.Option("--base", help="The base's folder; by default the emoji base that ships.")
    ] = SHIPPED_BASE,
    pictures: Annotated[int, typer.Option(min=1, help="Pictures for each row of the table.")] = 200,
    steps: Annotated[int, typer.Option(min=1, help="DDIM steps of a picture.")] = 25,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale; by default what the base recommends.")] = None,
    seed: Annotated[int, typer.Option(help="Picture i of a row uses seed + i.")] = 0,
    personalize: Annotated[bool, typer.Option(help="Fine-tune on held-out subjects, with the base's recipe.")] = True,  # noqa: FBT002 — a flag on the command line
    subject: Annotated[list[str] | None, typer.Option(help="Fine-tune on this subject alone; may be repeated.")] = None,
    grid: Annotated[Path, typer.Option(help="The PNG file for sample pictures.")] = Path("evaluation.png"),
    out: Annotated[Path | None, typer.Option(help="A .json or .csv file for the numbers.")] = None,
    factors: Annotated[
        Path, typer.Option(help="The folder with the factors of bases; they are computed there the first time.")
    ] = Path("data/factors"),
) -> None:
    """Measure a base of the emoji world: its pictures, its autoencoder, its speed, and fine-tunes on it."""
    subjects = (tuple(subject) if subject else None) if personalize else ()
    try:
        options = Options(folder, pictures, steps, guidance, seed, subjects, grid, out, factors)
        from svdiff_core.emoji.evaluation.report import report

        typer.echo(report(options, show))
    except CoreError as error:
        typer.echo(f"svdiff: {error}", err=True)
        raise typer.Exit(1) from error


def show(task: str, done: int, total: int) -> None:
    """Show the progress on one line of the terminal."""
    typer.echo(f"\r{task}: {done} of {total}".ljust(60), nl=done == total, err=True)
