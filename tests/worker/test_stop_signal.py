import pytest

from worker.engine.stop_signal import AttemptStopped, StopReason, StopSignal


def test_without_an_order_the_work_goes_on() -> None:
    """Obeying nothing raises nothing."""
    StopSignal().obey()


def test_the_first_order_counts() -> None:
    """A cancel that came before the shutdown stays a cancel."""
    orders = StopSignal()
    orders.give(StopReason.CANCEL)
    orders.give(StopReason.HAND_OVER)
    with pytest.raises(AttemptStopped) as stop:
        orders.obey()
    assert stop.value.order is StopReason.CANCEL


def test_a_lost_lease_overrules_everything() -> None:
    """Whoever has lost the job must not write its end."""
    orders = StopSignal()
    orders.give(StopReason.CANCEL)
    orders.give(StopReason.LOST)
    with pytest.raises(AttemptStopped) as stop:
        orders.obey()
    assert stop.value.order is StopReason.LOST
