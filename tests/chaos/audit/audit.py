"""The auditor: `python -m tests.chaos.audit.audit JOURNAL --data FOLDER`. Exit code 1 if anything is wrong.

It looks at the driver's journal, at Postgres as its owner, and at the object store; at nothing that a worker says.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from sqlalchemy import make_url

from service.infra.object_store import ObjectStore
from service.local.connect import local_stack, settings_for_stack
from service.local.stack import running_addresses
from service.settings import Settings
from tests.chaos.audit import history, objects, promises, twins, webhooks
from tests.chaos.audit.evidence import Evidence, Finding

Check = Callable[[Evidence], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    promises.lost,
    promises.batches,
    promises.not_ended,
    promises.unasked,
    promises.doubled_answers,
    promises.cancels,
    promises.batch_cancels,
    promises.deadlines,
    promises.failures,
    promises.trouble,
    history.events,
    history.ended_once,
    history.usage,
    history.counters,
    objects.stale,
    objects.results,
    objects.objects,
    objects.orphans,
    webhooks.endpoints,
    webhooks.told,
    webhooks.delivered,
    webhooks.genuine,
    twins.twins,
)


def audit(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong."""
    return [finding for check in CHECKS for finding in check(evidence)]


@contextmanager
def opened(journal: Path, settings: Settings) -> Iterator[Evidence]:
    """The evidence of a run whose servers answer."""
    assert settings.database_url
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as owner:
        yield Evidence(journal, owner, ObjectStore(settings))


@contextmanager
def servers(data: Path | None) -> Iterator[Settings]:
    """Those of a folder, started if nobody runs them; without a folder, those that the SVDIFF_* variables name."""
    settings = Settings()
    if data is None:
        yield settings
    elif (running := running_addresses(data)) is not None:
        yield settings_for_stack(settings, running, data)
    else:
        with local_stack(data, settings) as stack:
            yield settings_for_stack(settings, stack.start(), data)


def main(
    journal: Annotated[Path, typer.Argument(help="The folder with the driver's journal.")],
    data: Annotated[Path | None, typer.Option(help="The folder of the run's local stack.")] = None,
) -> None:
    """Print what is wrong as JSON lines."""
    with servers(data) as settings, opened(journal, settings) as evidence:
        findings = audit(evidence)
    for finding in findings:
        typer.echo(json.dumps(asdict(finding)))
    typer.echo(f"{len(findings)} findings", err=True)
    sys.exit(bool(findings))


if __name__ == "__main__":
    typer.run(main)
