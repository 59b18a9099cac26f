import os
import signal
import threading
import time

import pytest
from pydantic import SecretStr

from service.infra.broker import Notifier
from service.jobs import commands
from service.local.stack import LocalStack
from tests.worker.conftest import Shop
from tests.worker.test_jobs_end_to_end import wait_for_step
from worker.slot import Slot


@pytest.fixture
def without_broker(shop: Shop) -> Slot:
    """A slot whose broker refuses every connection."""
    settings = shop.settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:1/0")})
    return Slot("cpu", shop.database, shop.store, settings, Notifier(settings))


def test_an_idle_slot_finds_work_without_a_broker(shop: Shop, without_broker: Slot) -> None:
    """No message ever comes: the slot's own poll claims the job and ends it."""
    thread = threading.Thread(target=without_broker.run_forever)
    thread.start()
    try:
        job = shop.generation()
        deadline = time.monotonic() + 60
        while shop.job(job).ended_at is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        without_broker.stop()
        thread.join(30)
    assert shop.job(job).state == "succeeded"


def test_a_cancel_arrives_while_the_broker_is_paused(shop: Shop, local_stack: LocalStack) -> None:
    """No message of it arrives, and nothing waits for the broker: the next heartbeat brings it."""
    (broker,) = (server for server in local_stack.servers if server.name == "valkey")
    assert broker.pid
    job, slot = shop.fine_tune(steps=2000), shop.slot()
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 2)
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with shop.database.tenant(shop.customer.id) as scope:
            commands.cancel(scope, job.id)
        thread.join(30)
        assert time.monotonic() - begun < 10 * shop.settings.heartbeat_interval_seconds
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    assert shop.job(job).state == "canceled"


def test_a_stopped_slot_claims_nothing(shop: Shop) -> None:
    """After SIGTERM it runs nothing more."""
    slot = shop.slot()
    slot.stop()
    job = shop.generation()
    slot.run_until_idle()
    assert shop.job(job).state == "queued"
    shop.slot().run_until_idle()
    assert shop.job(job).state == "succeeded"
