from pathlib import Path

from structlog.testing import capture_logs

from service.local.stack.restarter import Backoff, Restarter


class FakeProcess:
    """Runs for as long as a test says."""

    name, log, last_exit = "fake", Path("fake.log"), "exit status 1"

    def __init__(self) -> None:
        self.running = True
        self.starts = 0
        self.refuses = False

    def alive(self) -> bool:
        """As the test has set it."""
        return self.running

    def spawn(self) -> None:
        """Counted, and refused if the test says so."""
        self.starts += 1
        if self.refuses:
            raise OSError("no more processes")
        self.running = True


def test_delays_double_to_half_a_minute_and_a_minute_of_uptime_resets_them() -> None:
    """0.5 s at first, 30 s at most, and 0.5 s again after a long run."""
    backoff = Backoff()
    assert [backoff.next_delay(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [backoff.next_delay(60), backoff.next_delay(59)] == [0.5, 1]


def test_a_dead_process_is_started_when_its_delay_is_over_and_not_before() -> None:
    """One death is logged once, however often one looks."""
    now = [0.0]
    process = FakeProcess()
    restarter = Restarter(process, Backoff(), clock=lambda: now[0])
    process.running = False
    with capture_logs() as lines:
        for moment in (1.0, 1.2, 1.4, 1.49):
            now[0] = moment
            restarter.maintain()
        assert process.starts == 0
        now[0] = 1.5
        restarter.maintain()
    assert process.starts == 1
    assert [(line["event"], line["cause"]) for line in lines] == [("process_died", "exit status 1")]


def test_a_start_that_fails_is_tried_again() -> None:
    """A machine out of processes must not end the restarts."""
    now = [0.0]
    process = FakeProcess()
    restarter = Restarter(process, Backoff(), clock=lambda: now[0])
    process.running, process.refuses = False, True
    with capture_logs() as lines:
        for moment in (0.0, 0.5, 1.0, 1.5):
            now[0] = moment
            restarter.maintain()
    assert [line["cause"] for line in lines] == ["exit status 1", "no more processes", "no more processes"][
        : len(lines)
    ]
    assert process.starts == 2
