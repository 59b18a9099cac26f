"""`python -m tests.chaos`: a whole run, its audit, and the page that tells of it. Exit code 1 on any finding."""

import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from tests.chaos.audit.audit import audit, opened, servers
from tests.chaos.audit.evidence import Finding
from tests.chaos.figures import figures
from tests.chaos.installation import ROOT, Installation, Place
from tests.chaos.report import write
from tests.chaos.run import Run
from tests.chaos.traffic.plan import FULL, SHORT, Plan

PAGE = ROOT / "docs" / "reliability.md"
Result = tuple[list[Finding], dict[str, Any]]


def chaos(plan: Plan, out: Path, root: Path) -> Result:
    """Run the plan in `root`, then audit what it left; the journal and the results go to `out`."""
    place = Place(root, out / "journal")
    shutil.rmtree(place.journal, ignore_errors=True)
    with Installation(place, plan.changes | {"factors_dir": out / "factors"}) as installation:
        run = Run(plan, installation)
        run.everything()
    begun = time.monotonic()
    with servers(place.data) as settings, opened(place.journal, settings) as evidence:
        findings = audit(evidence)
        run.timings["audit"] = round(time.monotonic() - begun, 1)
        result = figures(evidence, findings, run.timings)
    (out / "findings.json").write_text(json.dumps([asdict(finding) for finding in findings], indent=1))
    (out / "audit.json").write_text(json.dumps(result, indent=1))
    return findings, result


@contextmanager
def folder() -> Iterator[Path]:
    """A place with a short path that every user may enter; kept where something is to be looked into."""
    root = Path(tempfile.mkdtemp(prefix="chaos", dir="/tmp"))
    try:
        yield root
    except (Exception, typer.Exit):
        sys.stderr.write(f"chaos: what is left is in {root}\n")
        raise
    except KeyboardInterrupt:
        shutil.rmtree(root, ignore_errors=True)
        raise
    shutil.rmtree(root, ignore_errors=True)


def stop(number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: in good order."""
    sys.stderr.write(f"chaos: stopped by {signal.Signals(number).name}\n")
    raise KeyboardInterrupt


def main(
    *,
    short: Annotated[bool, typer.Option(help="Two minutes of what must not be missing.")] = False,
    jobs: Annotated[int | None, typer.Option(help="Another number of jobs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed.")] = None,
    kills: Annotated[bool, typer.Option(help="Whether recovery with default leases is measured.")] = True,
    page: Annotated[bool, typer.Option(help="Whether docs/reliability.md is written.")] = True,
    out: Annotated[Path, typer.Option(help="Where journal and results go.")] = ROOT / "build" / "chaos",
) -> None:
    """Break everything, then see whether anything is lost, doubled or stale."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    plan = SHORT if short else FULL
    plan = replace(plan, jobs=jobs or plan.jobs, seed=plan.seed if seed is None else seed)
    if not kills:
        plan = replace(plan, kills_alone=0, kills_beside_another=0)
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with folder() as root:
        findings, result = chaos(plan, out, root)
        if page and not short:
            write(PAGE, plan, result)
        for finding in findings:
            typer.echo(json.dumps(asdict(finding)))
        typer.echo(f"{result['jobs']} jobs, {len(findings)} findings; see {out}", err=True)
        if findings:
            raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
