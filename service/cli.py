"""The `svdiff` command. Other packages add commands by entry point; each is imported when it is called."""

from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Annotated

import typer

GROUP = "svdiff.commands"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Run and manage the SVDiff service.",
    pretty_exceptions_enable=False,
)
tenants_app = typer.Typer(no_args_is_help=True, help="Manage tenants, who each have their own jobs, images and shifts.")
keys_app = typer.Typer(no_args_is_help=True, help="Manage API keys.")
bases_app = typer.Typer(no_args_is_help=True, help="Manage base models.")
app.add_typer(tenants_app, name="tenants")
app.add_typer(keys_app, name="keys")
app.add_typer(bases_app, name="bases")

Data = Annotated[
    Path | None,
    typer.Option(
        help="The data folder of a local stack. Without it, the servers that the SVDIFF_* variables name are used."
    ),
]


def print_version(requested: bool) -> None:  # noqa: FBT001 — Typer passes an option's value by position
    """Print the version and end the command, if `--version` was given."""
    if requested:
        typer.echo(f"svdiff {version('svdiff')}")
        raise typer.Exit


@app.callback()
def common_options(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before a command."""


@app.command()
def up(
    data: Annotated[Path, typer.Option(help="The folder that keeps all data.")] = Path("data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port that the API listens on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address that the API listens on.")] = "127.0.0.1",
) -> None:
    """Start the whole service on this machine until Ctrl-C."""
    from service.local.up import run

    run(data, host, port)


@app.command()
def migrate(data: Data = None) -> None:
    """Update the database schema and register the shipped base models."""
    from service.local.connect import connect
    from service.local.up import prepare_schema

    with connect(data) as settings:
        prepare_schema(settings)
    typer.echo("The database schema is up to date.")


@tenants_app.command("create")
def create_tenant(name: Annotated[str, typer.Argument(help="The new tenant's name.")], data: Data = None) -> None:
    """Create a tenant."""
    from service import tenants
    from service.local.connect import connect_database

    with connect_database(data) as (settings, database):
        tenants.create_tenant(database, settings, name)
    typer.echo(f"Created the tenant {name}.")


@tenants_app.command("limits")
def set_limits(
    name: Annotated[str, typer.Argument(help="The tenant's name.")],
    weight: Annotated[
        float | None, typer.Option(min=0.01, help="Share of the devices, relative to other tenants.")
    ] = None,
    running: Annotated[int | None, typer.Option(min=0, help="How many jobs may run at a time.")] = None,
    pending: Annotated[int | None, typer.Option(min=0, help="How many jobs may wait.")] = None,
    batch_pending: Annotated[int | None, typer.Option(min=0, help="How many lines of batches may wait.")] = None,
    data: Data = None,
) -> None:
    """Change a tenant's limits, and print all of them."""
    from service import tenants
    from service.local.connect import connect_database

    changes = {"weight": weight, "max_running": running, "max_pending": pending, "max_batch_pending": batch_pending}
    with connect_database(data) as (_, database):
        limits = tenants.set_limits(database, name, {key: value for key, value in changes.items() if value is not None})
    typer.echo("  ".join(f"{key.removeprefix('max_')} {value:g}" for key, value in limits.items()))


@keys_app.command("create")
def create_key(tenant: Annotated[str, typer.Option(help="The tenant's name.")], data: Data = None) -> None:
    """Create an API key for a tenant; it is shown only once."""
    from service import tenants
    from service.local.connect import connect_database

    with connect_database(data) as (_, database):
        key = tenants.create_key(database, tenant)
    typer.echo(key)


@bases_app.command("list")
def list_bases(data: Data = None) -> None:
    """List the registered base models, each with its newest revision."""
    from service import bases
    from service.local.connect import connect_database

    with connect_database(data) as (_, database), database.app() as session:
        newest = bases.list_newest(session)
    for base in newest:
        typer.echo(f"{base.name}\trevision {base.revision}\t{base.fingerprint}\t{base.source}")


def add_command(entry: EntryPoint) -> None:
    """Add a command that is imported when it is called; `bases add` becomes a command of `bases`."""
    group, _, name = entry.name.rpartition(" ")
    parent = {"": app, "bases": bases_app}[group]
    pass_through = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

    @parent.command(name, context_settings=pass_through, help=f"Run `svdiff {entry.name} --help` for its options.")
    def run(context: typer.Context) -> None:
        command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        command.command()(entry.load())
        command(args=context.args, prog_name=f"svdiff {entry.name}")


for _entry in entry_points(group=GROUP):
    add_command(_entry)


def main() -> None:
    """Run the command line; an error that explains itself is printed without a traceback."""
    from service.errors import ServiceError
    from service.infra.database import MissingSetting
    from service.infra.logs import configure
    from service.local.stack import StackError
    from service.settings import Settings
    from service.tenants import TenantExists, UnknownTenant

    configure(Settings())  # to standard error: standard output has a command's result only
    try:
        app()
    except (MissingSetting, ServiceError, StackError, TenantExists, UnknownTenant) as error:
        typer.echo(f"svdiff: {error}", err=True)
        raise SystemExit(1) from error
