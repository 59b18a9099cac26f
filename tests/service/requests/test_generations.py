from typing import Any
from uuid import UUID, uuid4

import pytest

from service import bases
from service.assets import artifacts, shifts
from service.assets.shifts import NewShift
from service.bases import GenerationRecipe, Manifest
from service.errors import BaseRetired, Invalid, ShiftOfAnotherBase, UnknownBase, UnknownReference
from service.ids import new_id, to_wire
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs.specs import GenerationSpec, WeightedShift
from service.requests.generations import GenerationRequest, submit
from service.tables import Job
from svdiff_core.parameters.sampling import MAX_SEED
from tests.conftest import Customer
from tests.service.base_revisions import retire

RECIPE = GenerationRecipe(steps=20, guidance=5.0, eta=0.1, max_side=128, shift_start=0.2)


def manifest(letter: str) -> Manifest:
    """Of weights that the letter stands for, at 64 pixels."""
    return Manifest(fingerprint="svd1-" + letter * 64, resolution=64, size_multiple=8, generation=RECIPE)


@pytest.fixture
def own_base(database: Database) -> str:
    """A base with one revision."""
    name = f"base-{uuid4().hex[:8]}"
    bases.register(database, name, "/a", manifest("a"))
    return name


def trained(database: Database, store: ObjectStore, customer: Customer, base: str, letter: str = "a") -> str:
    """The wire id of a shift of the customer's, trained on these weights."""
    stored = artifacts.upload(store, customer.id, "test", kind="shift", data=b"shift", media_type="x/y")
    words: dict[str, Any] = {"fingerprint": manifest(letter).fingerprint, "words": {}}
    with database.tenant(customer.id) as scope:
        artifacts.record(scope, stored)
        row = shifts.record(scope, NewShift(new_id(), stored.id, name="Tom", base_name=base, **words))
        return to_wire("shf", row.id)


def ask(database: Database, customer: Customer, base: str, *used: str, **values: Any) -> tuple[Job, GenerationSpec]:
    """The accepted job and its spec."""
    plain: dict[str, Any] = {"prompt": "a dog"}
    request = GenerationRequest(
        base=base, shifts=tuple(WeightedShift(id=one, weight=0.5) for one in used), **(plain | values)
    )
    with database.tenant(customer.id) as scope:
        job = submit(scope, request)
    return job, GenerationSpec.model_validate(job.spec)


def test_what_the_client_leaves_out_is_the_bases_recipe(database: Database, alice: Customer, own_base: str) -> None:
    """Steps, guidance, eta and size; a seed is drawn and recorded."""
    job, spec = ask(database, alice, own_base)
    assert (spec.steps, spec.guidance, spec.eta, spec.width, spec.height) == (20, 5.0, 0.1, 64, 64)
    assert 0 <= spec.seed < MAX_SEED
    assert spec.seed != ask(database, alice, own_base)[1].seed
    assert (job.kind, job.steps, job.fingerprint) == ("generation", 20, manifest("a").fingerprint)


def test_what_the_client_says_counts_though_it_is_zero(database: Database, alice: Customer, own_base: str) -> None:
    """No guidance, no noise and the seed 0 are choices."""
    spec = ask(database, alice, own_base, seed=0, guidance=0.0, eta=0.0, steps=3, width=128, height=72, n=4)[1]
    assert (spec.seed, spec.guidance, spec.eta, spec.steps) == (0, 0.0, 0.0, 3)
    assert (spec.width, spec.height, spec.n) == (128, 72, 4)


def test_shifts_start_where_the_base_says_or_the_client(database: Database, alice: Customer, own_base: str) -> None:
    """0 is a choice too."""
    starts = [ask(database, alice, own_base, **said)[1].shift_start for said in ({}, {"shift_start": 0.0})]
    assert starts == [0.2, 0.0]


def test_more_pictures_are_estimated_to_take_longer(database: Database, alice: Customer, own_base: str) -> None:
    """The fair claim charges by it."""
    one, four = (ask(database, alice, own_base, n=n)[0].estimate_seconds for n in (1, 4))
    assert four == 4 * one > 0


@pytest.mark.parametrize("value", [9, 65, 136, 2048])
@pytest.mark.parametrize("field", ["width", "height"])
def test_a_size_that_the_base_cannot_make_is_refused(
    database: Database, alice: Customer, own_base: str, field: str, value: int
) -> None:
    """With a pointer to the side and the rule."""
    with pytest.raises(Invalid, match="multiple of 8, at most 128") as refused:
        ask(database, alice, own_base, **{field: value})
    assert refused.value.problems[0].pointer == f"/{field}"


def test_a_shift_pins_the_revision_that_it_was_trained_on(
    database: Database, store: ObjectStore, alice: Customer, own_base: str
) -> None:
    """A newer revision of the name does not change what an older shift means, though it is retired itself."""
    shift = trained(database, store, alice, own_base, "a")
    bases.register(database, own_base, "/b", manifest("b"))
    assert ask(database, alice, own_base, shift)[1].fingerprint == manifest("a").fingerprint
    assert ask(database, alice, own_base)[1].fingerprint == manifest("b").fingerprint
    retire(database, own_base, 2)
    assert ask(database, alice, own_base, shift)[1].fingerprint == manifest("a").fingerprint
    with pytest.raises(BaseRetired):
        ask(database, alice, own_base)


def test_a_shift_of_a_retired_revision_is_told_so(
    database: Database, store: ObjectStore, alice: Customer, own_base: str
) -> None:
    """Not taken on the newest weights by mistake."""
    shift = trained(database, store, alice, own_base, "a")
    bases.register(database, own_base, "/b", manifest("b"))
    retire(database, own_base, 1)
    with pytest.raises(BaseRetired):
        ask(database, alice, own_base, shift)


def test_a_shift_of_another_base_is_refused(
    database: Database, store: ObjectStore, alice: Customer, own_base: str, base: str
) -> None:
    """By the base named, and by the shifts among each other: the pointer is at the one that does not fit."""
    first, second = (trained(database, store, alice, own_base, letter) for letter in "ab")
    bases.register(database, own_base, "/b", manifest("b"))
    with pytest.raises(ShiftOfAnotherBase) as refused:
        ask(database, alice, base, first)
    assert refused.value.problems[0].pointer == "/shifts/0/id"
    with pytest.raises(ShiftOfAnotherBase) as refused:
        ask(database, alice, own_base, first, second)
    assert refused.value.problems[0].pointer == "/shifts/1/id"


def test_an_unknown_base_is_refused_with_shifts_and_without(
    database: Database, store: ObjectStore, alice: Customer, own_base: str
) -> None:
    """The fault is the base's."""
    shift = trained(database, store, alice, own_base)
    for used in ((), (shift,)):
        with pytest.raises(UnknownBase):
            ask(database, alice, "nope", *used)


def test_unknown_references_point_to_their_field(
    database: Database, store: ObjectStore, alice: Customer, bob: Customer, own_base: str
) -> None:
    """Another tenant's shift cannot be told from one that does not exist."""
    good, bobs = trained(database, store, alice, own_base), trained(database, store, bob, own_base)
    sentences = set()
    for bad in (bobs, to_wire("shf", new_id()), to_wire("img", UUID(int=1)), "shf_", ""):
        with pytest.raises(UnknownReference) as refused:
            ask(database, alice, own_base, good, bad)
        sentences.add((refused.value.problems[0].pointer, refused.value.detail))
    assert sentences == {("/shifts/1/id", "There is no such shift.")}


def test_the_order_and_the_weights_of_shifts_are_kept(
    database: Database, store: ObjectStore, alice: Customer, own_base: str
) -> None:
    """Whatever the order in the database."""
    used = [trained(database, store, alice, own_base) for _ in range(4)][::-1]
    spec = ask(database, alice, own_base, *used)[1]
    assert [(one.id, one.weight) for one in spec.shifts if isinstance(one, WeightedShift)] == [
        (one, 0.5) for one in used
    ]
