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
def bells(settings: Settings) -> Iterator[Any]:
    """The broker, with no bell in its queue."""
    redis = connect(settings)
    redis.delete(DEVICE_QUEUE)
    yield redis
    redis.delete(DEVICE_QUEUE)
    redis.close()


@pytest.fixture
def away(settings: Settings) -> Settings:
    """A broker that is not there."""
    return settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:1/0")})


def test_bells_that_were_not_rung_yet_become_one(settings: Settings, bells: Any) -> None:
    """A thousand requests do not leave a thousand messages."""
    doorbell = Notifier(settings)
    for _ in range(1000):
        doorbell.ring()
    doorbell.close()
    assert 1 <= bells.llen(DEVICE_QUEUE) <= 20


def test_a_bell_carries_no_work(settings: Settings, bells: Any) -> None:
    """No argument, no job: whoever loses it loses nothing."""
    doorbell = Notifier(settings)
    doorbell.ring()
    doorbell.close()
    message = json.loads(bells.lindex(DEVICE_QUEUE, 0))
    assert message["headers"]["task"] == broker.WAKE_UP_TASK
    assert (message["headers"]["argsrepr"], message["headers"]["kwargsrepr"]) == ("()", "{}")
    assert message["headers"]["expires"] is not None


class Slow(Notifier):
    """A bell whose thread is held up in the middle of what it says."""

    def __init__(self, settings: Settings) -> None:
        self.speaking, self.go_on = threading.Event(), threading.Event()
        super().__init__(settings)

    def _say(self, ring: bool, changed: set[UUID]) -> None:  # noqa: FBT001 — as the bell has it
        self.speaking.set()
        self.go_on.wait(5)
        super()._say(ring, changed)


def test_what_was_asked_for_before_the_close_is_said(settings: Settings, bells: Any) -> None:
    """Though the thread is in the middle of the bell before."""
    doorbell = Slow(settings)
    doorbell.ring()
    assert doorbell.speaking.wait(5)
    doorbell.ring()
    threading.Timer(0.1, doorbell.go_on.set).start()
    doorbell.close()
    assert bells.llen(DEVICE_QUEUE) == 2


def test_without_a_broker_ringing_costs_nothing_and_raises_nothing(away: Settings) -> None:
    """The request that rings is answered as quickly as ever."""
    doorbell = Notifier(away)
    begun = time.monotonic()
    for _ in range(100):
        doorbell.ring()
        doorbell.changed([new_id()])
    assert time.monotonic() - begun < 0.5
    doorbell.close()
    assert time.monotonic() - begun < 5


def listen(settings: Settings, heard: list[frozenset[UUID]], enough: threading.Event) -> None:
    """Hear of changes until it is enough."""
    for ids in watch_changes(settings, patience=0.1):
        heard.append(ids)
        if enough.is_set():
            return


def test_listeners_hear_which_jobs_changed(settings: Settings) -> None:
    """Within moments; and nothing, every now and then, so that they look by themselves.

    It is told again until it is heard: a note reaches those who listen by then, and none of them may be this one.
    """
    heard: list[frozenset[UUID]] = []
    enough = threading.Event()
    thread = threading.Thread(target=listen, args=(settings, heard, enough))
    thread.start()
    doorbell = Notifier(settings)
    jobs = {new_id() for _ in range(3)}
    begun = time.monotonic()
    while not (jobs <= frozenset().union(*heard) and frozenset() in heard) and time.monotonic() - begun < 30:
        if not jobs <= frozenset().union(*heard):
            doorbell.changed(jobs)
        time.sleep(0.05)
    enough.set()
    thread.join(5)
    doorbell.close()
    assert jobs <= frozenset().union(*heard)
    assert frozenset() in heard


def test_without_a_broker_listeners_are_woken_all_the_same(away: Settings) -> None:
    """Each time their patience ends."""
    begun = time.monotonic()
    listening = watch_changes(away, patience=0.05)
    assert [next(listening) for _ in range(3)] == [frozenset()] * 3
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xfe", b"not-a-uuid 12"])
def test_a_note_that_is_none_of_ours_is_nothing(data: bytes) -> None:
    """Whoever publishes there."""
    assert parse(data) == frozenset()
