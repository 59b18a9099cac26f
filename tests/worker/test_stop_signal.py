import pytest

from worker.engine.stop_signal import AttemptStopped, StopReason, StopSignal


def test_without_a_reason_the_attempt_goes_on() -> None:
    """A signal that is not set raises nothing."""
    StopSignal().raise_if_set()


def test_the_first_reason_counts() -> None:
    """A cancel that came before the shutdown stays a cancel."""
    stop_signal = StopSignal()
    stop_signal.set(StopReason.CANCEL)
    stop_signal.set(StopReason.HAND_OVER)
    with pytest.raises(AttemptStopped) as stop:
        stop_signal.raise_if_set()
    assert stop.value.reason is StopReason.CANCEL


def test_a_lost_lease_overrules_everything() -> None:
    """Whoever has lost the job must not write its end."""
    stop_signal = StopSignal()
    stop_signal.set(StopReason.CANCEL)
    stop_signal.set(StopReason.LOST)
    with pytest.raises(AttemptStopped) as stop:
        stop_signal.raise_if_set()
    assert stop.value.reason is StopReason.LOST
