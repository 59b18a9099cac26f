from dataclasses import replace
from typing import Any

import pytest
import torch

from svdiff_core.base import Base
from svdiff_core.errors import PriorInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
from svdiff_core.training import prior
from svdiff_core.training.prior import PriorDone, hash_prior, prior_key, sample_prior

RECIPE = Recipe(prior_count=5, prior_steps=3, prior_guidance=4.0)
FACTS = ("svd1-a", "a photo of a dog", "ddim-0", 25, 4.0, 64, 24, 0)


def latents(base: Base, seed: int, max_batch: int) -> torch.Tensor:
    """The prior's latents."""
    *_, done = sample_prior(base, "a photo of a dog", RECIPE, seed, max_batch=max_batch)
    assert isinstance(done, PriorDone)
    return done.latents


def test_the_prior_counts_its_steps(base: Base) -> None:
    """Five latents in batches of at most two take three batches of three steps."""
    *steps, done = sample_prior(base, "a photo of a dog", RECIPE, 0, max_batch=2)
    assert steps == [SampleStep(i, 9) for i in range(1, 10)]
    assert isinstance(done, PriorDone)
    assert done.latents.shape == (5, 4, 8, 8)


def test_the_prior_is_what_the_base_draws(base: Base) -> None:
    """Decoded, prior latent i is the base's picture of the class prompt with seed + i, however it was batched."""
    whole, pieces = latents(base, 3, 8), latents(base, 3, 2)
    torch.testing.assert_close(whole, pieces, rtol=1e-3, atol=1e-3)
    *_, done = sample(base, SamplingSpec("a photo of a dog", n=5, seed=3, steps=3, guidance=4.0))
    assert isinstance(done, SampleDone)
    torch.testing.assert_close(base.family.decode_latents(whole), done.pictures, rtol=0, atol=2 / 255)


def test_the_key_changes_with_every_fact() -> None:
    """Any one of the eight facts gives another key, and the same facts the same."""
    changes = ["svd1-b", "a cat", "ddim-1", 26, 5.0, 128, 25, 1]
    variants: list[list[Any]] = [[*FACTS[:i], change, *FACTS[i + 1 :]] for i, change in enumerate(changes)]
    keys = {hash_prior(*facts) for facts in variants}
    assert len(keys | {hash_prior(*FACTS)}) == 9
    assert hash_prior(*FACTS) == hash_prior(*FACTS)


def test_a_whole_number_of_guidance_is_one_key() -> None:
    """4 and 4.0 are the same guidance."""
    assert hash_prior(*FACTS[:4], 4, *FACTS[5:]) == hash_prior(*FACTS)


def test_every_other_picture_has_a_companion(base: Base) -> None:
    """In turn; the others stay what they are without any, and the sets have different keys."""
    recipe = replace(RECIPE, prior_companions="next to a cup, and a ball")
    prompts = prior.prior_prompts("a dog", recipe.companions, 6)
    assert prompts == ["a dog", "a dog next to a cup", "a dog", "a dog and a ball", "a dog", "a dog next to a cup"]
    assert prior.prior_prompts("a dog", (), 2) == ["a dog", "a dog"]
    *_, done = sample_prior(base, "a photo of a dog", recipe, 3)
    assert isinstance(done, PriorDone)
    plain = latents(base, 3, 8)
    torch.testing.assert_close(done.latents[::2], plain[::2], rtol=1e-3, atol=1e-3)
    beside = [prior.prior_prompts("a photo of a dog", recipe.companions, 5)[i] for i in (1, 3)]
    for i, prompt in zip((1, 3), beside, strict=True):
        *_, alone = sample_prior(base, prompt, replace(RECIPE, prior_count=1), 3 + i)
        assert isinstance(alone, PriorDone)
        torch.testing.assert_close(done.latents[i : i + 1], alone.latents, rtol=1e-3, atol=1e-3)
    keys = {prior_key(base, "a dog", replace(RECIPE, prior_companions=c)) for c in ("", "and a cup", "and a cup, b")}
    assert len(keys) == 3


def test_the_key_of_a_recipe_ignores_what_the_prior_does_not_need(base: Base) -> None:
    """Rates and training steps do not split the shared prior; its own settings do."""
    key = prior_key(base, "a dog", RECIPE)
    assert prior_key(base, "a dog", replace(RECIPE, steps=9, learning_rate=0.5)) == key
    assert prior_key(base, "a dog", replace(RECIPE, prior_steps=4)) != key


def test_stored_latents_come_back_bit_for_bit() -> None:
    """Dump, load: the same values; twice: the same bytes."""
    values = torch.randn(3, 4, 8, 8)
    assert torch.equal(prior.load(prior.dump(values)), values)
    assert prior.dump(values) == prior.dump(values.clone())


@pytest.mark.parametrize(
    "data", [b"", b"x" * 50, prior.dump(torch.zeros(3)), prior.dump(torch.full((1, 4, 2, 2), float("nan")))]
)
def test_what_are_not_latents_is_refused(data: bytes) -> None:
    """Damage, another shape and values that are not finite raise PriorInvalid."""
    with pytest.raises(PriorInvalid):
        prior.load(data)
