"""Fine-tunes by other methods than the plain shift, from the queue to the file."""

from typing import get_args

import pytest
from sqlalchemy import select

from service import artifacts
from service.errors import NotAShift
from service.ids import to_wire
from service.methods import RATES, SHIFTS
from service.settings import Method
from service.tables import Job, ShiftRow
from svdiff_core import methods
from svdiff_core.shift import load as load_shift
from svdiff_core.tuned import load as load_tuned
from tests.worker.conftest import Shop


def product(shop: Shop, job: Job) -> tuple[str, bytes]:
    """The wire id and the file of what a fine-tune made."""
    with shop.database.tenant(shop.customer.id) as scope:
        (artifact,) = artifacts.of_job(scope, job.id, "shift")
        (row,) = scope.session.scalars(select(ShiftRow).where(ShiftRow.artifact_id == artifact.id)).all()
        return to_wire("shf", row.id), shop.store.get(artifact.object_key)


def trained(shop: Shop, method: Method) -> Job:
    """A fine-tune by this method that has run."""
    job = shop.fine_tune(method=method, steps=4, sample_every=2)
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    return job


def test_service_and_core_know_the_same_methods() -> None:
    """Names, default rates and which of them make shifts are written twice, since service cannot import the core."""
    assert set(get_args(Method)) == set(methods.METHODS)
    assert {name: dict(rates) for name, rates in RATES.items()} == {
        name: dict(method.rates) for name, method in methods.METHODS.items() if method.rates
    }
    assert methods.SHIFTS == SHIFTS


def test_a_lora_is_trained_stored_and_refused_by_generations(shop: Shop) -> None:
    """Its file can be put into the base; its samples were drawn; a generation with it is refused with a pointer."""
    job = trained(shop, "lora")
    assert job.spec["method"] == "lora"
    assert job.spec["rate_matrix"] == pytest.approx(1e-4)
    wire_id, data = product(shop, job)
    tuned = load_tuned(data)
    assert (tuned.metadata.method, tuned.metadata.base) == ("lora", job.fingerprint)
    with shop.database.tenant(shop.customer.id) as scope:
        assert len(artifacts.of_job(scope, job.id, "sample")) == 2
    with pytest.raises(NotAShift, match="lora") as refused:
        shop.generation(((wire_id, 1.0),))
    assert [problem.pointer for problem in refused.value.problems] == ["/shifts/0/id"]


def test_a_banded_shift_draws_like_any_other(shop: Shop) -> None:
    """It has off-diagonal terms, and generations take it."""
    job = trained(shop, "svdiff_band")
    wire_id, data = product(shop, job)
    assert any("@+1" in name for name in load_shift(data).deltas)
    generation = shop.generation(((wire_id, 1.0),))
    shop.slot().run_until_idle()
    assert shop.job(generation).state == "succeeded"
