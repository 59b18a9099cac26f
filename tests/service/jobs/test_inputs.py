"""What an unfinished job needs cannot be deleted, whoever was first by a moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from service.assets import artifacts, images, shifts
from service.assets.images import Upload
from service.assets.shifts import NewShift
from service.errors import InUse, NotFound, UnknownReference
from service.ids import new_id, to_wire
from service.infra.object_store import ObjectStore
from service.jobs.commands import cancel
from service.requests.fine_tunes import FineTuneRequest, SubjectRequest, submit
from tests.conftest import Customer
from tests.service.jobs.engine import Engine


def picture(engine: Engine, store: ObjectStore, customer: Customer) -> UUID:
    """An uploaded picture."""
    with engine.scope(customer) as scope:
        return images.create(scope, store, Upload(b"png", "0" * 64, 1, 1)).id


def trained(engine: Engine, store: ObjectStore, customer: Customer) -> UUID:
    """A shift of the customer's."""
    stored = artifacts.upload(store, customer.id, "test", kind="shift", data=b"shift", media_type="x/y")
    with engine.scope(customer) as scope:
        artifacts.record(scope, stored)
        new = NewShift(new_id(), stored.id, name="Tom", base_name="tiny", fingerprint="f", words={"subjects": []})
        row = shifts.record(scope, new)
        return row.id


def request_with(base: str, image_id: UUID) -> FineTuneRequest:
    """A fine-tune on one picture."""
    subject = SubjectRequest(
        images=(to_wire("img", image_id),), instance_prompt="photo of a sks dog", class_prompt="photo of a dog"
    )
    return FineTuneRequest(base=base, subjects=(subject,), seed=1)


def delete_image(engine: Engine, customer: Customer, image_id: UUID) -> None:
    """The customer deletes the picture."""
    with engine.scope(customer) as scope:
        images.delete(scope, image_id)


def delete_shift(engine: Engine, customer: Customer, shift_id: UUID) -> None:
    """The customer deletes the shift."""
    with engine.scope(customer) as scope:
        shifts.delete(scope, shift_id)


def test_a_picture_is_kept_while_a_job_needs_it(engine: Engine, store: ObjectStore, alice: Customer) -> None:
    """The refusal names the job; once the job has ended the picture goes, and its object soon after."""
    image_id = picture(engine, store, alice)
    job_id = engine.accept(alice, inputs=[image_id])
    with pytest.raises(InUse) as refused:
        delete_image(engine, alice, image_id)
    assert refused.value.job == to_wire("job", job_id)
    with engine.scope(alice) as scope:
        key = images.get_object_key(scope, image_id)
        cancel(scope, job_id)
    delete_image(engine, alice, image_id)
    assert engine.pending_deletions() == {key}
    with pytest.raises(NotFound):
        delete_image(engine, alice, image_id)


def test_a_shift_is_kept_while_a_job_needs_it(engine: Engine, store: ObjectStore, alice: Customer) -> None:
    """As a picture is."""
    shift_id = trained(engine, store, alice)
    job_id = engine.accept(alice, inputs=[shift_id])
    with pytest.raises(InUse, match="shift"):
        delete_shift(engine, alice, shift_id)
    claim = engine.claim()
    assert claim is not None
    assert claim.job_id == job_id
    with pytest.raises(InUse):
        delete_shift(engine, alice, shift_id)
    engine.succeed(alice, claim)
    delete_shift(engine, alice, shift_id)
    assert len(engine.pending_deletions()) == 1


def test_nobody_deletes_what_is_another_tenants(
    engine: Engine, store: ObjectStore, alice: Customer, bob: Customer
) -> None:
    """Picture and shift do not exist for Bob."""
    image_id, shift_id = picture(engine, store, alice), trained(engine, store, alice)
    with pytest.raises(NotFound):
        delete_image(engine, bob, image_id)
    with pytest.raises(NotFound):
        delete_shift(engine, bob, shift_id)


def test_a_delete_sees_the_job_that_is_being_accepted(
    engine: Engine, store: ObjectStore, base: str, alice: Customer
) -> None:
    """The delete begins while the accepting transaction is open: it waits for it, and is refused."""
    image_id = picture(engine, store, alice)
    begun = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with engine.scope(alice) as scope:
            submit(scope, request_with(base, image_id), engine.settings)

            def delete() -> None:
                begun.set()
                delete_image(engine, alice, image_id)

            deleting = pool.submit(delete)
            begun.wait(5)
            with pytest.raises(TimeoutError):
                deleting.result(0.3)
        with pytest.raises(InUse):
            deleting.result(10)


def test_a_job_does_not_see_the_picture_that_is_being_deleted(
    engine: Engine, store: ObjectStore, base: str, alice: Customer
) -> None:
    """The other way round: the request waits for the delete, and is told that there is no such image."""
    image_id = picture(engine, store, alice)
    with ThreadPoolExecutor(1) as pool:
        with engine.scope(alice) as scope:
            images.delete(scope, image_id)

            def ask() -> None:
                with engine.scope(alice) as other:
                    submit(other, request_with(base, image_id), engine.settings)

            asking = pool.submit(ask)
            with pytest.raises(TimeoutError):
                asking.result(0.3)
        with pytest.raises(UnknownReference):
            asking.result(10)
    assert engine.load(alice).pending == 0
