from pathlib import Path

from structlog.testing import capture_logs

from service.local.stack.keeper import Backoff, Keeper


class Mayfly:
    """Lives as long as a test says."""

    name, log, last_exit = "mayfly", Path("mayfly.log"), "exit status 1"

    def __init__(self) -> None:
        self.lives = True
        self.starts = 0
        self.refuses = False

    def alive(self) -> bool:
        """As told."""
        return self.lives

    def spawn(self) -> None:
        """Counted, and refused where told."""
        self.starts += 1
        if self.refuses:
            raise OSError("no more processes")
        self.lives = True


def test_pauses_double_to_half_a_minute_and_a_minute_of_life_forgives() -> None:
    """0.5 s at first, 30 s at most, and from the start again after a long life."""
    backoff = Backoff()
    assert [backoff.after_a_life_of(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [backoff.after_a_life_of(60), backoff.after_a_life_of(59)] == [0.5, 1]


def test_the_dead_are_started_when_their_pause_is_over_and_not_before() -> None:
    """One death is logged once, however often one looks."""
    now = [0.0]
    mayfly = Mayfly()
    keeper = Keeper(mayfly, Backoff(), clock=lambda: now[0])
    mayfly.lives = False
    with capture_logs() as lines:
        for moment in (1.0, 1.2, 1.4, 1.49):
            now[0] = moment
            keeper.tend()
        assert mayfly.starts == 0
        now[0] = 1.5
        keeper.tend()
    assert mayfly.starts == 1
    assert [(line["event"], line["cause"]) for line in lines] == [("process died", "exit status 1")]


def test_a_start_that_fails_is_tried_again() -> None:
    """A machine out of processes must not end the keeping."""
    now = [0.0]
    mayfly = Mayfly()
    keeper = Keeper(mayfly, Backoff(), clock=lambda: now[0])
    mayfly.lives, mayfly.refuses = False, True
    with capture_logs() as lines:
        for moment in (0.0, 0.5, 1.0, 1.5):
            now[0] = moment
            keeper.tend()
    assert [line["cause"] for line in lines] == ["exit status 1", "no more processes", "no more processes"][
        : len(lines)
    ]
    assert mayfly.starts == 2
