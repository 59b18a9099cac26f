import pytest

from worker.orders import Order, Orders, Stop


def test_without_an_order_the_work_goes_on() -> None:
    """Obeying nothing raises nothing."""
    Orders().obey()


def test_the_first_order_counts() -> None:
    """A cancel that came before the shutdown stays a cancel."""
    orders = Orders()
    orders.give(Order.CANCEL)
    orders.give(Order.HAND_OVER)
    with pytest.raises(Stop) as stop:
        orders.obey()
    assert stop.value.order is Order.CANCEL


def test_a_lost_lease_overrules_everything() -> None:
    """Whoever has lost the job must not write its end."""
    orders = Orders()
    orders.give(Order.CANCEL)
    orders.give(Order.LOST)
    with pytest.raises(Stop) as stop:
        orders.obey()
    assert stop.value.order is Order.LOST
