"""Fine-tunes by other methods than the plain shift, from the queue to the file."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from service import bases
from service.assets import artifacts, shifts
from service.errors import InUse, NotMixable, UnknownReference
from service.ids import from_wire, to_wire
from service.jobs.specs import FineTuneSpec, WeightedShift
from service.tables import Job, ShiftRow
from svdiff_core.base import load_base
from svdiff_core.parameters.methods import MethodName
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.pictures import to_png
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.shift.file import load as load_shift
from svdiff_core.spaces.adapter import load_tensor_adapter
from tests.conftest import new_customer
from tests.pictures import embedded_recipe
from tests.worker.conftest import BASE, Shop

# Rates at which a random tiny base learns something that pictures show.
FAST: dict[str, dict[str, Any]] = {
    method: {"learning_rate": 0.02, "learning_rate_1d": 0.002} for method in ("full", "lora", "cross_attention_kv")
}


def product(shop: Shop, job: Job) -> tuple[str, bytes]:
    """The wire id and the file of what a fine-tune made."""
    with shop.database.tenant(shop.customer.id) as scope:
        (artifact,) = artifacts.list_of_job(scope, job.id, "shift")
        (row,) = scope.session.scalars(select(ShiftRow).where(ShiftRow.artifact_id == artifact.id)).all()
        return to_wire("shf", row.id), shop.store.get(artifact.object_key)


def trained(shop: Shop, method: MethodName, **recipe: Any) -> Job:
    """A fine-tune by this method that has run."""
    job = shop.fine_tune(method=method, steps=4, sample_every=2, **(FAST.get(method, {}) | recipe))
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    return job


def drawn(shop: Shop, *used: WeightedShift) -> list[bytes]:
    """The PNGs of a generation with these in `shifts`."""
    job = shop.generation(used)
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    assert job.result
    return [shop.store.get(one["key"]) for one in job.result["images"]]


def pixels(pngs: list[bytes]) -> list[bytes]:
    """Those of the pictures."""
    return [Image.open(io.BytesIO(png)).tobytes() for png in pngs]


def test_a_lora_is_trained_and_stored(shop: Shop) -> None:
    """Its file can be put into the base, and its samples were drawn."""
    job = trained(shop, "lora")
    assert job.spec["method"] == "lora"
    tuned = load_tensor_adapter(product(shop, job)[1])
    assert (tuned.metadata.method, tuned.metadata.base) == ("lora", job.fingerprint)
    with shop.database.tenant(shop.customer.id) as scope:
        assert len(artifacts.list_of_job(scope, job.id, "sample")) == 2


@pytest.mark.parametrize("method", ["full", "lora", "cross_attention_kv"])
def test_the_product_of_another_method_draws_alone(shop: Shop, method: MethodName) -> None:
    """As the core draws with its file, and not as the base does; each picture carries its recipe."""
    wire_id, data = product(shop, trained(shop, method))
    made = drawn(shop, WeightedShift(id=wire_id, weight=1.0))
    assert pixels(made) == pixels(drawn(shop, WeightedShift(id=wire_id, weight=1.0)))
    assert not set(pixels(made)) & set(pixels(drawn(shop)))
    recipe = embedded_recipe(Image.open(io.BytesIO(made[1])))
    assert (recipe["shifts"], recipe["seed"]) == ([{"id": wire_id, "weight": 1.0}], 6)
    with shop.database.app() as session:
        ref = bases.get(session, BASE)
    base = load_base(ref.source, factors_dir=shop.settings.factors_dir)
    spec = SamplingSpec("a photo of a sks dog", n=2, seed=5, steps=3, guidance=4.0)
    done = [one for one in sample(base, spec, load_tensor_adapter(data)) if isinstance(one, SampleDone)]
    assert pixels(made) == pixels([to_png(picture, {}) for picture in done[0].pictures])


def test_the_weight_of_a_lora_scales_it(shop: Shop) -> None:
    """At 0 the pictures are the base's own, bit for bit; each weight makes its own."""
    wire_id, _ = product(shop, trained(shop, "lora"))
    made = {weight: pixels(drawn(shop, WeightedShift(id=wire_id, weight=weight))) for weight in (0.0, 1.0, -4.0)}
    assert made[0.0] == pixels(drawn(shop))
    assert len({tuple(pictures) for pictures in made.values()}) == 3


def test_a_product_beside_another_is_refused(shop: Shop) -> None:
    """Before it is queued, with a pointer."""
    lora, _ = product(shop, trained(shop, "lora"))
    plain, _ = product(shop, trained(shop, "svdiff"))
    with pytest.raises(NotMixable, match="lora") as refused:
        shop.generation(((plain, 0.5), (lora, 0.5)))
    assert [problem.pointer for problem in refused.value.problems] == ["/shifts/1/id"]


def test_a_product_that_is_too_large_for_a_worker_ends_the_job(shop: Shop) -> None:
    """It is not read at all; no other worker is tried."""
    wire_id, _ = product(shop, trained(shop, "lora"))
    job = shop.generation(((wire_id, 1.0),))
    shop.settings = shop.settings.model_copy(update={"max_adapter_bytes": 1000})
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert (job.state, job.attempt, (job.error or {})["code"]) == ("failed", 1, "adapter_file_invalid")
    assert "1000 bytes" in (job.error or {})["detail"]


def test_a_deleted_or_foreign_product_is_unknown(shop: Shop) -> None:
    """And while a generation needs it, it cannot be deleted: as every shift."""
    wire_id, _ = product(shop, trained(shop, "lora"))
    neighbor = Shop(shop.settings, shop.database, new_customer(shop.database, shop.settings))
    with pytest.raises(UnknownReference):
        neighbor.generation(((wire_id, 1.0),))
    neighbor.notifier.close()
    shop.generation(((wire_id, 1.0),))
    with shop.database.tenant(shop.customer.id) as scope, pytest.raises(InUse):
        shifts.delete(scope, from_wire("shf", wire_id))
    shop.slot().run_until_idle()
    with shop.database.tenant(shop.customer.id) as scope:
        shifts.delete(scope, from_wire("shf", wire_id))
    with pytest.raises(UnknownReference):
        shop.generation(((wire_id, 1.0),))


@pytest.mark.parametrize(("method", "name"), [("lora", "rank"), ("svdiff_band", "band")])
def test_the_setting_of_a_method_reaches_its_product(shop: Shop, method: MethodName, name: str) -> None:
    """In the recipe, which the digest of a training's state covers, and in the tensors."""
    made = product(shop, trained(shop, method, **{name: 2}))[1]
    if method == "lora":
        tuned = load_tensor_adapter(made)
        assert tuned.metadata.recipe[name] == 2
        assert all(tensor.shape[0] == 2 for key, tensor in tuned.tensors.items() if key.endswith(".lora_A"))
    else:
        shift = load_shift(made)
        assert shift.metadata.recipe[name] == 2
        assert {key.partition("@")[2] for key in shift.deltas} == {"", "+1", "-1", "+2", "-2"}


def test_a_subset_reaches_its_product(shop: Shop) -> None:
    """Only its layers are in the file, and the file says which subset it is."""
    shift = load_shift(product(shop, trained(shop, "svdiff", subset="CA-KV"))[1])
    assert shift.metadata.subset == "CA-KV"
    assert shift.deltas
    assert all(".attn2.to_k" in layer or ".attn2.to_v" in layer for layer in shift.deltas)
    assert any(delta.any() for delta in shift.deltas.values())


def test_the_text_encoders_rate_reaches_its_product(shop: Shop) -> None:
    """At 0 it learns nothing, and the file says so."""
    shift = load_shift(product(shop, trained(shop, "svdiff", text_encoder_learning_rate_scale=0.0))[1])
    assert shift.metadata.recipe["text_encoder_learning_rate_scale"] == 0
    moved = {layer: bool(delta.any()) for layer, delta in shift.deltas.items()}
    assert not any(moved[layer] for layer in moved if layer.startswith("text_encoder."))
    assert any(moved.values())


def test_a_mean_over_steps_reaches_its_product(shop: Shop) -> None:
    """The file says of which decay, and the shift is another than what the last step left."""
    mean = load_shift(product(shop, trained(shop, "svdiff", ema_decay=0.9))[1])
    last = load_shift(product(shop, trained(shop, "svdiff"))[1])
    assert mean.metadata.recipe["ema_decay"] == 0.9
    assert last.metadata.recipe["ema_decay"] == 0.0
    assert any((mean.deltas[layer] != delta).any() for layer, delta in last.deltas.items())


def test_companions_of_the_prior_reach_its_product(shop: Shop) -> None:
    """The file names them, and the shift is another than without."""
    with_cup = load_shift(product(shop, trained(shop, "svdiff", prior_companions="next to a cup"))[1])
    without = load_shift(product(shop, trained(shop, "svdiff"))[1])
    assert with_cup.metadata.recipe["prior_companions"] == "next to a cup"
    assert without.metadata.recipe["prior_companions"] == ""
    assert any((with_cup.deltas[layer] != delta).any() for layer, delta in without.deltas.items())


def test_spec_and_recipe_of_a_shift_have_no_setting_of_other_methods(shop: Shop) -> None:
    """Neither a rank nor a band is in them."""
    job = shop.fine_tune()
    assert not {"rank", "band"} & job.spec.keys()
    assert not {"rank", "band"} & FineTuneSpec.model_validate(job.spec).recipe().to_mapping().keys()


def test_one_shift_can_be_mixed_with_itself(shop: Shop) -> None:
    """Its geometry at one weight, the rest at another: at equal weights the whole; the order does not count."""
    wire_id, _ = product(shop, trained(shop, "svdiff"))
    halves = [WeightedShift(id=wire_id, weight=1.0, layers=half) for half in ("geometry", "rest")]
    whole = pixels(drawn(shop, WeightedShift(id=wire_id, weight=1.0)))
    assert pixels(drawn(shop, *halves)) == whole
    mixed = [halves[0], halves[1].model_copy(update={"weight": 0.3})]
    made = drawn(shop, *mixed)
    assert pixels(made) != whole
    assert pixels(made) == pixels(drawn(shop, *reversed(mixed)))
    told = embedded_recipe(Image.open(io.BytesIO(made[0])))["shifts"]
    assert told == [
        {"id": wire_id, "weight": 1.0, "layers": "geometry"},
        {"id": wire_id, "weight": 0.3, "layers": "rest"},
    ]


def test_a_banded_shift_draws_like_any_other(shop: Shop) -> None:
    """It has off-diagonal terms, and generations take it."""
    job = trained(shop, "svdiff_band")
    wire_id, data = product(shop, job)
    assert any("@+1" in name for name in load_shift(data).deltas)
    generation = shop.generation(((wire_id, 1.0),))
    shop.slot().run_until_idle()
    assert shop.job(generation).state == "succeeded"
