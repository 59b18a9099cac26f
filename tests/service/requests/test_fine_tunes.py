from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service.assets import images
from service.assets.images import Upload
from service.errors import Invalid, UnknownBase, UnknownReference
from service.ids import new_id, to_wire
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs.specs import FineTuneSpec
from service.requests.fine_tunes import FineTuneRequest, SubjectRequest, submit
from service.settings import Settings
from service.tables import Job, JobInput
from svdiff_core.parameters.sampling import MAX_SEED
from tests.conftest import Customer

ONE = Upload(b"png", "0" * 64, 1, 1)


@pytest.fixture
def picture(database: Database, store: ObjectStore, alice: Customer) -> UUID:
    """A picture of Alice's."""
    with database.tenant(alice.id) as scope:
        return images.create(scope, store, ONE).id


def subject(*image_ids: str, **values: Any) -> SubjectRequest:
    """A subject with the usual words."""
    words = {
        "instance_prompt": "photo of a sks dog",
        "class_prompt": "photo of a dog",
    }
    return SubjectRequest(images=image_ids, **(words | values))


def ask(
    database: Database, customer: Customer, base: str, *subjects: SubjectRequest, seed: int | None = 7, **overrides: Any
) -> tuple[Job, FineTuneSpec]:
    """The accepted job and its spec."""
    with database.tenant(customer.id) as scope:
        job = submit(scope, FineTuneRequest(base=base, subjects=subjects, seed=seed, **overrides), Settings())
    return job, FineTuneSpec.model_validate(job.spec)


def test_what_the_client_leaves_out_is_the_bases_recipe(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """The spec is complete: nothing is looked up later, when the base may have a newer recipe."""
    job, spec = ask(database, alice, base, subject(to_wire("img", picture)), steps=12)
    assert (spec.base, spec.fingerprint, spec.method, spec.seed) == (base, "svd1-" + "0" * 64, "svdiff", 7)
    assert (spec.steps, spec.batch_size, spec.prior_count) == (12, 1, 200)
    assert (spec.subjects[0].token, spec.subjects[0].class_word, spec.name) == ("sks", "dog", "dog")
    assert (job.kind, job.state, job.steps, job.fingerprint) == ("fine_tune", "queued", 12, spec.fingerprint)
    assert (job.priority, job.urgent_at - job.created_at) == ("training", timedelta(seconds=60))
    assert job.spec["subjects"][0]["class"] == "dog"


def test_a_seed_that_is_left_out_is_drawn_and_recorded(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """Another each time, within what the API takes."""
    seeds = {ask(database, alice, base, subject(to_wire("img", picture)), seed=None)[1].seed for _ in range(3)}
    assert len(seeds) == 3
    assert all(0 <= seed < MAX_SEED for seed in seeds)


def test_the_clients_own_words_go_before_the_derived(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """Also where nothing can be derived; the token may be several words, in any case."""
    wire = to_wire("img", picture)
    own = subject(wire, token="sks dog", **{"class": "puppy"})
    spec = ask(database, alice, base, own, name="Rex")[1]
    assert (spec.subjects[0].token, spec.subjects[0].class_word, spec.name) == ("sks dog", "puppy", "Rex")
    plain = ask(database, alice, base, subject(wire, instance_prompt="my dog rex", token="Rex"))[1]
    assert (plain.subjects[0].token, plain.subjects[0].class_word, plain.name) == ("Rex", None, "shift")


def test_a_token_that_the_prompt_does_not_have_is_refused(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """It would name nothing."""
    with pytest.raises(Invalid) as refused:
        ask(database, alice, base, subject(to_wire("img", picture), token="xyz"))
    assert refused.value.problems[0].pointer == "/subjects/0/token"


def test_several_subjects_are_one_job_with_the_words_of_each(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """Read off the prompts or the client's own; the settings for several are in the spec, and all name the shift."""
    wire = to_wire("img", picture)
    sculpture = subject(wire, instance_prompt="a zwx", class_prompt="a statue", token="zwx", **{"class": "statue"})
    spec = ask(database, alice, base, subject(wire), sculpture, unmix_weight=0.1)[1]
    assert [(s.token, s.class_word) for s in spec.subjects] == [("sks", "dog"), ("zwx", "statue")]
    assert (spec.cut_mix_probability, spec.unmix_weight, spec.unmix_layers) == (0.6, 0.1, "")
    assert spec.name == "dog and statue"


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ({"instance_prompt": "my cat"}, "/subjects/1/token"),
        ({"instance_prompt": "photo of a dog zwx"}, "/subjects/1/class"),
        ({"instance_prompt": "photo of a SKS cat", "class_prompt": "photo of a cat"}, "/subjects/1/token"),
        ({"token": "zwx", "class": "cat"}, "/subjects/1/token"),
    ],
)
def test_subjects_that_their_words_do_not_tell_apart_are_refused(
    database: Database, alice: Customer, base: str, picture: UUID, words: dict[str, str], pointer: str
) -> None:
    """No token, no class, the first one's token in capitals, a token that its prompt does not have."""
    wire = to_wire("img", picture)
    with pytest.raises(Invalid) as refused:
        ask(database, alice, base, subject(wire), subject(wire, **words))
    assert refused.value.problems[0].pointer == pointer


def test_one_subject_may_have_words_that_cannot_be_read_off(
    database: Database, alice: Customer, base: str, picture: UUID
) -> None:
    """Nothing has to be told apart."""
    spec = ask(database, alice, base, subject(to_wire("img", picture), instance_prompt="my pet"))[1]
    assert (spec.subjects[0].token, spec.subjects[0].class_word, spec.name) == (None, None, "shift")


def test_unknown_references_point_to_their_field(
    database: Database, store: ObjectStore, alice: Customer, bob: Customer, base: str, picture: UUID
) -> None:
    """Unknown, malformed, of another kind and another tenant's cannot be told apart."""
    with database.tenant(bob.id) as scope:
        bobs = images.create(scope, store, ONE).id
    good = to_wire("img", picture)
    sentences = set()
    for bad in (to_wire("img", new_id()), to_wire("img", bobs), to_wire("job", picture), "img_", "", str(picture)):
        with pytest.raises(UnknownReference) as refused:
            ask(database, alice, base, subject(good, bad))
        sentences.add((refused.value.problems[0].pointer, refused.value.detail))
    assert sentences == {("/subjects/0/images/1", "There is no such image.")}


def test_an_unknown_base_is_refused(database: Database, alice: Customer, picture: UUID) -> None:
    """Nothing is queued."""
    with pytest.raises(UnknownBase):
        ask(database, alice, "nope", subject(to_wire("img", picture)))


def test_the_pictures_are_noted_as_needed(
    database: Database, store: ObjectStore, alice: Customer, base: str, picture: UUID
) -> None:
    """Each once, though two subjects name it."""
    wire = to_wire("img", picture)
    sculpture = subject(wire, instance_prompt="photo of a zwx cat", class_prompt="photo of a cat")
    job, _ = ask(database, alice, base, subject(wire), sculpture)
    with database.tenant(alice.id) as scope:
        noted = [row.input_id for row in scope.session.query(JobInput).filter_by(job_id=job.id)]
    assert noted == [picture]
