from collections import Counter

import torch

from svdiff_core.training.prior_pools import PriorPools

LATENTS = torch.arange(8.0).view(8, 1, 1, 1)


def test_a_step_shows_prior_pictures_of_one_prompt() -> None:
    """Its latents are those that were drawn from it; half of the steps show the class alone."""
    pools = PriorPools(LATENTS, "a dog", ("by a cup", "by a ball"))
    drawn = [pools.draw(7, step) for step in range(1, 401)]
    pool = {prompt: latents.flatten().tolist() for prompt, latents in drawn}
    assert pool == {"a dog": [0, 2, 4, 6], "a dog by a cup": [1, 5], "a dog by a ball": [3, 7]}
    assert pools.class_latents.flatten().tolist() == [0, 2, 4, 6]
    counts = Counter(prompt for prompt, _ in drawn)
    assert 170 < counts["a dog"] < 230
    assert 70 < counts["a dog by a cup"] < 130
    assert pools.draw(7, 3)[0] == drawn[2][0]


def test_without_companions_or_with_too_few_pictures_there_is_only_the_class() -> None:
    """One picture is of the class alone."""
    for latents, companions in ((LATENTS, ()), (LATENTS[:1], ("by a cup",))):
        pools = PriorPools(latents, "a dog", companions)
        assert [pools.draw(0, step)[0] for step in range(5)] == ["a dog"] * 5
        assert torch.equal(pools.class_latents, latents)
