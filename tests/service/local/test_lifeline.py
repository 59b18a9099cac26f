import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.local.eventually import eventually
from tests.service.local.process_tree import ProcessTree

ROOT = Path(__file__).parents[3]
# Started from a thread, whose end must not end the child; the kernel does not watch over this one.
FROM_A_THREAD = """
import sys, threading, time
from pathlib import Path
from signal import SIGTERM
from service.local.stack.processes import Child, Command
from service.local.stack.lifeline import lifeline
log = Path(sys.argv[1])
start = lambda: Child(Command(("sleep", "1000"), log, Path("/"), SIGTERM))
thread = threading.Thread(target=start)
thread.start()
thread.join()
time.sleep(0.2)
print(lifeline()._guard.pid, flush=True)
sys.stdin.readline()
start()
print(lifeline()._guard.pid, flush=True)
sys.stdin.readline()
"""


def parent(place: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    """A process with one child, on the lifeline alone."""
    return subprocess.Popen(
        [sys.executable, "-c", FROM_A_THREAD, place / "log"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def start_another(process: subprocess.Popen[str]) -> None:
    """Let the process start its second child."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def sleepers(tree: ProcessTree) -> int:
    """How many of the children are alive."""
    return sum("sleep 1000" in line for line in tree.alive().values())


def test_a_child_of_a_thread_outlives_the_thread_and_not_the_process(place: Path, tree: ProcessTree) -> None:
    """The guard ends, on every system, what the kernel would only on one."""
    with parent(place, tree.environment) as process:
        read_line(process)
        assert sleepers(tree) == 1
        process.kill()
    assert tree.wait_until_gone() == {}


def test_a_guard_that_is_killed_is_replaced_by_one_that_knows_everything(place: Path, tree: ProcessTree) -> None:
    """The children held before and after its death both end with their parent."""
    with parent(place, tree.environment) as process:
        guard = int(read_line(process))
        os.kill(guard, signal.SIGKILL)
        start_another(process)
        assert int(read_line(process)) != guard
        assert sleepers(tree) == 2
        process.kill()
    assert tree.wait_until_gone() == {}


def test_a_process_that_just_ends_takes_its_children_along(place: Path, tree: ProcessTree) -> None:
    """No stop was called: the interpreter's own end is enough."""
    with parent(place, tree.environment) as process:
        read_line(process)
        process.communicate("\n\n")
    assert process.returncode == 0
    assert tree.wait_until_gone() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux kernel's duty")
def test_without_any_guard_the_kernel_ends_what_the_main_thread_started(place: Path, tree: ProcessTree) -> None:
    """Of two children the one that a thread had started is left over, as documented."""
    with parent(place, tree.environment) as process:
        read_line(process)
        start_another(process)
        guard = int(read_line(process))
        os.kill(guard, signal.SIGKILL)
        process.kill()
    assert eventually(lambda: len(tree.alive()) == 1)
    (left_over,) = tree.alive()
    os.kill(left_over, signal.SIGKILL)
