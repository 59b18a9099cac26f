"""The webhook dispatcher's threads, on real receivers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from service.ids import new_id
from service.infra.broker import Notifier
from service.infra.database import Database
from service.local.stack import Addresses
from service.settings import Settings
from tests.conftest import Customer, migrated
from tests.service.webhooks.office import LOCAL, Office
from tests.service.webhooks.receiver import listening
from worker.webhook_dispatcher import WebhookDispatcher


@pytest.fixture(scope="module")
def office(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The webhooks of a database of their own."""
    changes = LOCAL | {
        "webhook_poll_interval_seconds": 0.1,
        "webhook_timeout_seconds": 0.8,
        "webhook_retry_seconds": (0.1,) * 9,
        "webhook_breaker_seconds": 0.2,
        "webhook_breaker_max_seconds": 0.2,
        "webhook_concurrency": 6,
    }
    settings = migrated(stack, tmp_path_factory.mktemp("factors")).model_copy(update=changes)
    database = Database.from_settings(settings)
    with Office.opened(database, settings) as office:
        yield office
    database.close()


@pytest.fixture(autouse=True)
def _empty(office: Office) -> None:
    office.sql("TRUNCATE tenants CASCADE")


@pytest.fixture
def database(office: Office) -> Database:
    """The customers belong to the same database."""
    return office.database


@pytest.fixture
def settings(office: Office) -> Settings:
    """And were made with its settings."""
    return office.settings


@contextmanager
def at_work(office: Office, **changes: object) -> Iterator[WebhookDispatcher]:
    """A dispatcher with its thread."""
    dispatcher = WebhookDispatcher(office.database, office.settings.model_copy(update=changes))
    thread = threading.Thread(target=dispatcher.run_forever)
    thread.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        thread.join(timeout=10)
    assert not thread.is_alive()


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """Seconds until it holds; it fails when they are too many."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, "it never came to be"
        time.sleep(0.02)
    return time.monotonic() - begun


def test_two_dispatchers_share_the_work(office: Office, alice: Customer, bob: Customer) -> None:
    """Everything arrives once, and comes to rest as delivered."""
    with listening() as receiver, at_work(office), at_work(office):
        office.add(alice, receiver.url)
        office.add(bob, receiver.url)
        office.tell(alice, times=30)
        office.tell(bob, times=30)
        eventually(lambda: office.states() == ["delivered"] * 60)
        assert len(receiver.ids) == len(set(receiver.ids)) == 60


def test_receivers_that_hang_do_not_hold_up_one_that_lives(office: Office, alice: Customer, bob: Customer) -> None:
    """Ten of them with a hundred messages, against six threads: after the first time-out they have a pool of their own.

    Bob's messages then take far less than one time-out, though the dead ones' are due all the time.
    """
    with listening() as dead, listening() as alive:
        dead.delay = 60.0
        hanging = [office.add(alice, dead.url) for _ in range(10)]
        office.add(bob, alive.url)
        office.tell(alice, times=10)
        with at_work(office):
            eventually(lambda: all(office.endpoint(one).failures for one in hanging))
            office.tell(bob, times=5)
            waited = eventually(lambda: len(alive.requests) == 5)
    assert waited < office.settings.webhook_timeout_seconds / 2


def test_a_receiver_that_stays_dead_ends_in_the_dead_letter_list(office: Office, alice: Customer) -> None:
    """All of its messages, though most of them only waited behind the breaker."""
    with listening() as receiver, at_work(office):
        receiver.statuses = [500]
        office.add(alice, receiver.url)
        office.tell(alice, times=20)
        eventually(lambda: office.states() == ["dead"] * 20)
        assert len(receiver.requests) < 20 * 5


def test_a_receiver_that_comes_back_gets_what_waited(office: Office, alice: Customer) -> None:
    """The breaker closes with the first probe that succeeds."""
    patient = (*(0.1,) * 9, 60.0)
    with listening() as receiver, at_work(office, webhook_retry_seconds=patient):
        receiver.statuses = [*[500] * 7, 200]
        office.add(alice, receiver.url)
        office.tell(alice, times=10)
        eventually(lambda: office.states() == ["delivered"] * 10)


def test_what_is_under_way_at_a_stop_is_recorded(office: Office, alice: Customer) -> None:
    """And nothing new is begun."""
    with listening() as receiver:
        receiver.delay = 0.4
        office.add(alice, receiver.url)
        office.tell(alice, times=12)
        with at_work(office):
            eventually(lambda: len(receiver.requests) >= 1)
        sent = len(receiver.requests)
        assert 1 <= sent < 12
        assert office.states().count("delivered") == sent


def test_a_changed_job_shortens_the_poll(office: Office, alice: Customer) -> None:
    """A job that ended is told of at once, where the broker says so."""
    notifier = Notifier(office.settings)
    with listening() as receiver, at_work(office, webhook_poll_interval_seconds=2.0) as dispatcher:
        listener = threading.Thread(target=dispatcher.listen)
        listener.start()
        office.add(alice, receiver.url)
        time.sleep(0.3)  # both threads have polled, and wait
        office.tell(alice)
        notifier.jobs_changed([new_id()])
        assert eventually(lambda: office.states() == ["delivered"]) < 1.0
    notifier.close()
    listener.join(timeout=5)
    assert not listener.is_alive()


def test_the_upkeep_process_delivers_without_a_broker(office: Office, alice: Customer) -> None:
    """As it is started in production, by the setting's polls alone; killed, it leaves nothing for ever undelivered."""
    environment = os.environ | office.settings.environment() | {"SVDIFF_BROKER_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "celery", "-A", "worker.upkeep", "worker", "--pool", "solo", "-Q", "upkeep"]
    with listening() as receiver:
        office.add(alice, receiver.url)
        office.tell(alice)
        process = subprocess.Popen([*command, "--loglevel", "CRITICAL"], env=environment, stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: office.states() == ["delivered"], seconds=30)
        finally:
            process.kill()
            process.wait()
    assert len(receiver.requests) == 1
