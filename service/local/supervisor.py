import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol, TextIO

import structlog

from service.local.log_echo import LogEcho
from service.local.stack.keeper import Backoff, Keeper
from service.local.stack.processes import Child, Command

_log = structlog.get_logger(__name__)
READY_PATIENCE = 10.0  # seconds
_TURN = 0.1  # seconds between two looks
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """One of our own processes.

    `environment` is added to the supervisor's own. `grace` is how many seconds it may take after SIGTERM,
    to store its state, before SIGKILL. `ready`, a quick look, holds back the first start of the programs
    behind it, for `READY_PATIENCE` seconds at most: on few cores a program that users wait for should not
    share them with others that load for long.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 30.0
    ready: Callable[[], bool] = lambda: True


class Tended(Protocol):
    """Something else that needs a look in each turn, such as the local stack."""

    def tend(self) -> None:
        """Look once, without waiting."""


class Supervisor:
    """Keeps programs alive until it is told to stop, and leaves none of them behind, however it ends.

    Belongs to the main thread. Each program writes to `logs/<name>.log`; with `echo` its lines appear
    there too, under its name.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        logs: Path,
        stack: Tended | None = None,
        echo: TextIO | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._running = [_Running(program, logs / f"{program.name}.log") for program in programs]
        self._stack = stack
        self._echoes = [LogEcho(one.name, one.log, echo) for one in self._running] if echo else []
        self._backoff = backoff
        self._keepers: list[Keeper] = []
        self._last_start = 0.0
        self._asked = 0

    @property
    def pids(self) -> dict[str, int]:
        """Of the programs that are alive."""
        return {one.name: one.pid for one in self._running if one.alive() and one.pid is not None}

    def start(self) -> None:
        """Start the programs in their order, as far as those before them are ready; `tend` starts the others."""
        while len(self._keepers) < len(self._running) and self._may_start_next():
            one = self._running[len(self._keepers)]
            one.spawn()
            self._keepers.append(Keeper(one, self._backoff()))
            self._last_start = time.monotonic()

    def _may_start_next(self) -> bool:
        if not self._keepers or time.monotonic() - self._last_start > READY_PATIENCE:
            return True
        return self._running[len(self._keepers) - 1].ready()

    def run_until_stopped(self, each_turn: Callable[[], None] = lambda: None) -> None:
        """Start, keep alive, and on SIGINT, SIGTERM or SIGHUP stop; a second signal ends all grace.

        Args:
            each_turn: called some ten times a second; it must not block.
        """
        with self._signals_ask():
            try:
                self.start()
                while not self._asked:
                    self.tend()
                    each_turn()
                    time.sleep(_TURN)
            finally:
                self.stop()

    def tend(self) -> None:
        """Look once after everything; waits for nothing but a `ready`."""
        self.start()
        for keeper in self._keepers:
            keeper.tend()
        self._tend_others()

    def stop(self) -> None:
        """Stop the programs, the last one first; the stack is still tended, since they store their state."""
        for one in reversed(self._running):
            one.ask_to_stop()
            deadline = time.monotonic() + one.grace
            while one.alive() and time.monotonic() < deadline and self._asked < 2:  # noqa: PLR2004 — twice
                self._tend_others()
                time.sleep(_TURN / 2)
            one.end()
        self._keepers = []
        self._tend_others()

    def _tend_others(self) -> None:
        if self._stack is not None:
            self._stack.tend()
        for echo in self._echoes:
            echo.copy()

    @contextmanager
    def _signals_ask(self) -> Iterator[None]:
        def ask(_number: int, _frame: FrameType | None) -> None:
            self._asked += 1  # a handler must not lock: the loop sees it at its next turn

        under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        heeded = _STOP_SIGNALS[: 2 if under_nohup else 3]  # SIGINT even in the background, where shells ignore it
        before = {number: signal.signal(number, ask) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Running:
    """A program and the process that runs it at present."""

    def __init__(self, program: Program, log: Path) -> None:
        self.name, self.grace, self.ready, self.log = program.name, program.grace, program.ready, log
        self.last_exit = ""
        self._command = Command(
            argv=program.argv,
            log=log,
            folder=log.parent,  # not where we were started: a folder `api` there would be imported for ours
            # Nothing can be stored any more once supervisor and servers are gone: leave no chance to hang.
            death_signal=signal.SIGKILL,
            environment=program.environment,
        )
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def spawn(self) -> None:
        self._child = Child(self._command)
        _log.info("process started", name=self.name, pid=self._child.pid)

    def alive(self) -> bool:
        if self._child is None:
            return False
        if self._child.alive():
            return True
        self.last_exit = self._child.exit
        return False

    def ask_to_stop(self) -> None:
        if self._child is not None and self.alive():
            self._child.send(signal.SIGTERM)

    def end(self) -> None:
        """Kill it where it still lives, and say how it ended."""
        if self._child is None:
            return
        if self.alive():
            _log.warning("process killed after its grace", name=self.name, grace=self.grace)
            self._child.kill()
        self.alive()
        _log.info("process stopped", name=self.name, cause=self.last_exit)
        self._child = None
