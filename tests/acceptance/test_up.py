"""One folder through its life: started, used, killed in every way, and started again."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from svdiff_core.shift.file import load
from tests.acceptance.conftest import Client, Up, eventually, svdiff

STEPS = 300


@pytest.fixture(scope="module")
def port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture(scope="module")
def key(data: Path, port: int, tiny_pipeline: Path) -> str:
    """The key of the first start; a tiny base is added while nothing runs."""
    first = Up(data, port)
    key = first.key()
    first.stop()
    assert "tiny revision 1: svd1-" in svdiff("bases", "add", "tiny", str(tiny_pipeline), "--data", str(data))
    return key


@pytest.fixture
def up(data: Path, port: int, key: str) -> Iterator[Up]:
    """The service on the folder."""
    running = Up(data, port)
    yield running
    running.stop()


def children(pid: int) -> dict[str, int]:
    """The pids of our own processes below a supervisor, by the module they run."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1]) if folder.name.isdigit() else 0
            command = (folder / "cmdline").read_text().split("\0")
        except (OSError, ValueError):
            continue
        if parent == pid:
            name = next(
                (word for word in ("api.main:create", "worker.device", "beat", "worker.upkeep") if word in command), ""
            )
            found[name or Path(command[0]).name] = int(folder.name)
    return found


def test_only_the_first_start_prints_a_key(up: Up) -> None:
    """A key is shown once: the second start of the folder prints none."""
    assert "API key" not in up.output


def test_commands_reach_the_running_stack(up: Up, data: Path) -> None:
    """A tenant and a key made beside the running service work at once."""
    assert "Created" in svdiff("tenants", "create", "acme", "--data", str(data))
    key = svdiff("keys", "create", "--tenant", "acme", "--data", str(data)).strip()
    answer = httpx.get(f"{up.url}/v1/bases", headers={"Authorization": f"Bearer {key}"})
    assert {base["name"] for base in answer.json()["data"]} >= {"tiny", "emoji"}
    assert "tiny" in svdiff("bases", "list", "--data", str(data))


def test_a_worker_killed_in_a_fine_tune_is_replaced_and_the_shift_is_its_twins(up: Up, key: str) -> None:
    """Killed with -9 in the middle: another worker resumes from the last stored step, and the tensors are equal."""
    client = Client(up.url, key)
    job_id = client.fine_tune("tiny", steps=STEPS)
    eventually(lambda: client.job(job_id)["progress"]["step"] > 20)
    os.kill(children(up.process.pid)["worker.device"], signal.SIGKILL)
    killed_at = client.job(job_id)["progress"]["step"]
    job = client.ended(job_id)
    assert job["status"] == "succeeded", job["error"]
    assert killed_at < STEPS, "the kill came too late to prove anything"
    twin = client.ended(client.fine_tune("tiny", steps=STEPS))
    resumed, undisturbed = (load(client.shift_file(one)) for one in (job, twin))
    assert all(np.array_equal(resumed.deltas[name], undisturbed.deltas[name]) for name in undisturbed.deltas)
    events = client.http.get(f"/v1/jobs/{job_id}/events").text
    assert "event: requeued" in events


def test_ctrl_c_in_a_fine_tune_and_up_again_goes_on(up: Up, key: str, data: Path, port: int) -> None:
    """The job is handed over, not counted as an attempt, and ends after the next start."""
    client = Client(up.url, key)
    job_id = client.fine_tune("tiny", steps=STEPS)
    eventually(lambda: client.job(job_id)["progress"]["step"] > 20)
    up.stop()
    again = Up(data, port)
    try:
        before = client.job(job_id)["progress"]["step"]
        job = client.ended(job_id)
    finally:
        again.stop()
    assert job["status"] == "succeeded", job["error"]
    assert before > 20
    assert job["attempt"] == 1


def test_a_supervisor_killed_leaves_no_orphan(up: Up) -> None:
    """Killed with -9, its servers and our own processes end by themselves."""
    family = children(up.process.pid)
    assert len(family) >= 5
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    eventually(lambda: not any(alive(pid) for pid in family.values()), 20)


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
