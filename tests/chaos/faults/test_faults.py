"""The driver's tools: places at which a process dies by order, and only by order."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.faults import faults
from tests.chaos.faults.recoveries import percentile
from tests.chaos.installation import ROOT
from tests.chaos.traffic.plan import FULL, SHORT, Plan

PROGRAM = """
from types import SimpleNamespace
from tests.chaos.faults.faults import surround
product = SimpleNamespace(claim=lambda: None, upload=lambda: "stored")
surround(product, "claim", after="after_claim")
surround(product, "upload", before="before_upload", after="after_upload")
product.claim()
print(product.upload(), flush=True)
"""


def run_with_order(tmp_path: Path, order: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    """The program, with an order waiting for it."""
    (tmp_path / "order").write_text(order)
    told = {faults.ORDER: str(tmp_path / "order"), faults.RECORD: str(tmp_path / "record"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False)


def test_a_process_dies_at_the_place_it_was_told_and_writes_it_down(tmp_path: Path) -> None:
    """By SIGKILL, behind the call and not before it; the order is gone, so that its successor lives."""
    done = run_with_order(tmp_path, "after_upload kill")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")
    assert not (tmp_path / "order").exists()
    (line,) = (tmp_path / "record").read_text().splitlines()
    assert json.loads(line)["place"] == "after_upload"


@pytest.mark.parametrize("order", ["", "elsewhere kill", "after_claim kill"])
def test_a_process_without_an_order_for_its_places_goes_on(tmp_path: Path, order: str) -> None:
    """No order, another place's, or one behind a claim that found nothing."""
    done = run_with_order(tmp_path, order)
    assert (done.returncode, done.stdout) == (0, "stored\n")


@pytest.mark.parametrize("program", ["api_with_faults", "device_with_faults", "upkeep_with_faults"])
def test_every_place_is_where_the_product_still_has_its_code(tmp_path: Path, program: str) -> None:
    """A function that was renamed would leave a program that does not start, or a place nobody comes by."""
    done = run_with_order(tmp_path, "", f"import tests.chaos.faults.{program}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("plan", [FULL, SHORT])
def test_one_seed_asks_for_the_same_jobs_and_at_least_as_many_as_promised(plan: Plan) -> None:
    """The plan is a function of its seed."""
    tasks = plan.tasks()
    assert tasks == plan.tasks()
    assert len(tasks) == plan.tenants
    assert sum(task.errand.jobs for own in tasks for task in own) >= plan.jobs


def test_the_99th_percentile_of_few_values_is_the_worst() -> None:
    """By nearest rank, no value is made up."""
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert percentile([float(number) for number in range(1, 201)], 0.99) == 198.0
    assert percentile([], 0.5) is None
