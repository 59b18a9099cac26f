import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from service.ids import new_id
from service.infra import broker
from service.infra.broker import DEVICE_QUEUE, Notifier, connect, parse, watch_changes
from service.settings import Settings


@pytest.fixture
def queue(settings: Settings) -> Iterator[Any]:
    """The broker, with nothing in its queue."""
    redis = connect(settings)
    redis.delete(DEVICE_QUEUE)
    yield redis
    redis.delete(DEVICE_QUEUE)
    redis.close()


@pytest.fixture
def away(settings: Settings) -> Settings:
    """A broker that is not there."""
    return settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:1/0")})


def test_wake_ups_that_were_not_sent_yet_become_one(settings: Settings, queue: Any) -> None:
    """A thousand requests do not leave a thousand messages."""
    notifier = Notifier(settings)
    for _ in range(1000):
        notifier.wake_workers()
    notifier.close()
    assert 1 <= queue.llen(DEVICE_QUEUE) <= 20


def test_a_wake_up_carries_no_work(settings: Settings, queue: Any) -> None:
    """No argument, no job: whoever loses it loses nothing."""
    notifier = Notifier(settings)
    notifier.wake_workers()
    notifier.close()
    message = json.loads(queue.lindex(DEVICE_QUEUE, 0))
    assert message["headers"]["task"] == broker.WAKE_UP_TASK
    assert (message["headers"]["argsrepr"], message["headers"]["kwargsrepr"]) == ("()", "{}")
    assert message["headers"]["expires"] is not None


class Slow(Notifier):
    """A notifier whose thread is held up in the middle of a message."""

    def __init__(self, settings: Settings) -> None:
        self.sending, self.go_on = threading.Event(), threading.Event()
        super().__init__(settings)

    def _send(self, work_waits: bool, changed_jobs: set[UUID]) -> None:  # noqa: FBT001 — as the notifier has it
        self.sending.set()
        self.go_on.wait(5)
        super()._send(work_waits, changed_jobs)


def test_what_was_requested_before_the_close_is_sent(settings: Settings, queue: Any) -> None:
    """Though the thread is in the middle of the message before."""
    notifier = Slow(settings)
    notifier.wake_workers()
    assert notifier.sending.wait(5)
    notifier.wake_workers()
    threading.Timer(0.1, notifier.go_on.set).start()
    notifier.close()
    assert queue.llen(DEVICE_QUEUE) == 2


def test_without_a_broker_a_wake_up_costs_nothing_and_raises_nothing(away: Settings) -> None:
    """The request that sends it is answered as quickly as ever."""
    notifier = Notifier(away)
    begun = time.monotonic()
    for _ in range(100):
        notifier.wake_workers()
        notifier.jobs_changed([new_id()])
    assert time.monotonic() - begun < 0.5
    notifier.close()
    assert time.monotonic() - begun < 5


def listen(settings: Settings, received: list[frozenset[UUID]], enough: threading.Event) -> None:
    """Receive changes until it is enough."""
    for ids in watch_changes(settings, patience=0.1):
        received.append(ids)
        if enough.is_set():
            return


def test_listeners_learn_which_jobs_changed(settings: Settings) -> None:
    """Within moments; and nothing, every now and then, so that they poll by themselves.

    It is sent again until it is received: a message reaches those who listen by then, and this one may not yet.
    """
    received: list[frozenset[UUID]] = []
    enough = threading.Event()
    thread = threading.Thread(target=listen, args=(settings, received, enough))
    thread.start()
    notifier = Notifier(settings)
    jobs = {new_id() for _ in range(3)}
    begun = time.monotonic()
    while not (jobs <= frozenset().union(*received) and frozenset() in received) and time.monotonic() - begun < 30:
        if not jobs <= frozenset().union(*received):
            notifier.jobs_changed(jobs)
        time.sleep(0.05)
    enough.set()
    thread.join(5)
    notifier.close()
    assert jobs <= frozenset().union(*received)
    assert frozenset() in received


def test_without_a_broker_listeners_are_woken_all_the_same(away: Settings) -> None:
    """Each time their patience ends."""
    begun = time.monotonic()
    listening = watch_changes(away, patience=0.05)
    assert [next(listening) for _ in range(3)] == [frozenset()] * 3
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe", b"not-a-uuid 12"])
def test_a_message_that_is_not_ours_is_nothing(data: bytes) -> None:
    """Whoever publishes there."""
    assert parse(data) == frozenset()
