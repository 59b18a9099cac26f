"""Every parameter space is trained by the same loop and keeps the same promises."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import AdapterFileInvalid, MethodUnavailable, ShiftDoesNotFit, ShiftOfAnotherBase, StateMismatch
from svdiff_core.parameters.methods import DEFAULT_RATES, SHIFTS
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.merging import merged_base
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.shift import file
from svdiff_core.shift.file import Shift
from svdiff_core.shift.subsets import floats
from svdiff_core.spaces import adapter
from svdiff_core.spaces.adapter import Adapter, TensorAdapter, space_of
from svdiff_core.spaces.space import TunedModule
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.training import state as training_state
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject
from tests.svdiff_core.runs import run

STORED = sorted(DEFAULT_RATES.keys() - SHIFTS)
# Rates at which a random tiny base learns in a few steps.
RATES = {"svdiff": 3e-2, "svdiff_band": 2e-2, "full": 1e-3, "lora": 1e-2, "cross_attention_kv": 2e-2}


def recipe_of(method: str) -> Recipe:
    """A short recipe without a prior."""
    rate = RATES[method]
    rates = {"learning_rate": rate, "learning_rate_1d": rate / 10}
    return Recipe.from_mapping({"steps": 4, "batch_size": 2, "method": method, "prior_loss_weight": 0.0} | rates)


def dumped(result: Adapter) -> bytes:
    """The file of a result."""
    return file.dump(result) if isinstance(result, Shift) else adapter.dump_tensor_adapter(result)


def loaded(data: bytes, method: str) -> Adapter:
    """A result from its file."""
    return file.load(data) if method in SHIFTS else adapter.load_tensor_adapter(data)


@contextmanager
def opened(base: Base, method: str) -> Iterator[dict[str, TunedModule]]:
    """The base with a fresh tuning of every part attached."""
    space = space_of(recipe_of(method))
    tunings = {part: space.open(module, base.factors.part(part), 0) for part, module in base.family.parts.items()}
    for tuning in tunings.values():
        tuning.attach()
    yield tunings
    for tuning in tunings.values():
        tuning.detach()


@torch.no_grad()
def answer(base: Base) -> Tensor:
    """What the denoiser says to some noise under a prompt."""
    x = torch.randn((2, 4, 8, 8), generator=torch.Generator().manual_seed(5))
    states = base.family.encode_prompts(["a photo of a dog", "the beach"])
    return base.family.denoise(x, torch.tensor([10, 500]), states)


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_an_untrained_space_is_the_base(base: Base, method: str) -> None:
    """At its start every space answers as the base does: copies to the bit, LoRA and factors to 1e-4 and better."""
    expected = answer(base)
    with opened(base, method):
        found = answer(base)
    bounds = {"full": 0.0, "cross_attention_kv": 0.0, "lora": 1e-6}
    bound = bounds.get(method, 1e-4)
    torch.testing.assert_close(found, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_an_untrained_result_leaves_every_bit_of_the_pictures(base: Base, subject: Subject, method: str) -> None:
    """Put into the base, what was not trained yet changes nothing at all."""
    result = Training(base, subject, recipe_of(method), 0).adapter()
    expected = answer(base)
    with merged_base(base, result):
        torch.testing.assert_close(answer(base), expected, rtol=0, atol=0)


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_the_loss_falls_in_every_space(base: Base, subject: Subject, method: str) -> None:
    """Thirty steps make the mean loss lower than at the start."""
    records = run(Training(base, subject, replace(recipe_of(method), steps=30, batch_size=4), 0))
    assert sum(r.loss for r in records[-10:]) < sum(r.loss for r in records[:10])


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_a_resumed_training_is_bit_equal_in_every_space(base: Base, subject: Subject, method: str) -> None:
    """Stored after two of four steps and resumed, the result is the same file."""
    whole = Training(base, subject, recipe_of(method), 0)
    expected = [r.loss for r in run(whole)]
    first = Training(base, subject, recipe_of(method), 0)
    steps = first.steps()
    for _ in range(2):
        next(steps)
    steps.close()
    stored = training_state.load(training_state.dump(first.state()))
    second = Training(base, subject, recipe_of(method), 0, state=stored)
    assert [r.loss for r in run(second)] == expected[2:]
    assert dumped(second.adapter()) == dumped(whole.adapter())
    assert all(torch.equal(t, whole.state().tensors[name]) for name, t in second.state().tensors.items())


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_the_base_is_itself_again_after_every_method(
    base: Base, subject: Subject, method: str, assert_base_untouched: Callable[[], None]
) -> None:
    """Training, closing in the middle and sampling under the result leave weights, names and gradients as they were."""
    parts = base.family.parts
    kinds = {part: [(n, type(m)) for n, m in module.named_modules()] for part, module in parts.items()}
    asked = {part: [p.requires_grad for p in module.parameters()] for part, module in parts.items()}
    own = {part: set(vars(module)) for part, module in parts.items()}
    training = Training(base, subject, recipe_of(method), 0)
    steps = training.steps()
    next(steps)
    steps.close()
    list(sample(base, SamplingSpec("a dog", steps=1), training.adapter()))
    assert_base_untouched()
    for part, module in parts.items():
        assert [(n, type(m)) for n, m in module.named_modules()] == kinds[part]
        assert [p.requires_grad for p in module.parameters()] == asked[part]
        assert set(vars(module)) == own[part]
        assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("method", DEFAULT_RATES)
def test_pictures_under_a_stored_result_are_those_of_the_attached_space(
    base: Base, subject: Subject, method: str
) -> None:
    """The file read back and put into the base answers as the trained space did, and not as the base."""
    training = Training(base, subject, recipe_of(method), 0)
    steps = training.steps()
    for _ in range(3):
        next(steps)
    attached = answer(base)
    plain_file = dumped(training.adapter())
    steps.close()
    result = loaded(plain_file, method)
    assert dumped(result) == plain_file
    before = answer(base)
    with merged_base(base, result):
        torch.testing.assert_close(answer(base), attached, rtol=1e-4, atol=1e-4)
    assert (before - attached).abs().max() > 1e-3
    done = list(sample(base, SamplingSpec("a photo of a sks dog", steps=1), result))[-1]
    assert isinstance(done, SampleDone)


def test_sizes_are_those_of_the_formulas(base: Base, subject: Subject) -> None:
    """Each space trains as many numbers as its definition says."""
    layers = {
        f"{part}.{name}": tuple(weight.shape)
        for part, module in base.family.parts.items()
        for name, weight in tuned_weights(module).items()
    }
    attention = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj")
    spectral = sum(map(floats, layers.values()))
    ranks = [floats(shape) for shape in layers.values() if len(shape) > 1]
    expected = {
        "svdiff": spectral,
        "svdiff_band": spectral + sum(2 * (r - 1) for r in ranks),
        "full": sum(p.numel() for module in base.family.parts.values() for p in module.parameters()),
        "lora": sum(4 * sum(shape) for name, shape in layers.items() if name.endswith(attention)),
        "cross_attention_kv": sum(
            math.prod(shape) for name, shape in layers.items() if ".attn2." in name and name.endswith(("to_k", "to_v"))
        ),
    }
    for method in DEFAULT_RATES:
        result = Training(base, subject, recipe_of(method), 0).adapter()
        if isinstance(result, Shift):
            assert sum(delta.size for delta in result.deltas.values()) == expected[method], method
        else:
            assert result.parameters == expected[method], method
            assert 4 * result.parameters < len(adapter.dump_tensor_adapter(result)) < 4 * result.parameters + 40_000


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_same_seed_gives_the_same_result_in_a_random_space(base: Base, subject: Subject, method: str) -> None:
    """LoRA's random start derives from the seed alone; nobody else's random numbers are touched or used."""
    files = []
    for other in (1, 2):
        torch.manual_seed(other)
        before = torch.get_rng_state()
        training = Training(base, subject, recipe_of(method), 0)
        assert torch.equal(torch.get_rng_state(), before)
        run(training)
        files.append(dumped(training.adapter()))
    assert files[0] == files[1]


@pytest.mark.parametrize("method", STORED)
def test_a_result_of_another_base_or_shape_is_refused(
    base: Base, subject: Subject, method: str, assert_base_untouched: Callable[[], None]
) -> None:
    """Another fingerprint, an unknown name or another shape raises, and the base is as it was."""
    result = Training(base, subject, recipe_of(method), 0).adapter()
    assert isinstance(result, TensorAdapter)
    foreign = replace(result, metadata=replace(result.metadata, base="svd1-other"))
    with pytest.raises(ShiftOfAnotherBase), merged_base(base, foreign):
        pass
    name, tensor = next(iter(result.tensors.items()))
    for changed in ({**result.tensors, name: tensor[:-1]}, {**result.tensors, "unet.nothing.weight": tensor}):
        with pytest.raises(ShiftDoesNotFit), merged_base(base, replace(result, tensors=changed)):
            pass
    assert_base_untouched()


@pytest.mark.parametrize("s", [-4.0, 0.0, 0.5])
def test_a_scaled_lora_adds_so_much_of_its_change(base: Base, subject: Subject, s: float) -> None:
    """W' = W + s ΔW in every projection, with ΔW read off the unscaled one; at 0, W to the bit."""
    training = Training(base, subject, recipe_of("lora"), 0)
    run(training)
    result = training.adapter()
    assert isinstance(result, TensorAdapter)
    own = projections(base, None)
    whole, scaled = (projections(base, one) for one in (result, adapter.scale_adapter(result, s)))
    for name, weight in own.items():
        expected = weight + s * (whole[name] - weight)
        torch.testing.assert_close(scaled[name], expected, rtol=0, atol=1e-6 if s else 0)
    assert any((whole[name] - weight).abs().max() > 1e-4 for name, weight in own.items())
    assert adapter.scale_adapter(result, 1.0) is result


@pytest.mark.parametrize("method", ["full", "cross_attention_kv"])
def test_weights_have_no_scale(base: Base, subject: Subject, method: str) -> None:
    """Only 1 is taken."""
    result = Training(base, subject, recipe_of(method), 0).adapter()
    assert isinstance(result, TensorAdapter)
    assert adapter.scale_adapter(result, 1.0) is result
    with pytest.raises(MethodUnavailable, match=method):
        adapter.scale_adapter(result, 0.5)


@pytest.mark.parametrize(("method", "setting"), [("lora", "rank"), ("svdiff_band", "band")])
def test_a_state_belongs_to_the_setting_of_its_method(base: Base, subject: Subject, method: str, setting: str) -> None:
    """Another rank or band does not resume from it; a setting that the method lacks makes no difference."""
    state = Training(base, subject, recipe_of(method), 0).state()
    with pytest.raises(StateMismatch):
        Training(base, subject, replace(recipe_of(method), **dict[str, Any]({setting: 2})), 0, state=state)
    plain = Training(base, subject, recipe_of("svdiff"), 0).state()
    Training(base, subject, replace(recipe_of("svdiff"), **dict[str, Any]({setting: 2})), 0, state=plain)


def projections(base: Base, result: TensorAdapter | None) -> dict[str, Tensor]:
    """Copies of the weights of every part under a result."""
    with merged_base(base, result):
        return {
            f"{part}.{name}": p.detach().clone()
            for part, module in base.family.parts.items()
            for name, p in module.named_parameters()
        }


def test_what_is_no_adapter_file_is_refused(base: Base, subject: Subject) -> None:
    """Damage, other kinds of files and numbers that are not finite raise AdapterFileInvalid."""
    result = Training(base, subject, recipe_of("lora"), 0).adapter()
    assert isinstance(result, TensorAdapter)
    data = adapter.dump_tensor_adapter(result)
    name = next(iter(result.tensors))
    poisoned = {**result.tensors, name: result.tensors[name] * float("nan")}
    shift = Training(base, subject, recipe_of("svdiff"), 0).shift()
    for bad in (
        b"",
        data[:-1],
        b"x" * 50,
        file.dump(shift),
        adapter.dump_tensor_adapter(replace(result, tensors=poisoned)),
    ):
        with pytest.raises(AdapterFileInvalid):
            adapter.load_tensor_adapter(bad)


def test_only_spectral_spaces_have_a_shift(base: Base, subject: Subject) -> None:
    """Asking a LoRA training for a shift names the method."""
    with pytest.raises(MethodUnavailable, match="lora"):
        Training(base, subject, recipe_of("lora"), 0).shift()


def test_every_method_has_rates_of_its_own_and_its_own_parameters() -> None:
    """Rates that are not given are the method's; what a method lacks is not in its mapping."""
    assert Recipe.from_mapping({"method": "full"}).learning_rate_1d == pytest.approx(5e-6)
    assert Recipe.from_mapping({"method": "lora", "learning_rate": 0.5}).learning_rate == pytest.approx(0.5)
    assert not {"rank", "band"} & Recipe().to_mapping().keys()
    for method in DEFAULT_RATES:
        recipe = Recipe.from_mapping({"method": method})
        assert Recipe.from_mapping(recipe.to_mapping()) == recipe
