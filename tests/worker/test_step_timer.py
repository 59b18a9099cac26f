from worker.engine.step_timer import StepTimer


class Clock:
    """Seconds that a test turns by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_a_quick_phase_stalls_at_the_floor() -> None:
    """Below the floor of 120 s nothing is stalled, however quick the steps were."""
    clock = Clock()
    timer = StepTimer(120.0, clock)
    for _ in range(5):
        clock.now += 0.1
        timer.step("training")
    clock.now += 119.0
    assert not timer.stalled()
    clock.now += 2.0
    assert timer.stalled()


def test_a_slow_phase_may_take_ten_times_its_median() -> None:
    """With steps of 30 s the limit is 300 s, not 120."""
    clock = Clock()
    timer = StepTimer(120.0, clock)
    for _ in range(4):
        clock.now += 30.0
        timer.step("training")
    clock.now += 299.0
    assert not timer.stalled()
    clock.now += 2.0
    assert timer.stalled()


def test_a_phase_that_comes_back_goes_on_at_its_own_pace() -> None:
    """Drawing a sample between two training steps counts as neither, and the training's median stays."""
    clock = Clock()
    timer = StepTimer(120.0, clock)
    for phase, seconds in (("training", 0), ("training", 2), ("sampling", 50), ("training", 1), ("training", 4)):
        clock.now += seconds
        timer.step(phase)
    assert timer.median() == 3.0


def test_a_new_phase_forgets_the_pace_of_the_last() -> None:
    """The median of loading does not excuse a training that hangs."""
    clock = Clock()
    timer = StepTimer(120.0, clock)
    for _ in range(4):
        clock.now += 100.0
        timer.step("loading")
    timer.step("training")
    clock.now += 121.0
    assert timer.stalled()
