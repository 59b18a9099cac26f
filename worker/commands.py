"""`svdiff bases add` and `svdiff bases prepare`: the commands that need torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service import bases
from service.local.connect import connect_database
from service.settings import Settings
from worker.models.shipped import NotShipped, location

Data = Annotated[
    Path | None,
    typer.Option(
        help="The data folder of a local stack. Without it, the servers that the SVDIFF_* variables name are used."
    ),
]


def add(
    name: Annotated[str, typer.Argument(help="The name that clients use.")],
    source: Annotated[str, typer.Argument(help="A folder with a Stable Diffusion model, or a hub id.")],
    revision: Annotated[str | None, typer.Option(help="A revision on the hub, best a commit.")] = None,
    data: Data = None,
) -> None:
    """Register a base model, after computing its fingerprint and factors."""
    folder = Path(source)
    where = str(folder.resolve()) if folder.is_dir() else source
    with report_cli_errors(), connect_database(data) as (settings, database):
        ref = bases.register(database, name, where, manifest_of(where, revision, settings), revision)
    typer.echo(f"{ref.name} revision {ref.revision}: {ref.fingerprint}")


def prepare(name: Annotated[str, typer.Argument(help="A registered base model.")], data: Data = None) -> None:
    """Compute the factors of a registered base model now, so that no job waits for them."""
    from svdiff_core.base import load_base

    with report_cli_errors(), connect_database(data) as (settings, database):
        with database.app() as session:
            ref = bases.get(session, name)
        load_base(
            location(ref.source),
            factors_dir=settings.factors_dir,
            dtype=settings.dtype,
            revision=ref.source_revision,
            progress=show_progress,
        )
    typer.echo(f"The factors of {name} are in {settings.factors_dir}.")


def manifest_of(source: str, revision: str | None, settings: Settings) -> bases.Manifest:
    """What the base says of itself, completed by what its weights tell."""
    from svdiff_core.base import load_base

    base = load_base(
        source, factors_dir=settings.factors_dir, dtype=settings.dtype, revision=revision, progress=show_progress
    )
    return bases.Manifest(
        fingerprint=base.fingerprint,
        resolution=base.recipe.resolution,
        size_multiple=base.family.multiple,
        geometry_layers=base.recipe.geometry_layers,
        judge=base.recipe.judge and base.recipe.judge.name,
        fine_tune=bases.FineTuneRecipe.model_validate(base.recipe.fine_tune),
        generation=bases.GenerationRecipe.model_validate(base.recipe.generation),
    )


@contextmanager
def report_cli_errors() -> Iterator[None]:
    """Turn what cannot be loaded into a sentence and exit code 1."""
    from svdiff_core.errors import CoreError

    try:
        yield
    except (CoreError, NotShipped) as error:
        typer.echo(f"svdiff: {error}", err=True)
        raise typer.Exit(1) from error


def show_progress(done: int, total: int) -> None:
    """One line that counts the factored matrices."""
    typer.echo(f"\rfactors: {done} of {total}", nl=done == total, err=True)
