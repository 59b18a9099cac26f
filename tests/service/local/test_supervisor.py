import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.local.stack import running_addresses
from service.local.stack.restarter import Backoff
from service.local.supervisor import Program, Supervisor
from tests.service.local.eventually import eventually
from tests.service.local.ledger import Ledger
from tests.service.local.process_tree import ProcessTree

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("supervise.py")
Begin = Callable[..., subprocess.Popen[bytes]]
FOREVER = "while :; do sleep 1000 & wait $!; done"  # a shell answers signals while it waits


def shell(name: str, text: str, grace: float = 5.0) -> Program:
    """A program of ours in a line of shell."""
    return Program(name, ("sh", "-c", text), grace=grace)


@pytest.fixture
def supervise(place: Path, tree: ProcessTree) -> Iterator[Begin]:
    """Start a supervisor in a process of its own; every process that it caused must end with the test."""

    def begin(*programs: Program, stack: bool = False) -> subprocess.Popen[bytes]:
        (place / "ready").unlink(missing_ok=True)
        listed = json.dumps([[one.name, one.argv, one.grace] for one in programs])
        process = subprocess.Popen(
            [sys.executable, SCRIPT, place, listed, *(["stack"] if stack else [])],
            cwd=ROOT,
            env={**tree.environment, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        assert eventually((place / "ready").exists, 30)
        return process

    started: list[subprocess.Popen[bytes]] = []
    yield begin
    for process in started:
        process.kill()
        process.wait()
    assert tree.wait_until_gone() == {}


def test_nothing_outlives_a_supervisor_that_is_killed(supervise: Begin, place: Path, tree: ProcessTree) -> None:
    """After kill -9 servers, programs and what these had started are gone; the next start finds the data."""
    nest = f"(trap '' TERM INT; touch {place}/nested; {FOREVER}) & {FOREVER}"
    process = supervise(shell("nest", nest), shell("deaf", f"trap '' TERM INT; {FOREVER}"), stack=True)
    assert eventually((place / "nested").exists)
    assert len(tree.alive()) >= 7  # itself, the guard, three servers, two programs and a child's child
    addresses = running_addresses(place / "data")
    assert addresses is not None
    Ledger(addresses).write("one")
    process.kill()
    assert tree.wait_until_gone() == {}
    assert running_addresses(place / "data") is None
    process = supervise(stack=True)
    assert running_addresses(place / "data") == addresses
    assert Ledger(addresses).read() == (["one"],) * 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert tree.alive() == {}


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone_and_stops_in_reverse_order(
    supervise: Begin, place: Path
) -> None:
    """The terminal signals the whole foreground group; programs still get SIGTERM only, the last one first."""
    tell = "trap 'echo {0} got SIGTERM >> {1}/told; exit' TERM; trap 'echo {0} got SIGINT >> {1}/told' INT; " + FOREVER
    process = supervise(*(shell(name, tell.format(name, place)) for name in ("api", "device", "upkeep")))
    time.sleep(0.2)  # the shells set their traps
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 0
    told = (place / "told").read_text().splitlines()
    assert told == [f"{name} got SIGTERM" for name in ("upkeep", "device", "api")]


def test_a_program_may_store_its_state_within_its_grace_and_no_longer(supervise: Begin, place: Path) -> None:
    """One needs a moment after SIGTERM and gets it; one that never ends is killed."""
    slow = f"trap 'sleep 0.4; touch {place}/stored; exit' TERM; {FOREVER}"
    deaf = f"trap '' TERM; {FOREVER}"
    process = supervise(shell("slow", slow), shell("deaf", deaf, grace=0.5))
    time.sleep(0.2)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert (place / "stored").exists()
    assert 0.9 < time.monotonic() - begun < 4


def test_a_second_signal_ends_all_grace(supervise: Begin) -> None:
    """Whoever presses Ctrl-C twice does not wait for half a minute."""
    process = supervise(shell("deaf", f"trap '' TERM; {FOREVER}", grace=60))
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_a_program_that_dies_is_started_again_later_each_time_with_its_cause_logged(place: Path) -> None:
    """Each death is one line with the name, the exit status and the growing pause."""
    program = shell("brief", f"echo x >> {place}/lives; exit 3")
    supervisor = Supervisor([program], logs=place / "logs", backoff=lambda: Backoff(first=0.1))
    with capture_logs() as lines:
        supervisor.start()
        begun = time.monotonic()
        while time.monotonic() - begun < 1.0:
            supervisor.maintain()
            time.sleep(0.01)
        supervisor.stop()
    deaths = [line for line in lines if line["event"] == "process_died"]
    assert [death["restart_in"] for death in deaths] == [0.1, 0.2, 0.4, 0.8][: len(deaths)]
    assert {(death["name"], death["cause"]) for death in deaths} == {("brief", "exit status 3")}
    assert 3 <= len((place / "lives").read_text().split()) <= 4


def test_a_killed_program_takes_its_own_children_along_before_it_is_started_again(
    place: Path, tree: ProcessTree
) -> None:
    """Celery's beat is a child of its worker: two beats would ring twice."""
    nest = Program("nest", ("sh", "-c", f"sleep 1000 & {FOREVER}"), tree.environment)
    supervisor = Supervisor([nest], logs=place / "logs", backoff=lambda: Backoff(first=0.05))
    supervisor.start()
    assert eventually(lambda: any("sleep 1000" in line for line in tree.alive().values()))
    old = set(tree.alive())
    with capture_logs() as lines:
        os.kill(supervisor.pids["nest"], signal.SIGKILL)

        def another_lives() -> bool:
            supervisor.maintain()
            alive = tree.alive()
            return not old & set(alive) and any("sleep 1000" in line for line in alive.values())

        assert eventually(another_lives)
        supervisor.stop()
    assert next(line["cause"] for line in lines if line["event"] == "process_died") == "signal SIGKILL"
    assert tree.wait_until_gone() == {}


def test_the_next_program_waits_until_the_one_before_it_is_ready(place: Path) -> None:
    """The API has the machine for itself while it starts; once it is up, a later death holds nobody back."""
    answers = [False]
    api = Program("api", ("sh", "-c", FOREVER), ready=lambda: answers[0])
    supervisor = Supervisor([api, shell("device", FOREVER), shell("upkeep", FOREVER)], logs=place / "logs")
    supervisor.start()
    supervisor.maintain()
    assert list(supervisor.pids) == ["api"]
    answers[0] = True
    supervisor.maintain()
    assert list(supervisor.pids) == ["api", "device", "upkeep"]
    supervisor.stop()
    assert supervisor.pids == {}


def test_the_terminal_shows_each_line_under_its_programs_name(place: Path) -> None:
    """What a program says goes to its log file, and with `echo` to the terminal."""
    out = io.StringIO()
    program = shell("talker", f"echo one; echo two >&2; {FOREVER}")
    supervisor = Supervisor([program], logs=place / "logs", echo=out)
    supervisor.start()

    def both_shown() -> bool:
        supervisor.maintain()
        return out.getvalue() == "  talker | one\n  talker | two\n"

    assert eventually(both_shown), out.getvalue()
    supervisor.stop()
    assert (place / "logs" / "talker.log").read_text() == "one\ntwo\n"
