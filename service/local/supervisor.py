"""Runs our own programs beside the local stack: started in order, restarted when they die, stopped on a signal."""

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
from service.local.stack.processes import Child, Command
from service.local.stack.restarter import Backoff, Restarter

_log = structlog.get_logger(__name__)
READY_TIMEOUT = 10.0  # seconds
_POLL_SECONDS = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """One of our own processes.

    `environment` is added to the supervisor's own. `grace` is how many seconds it may take after SIGTERM,
    to store its state, before SIGKILL. `ready`, a quick check, holds back the first start of the programs
    behind it, for `READY_TIMEOUT` seconds at most: on few cores a program that users wait for should not
    share them with others that load for long.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 30.0
    ready: Callable[[], bool] = lambda: True


class Maintainable(Protocol):
    """Something else that needs a check now and then, such as the local stack."""

    def maintain(self) -> None:
        """Check once, without waiting."""


class Supervisor:
    """Keeps programs alive until it is asked to stop, and leaves none of them behind, however it ends.

    Belongs to the main thread. Each program writes to `logs/<name>.log`; with `echo` its lines appear
    there too, under its name.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        logs: Path,
        stack: Maintainable | None = None,
        echo: TextIO | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._processes = [_ProgramProcess(program, logs / f"{program.name}.log") for program in programs]
        self._stack = stack
        self._echoes = [LogEcho(process.name, process.log, echo) for process in self._processes] if echo else []
        self._backoff = backoff
        self._restarters: list[Restarter] = []  # of the processes that have been started, in their order
        self._last_start = 0.0
        self._stop_signals = 0

    @property
    def pids(self) -> dict[str, int]:
        """Of the programs that are alive."""
        return {process.name: process.pid for process in self._processes if process.alive() and process.pid is not None}

    def start(self) -> None:
        """Start the programs in their order, as far as those before them are ready; `maintain` starts the others."""
        while len(self._restarters) < len(self._processes) and self._may_start_next():
            process = self._processes[len(self._restarters)]
            process.spawn()
            self._restarters.append(Restarter(process, self._backoff()))
            self._last_start = time.monotonic()

    def run_until_stopped(self, each_turn: Callable[[], None] = lambda: None) -> None:
        """Start, keep alive, and on SIGINT, SIGTERM or SIGHUP stop; a second signal ends all grace.

        Args:
            each_turn: called some ten times a second; it must not block.
        """
        with self._count_stop_signals():
            try:
                self.start()
                while not self._stop_signals:
                    self.maintain()
                    each_turn()
                    time.sleep(_POLL_SECONDS)
            finally:
                self.stop()

    def maintain(self) -> None:
        """Check everything once; waits for nothing but a `ready`."""
        self.start()
        for restarter in self._restarters:
            restarter.maintain()
        self._maintain_stack_and_echo()

    def stop(self) -> None:
        """Stop the programs, the last one first; the stack is still maintained, since they store their state."""
        for process in reversed(self._processes):
            process.request_stop()
            deadline = time.monotonic() + process.grace
            while process.alive() and time.monotonic() < deadline and self._stop_signals < 2:  # noqa: PLR2004 — twice
                self._maintain_stack_and_echo()
                time.sleep(_POLL_SECONDS / 2)
            process.end()
        self._restarters = []
        self._maintain_stack_and_echo()

    def _may_start_next(self) -> bool:
        if not self._restarters or time.monotonic() - self._last_start > READY_TIMEOUT:
            return True
        return self._processes[len(self._restarters) - 1].ready()

    def _maintain_stack_and_echo(self) -> None:
        if self._stack is not None:
            self._stack.maintain()
        for echo in self._echoes:
            echo.copy()

    @contextmanager
    def _count_stop_signals(self) -> Iterator[None]:
        def count(_number: int, _frame: FrameType | None) -> None:
            self._stop_signals += 1  # a handler must not lock: the loop sees it at its next turn

        under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        numbers = _STOP_SIGNALS[: 2 if under_nohup else 3]  # SIGINT even in the background, where shells ignore it
        handlers = {number: signal.signal(number, count) for number in numbers}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


class _ProgramProcess:
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
        _log.info("process_started", name=self.name, pid=self._child.pid)

    def alive(self) -> bool:
        if self._child is None:
            return False
        if self._child.alive():
            return True
        self.last_exit = self._child.exit
        return False

    def request_stop(self) -> None:
        if self._child is not None and self.alive():
            self._child.send(signal.SIGTERM)

    def end(self) -> None:
        """Kill it if it is still alive, and log how it ended."""
        if self._child is None:
            return
        if self.alive():
            _log.warning("process_killed", name=self.name, grace=self.grace)
            self._child.kill()
        self.alive()
        _log.info("process_stopped", name=self.name, cause=self.last_exit)
        self._child = None
