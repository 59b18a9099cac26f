import math

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.process.ddim import Ddim
from svdiff_core.sampling.inversion import invert, slerp
from svdiff_core.sampling.sampler import sample_latents
from svdiff_core.sampling.stages import Row

CONFIG = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "clip_sample": False}
SHAPE = (2, 4, 8, 8)


def random(seed: int, *shape: int) -> Tensor:
    """Seeded noise."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("spacing", ["leading", "trailing", "linspace"])
def test_an_inverted_step_leads_back(prediction: str, spacing: str) -> None:
    """Whatever the network means, the step from the point that was found ends where it came from."""
    ddim = Ddim.from_config(CONFIG | {"prediction_type": prediction, "timestep_spacing": spacing, "steps_offset": 1})
    x, output = random(1, *SHAPE), random(2, *SHAPE)
    for t in ddim.timesteps(10).flip(0):
        ts = t.expand(2)
        t_prev = ddim.previous(ts, 10)
        found = x
        for _ in range(300):  # the output is constant: what converges is ε̂, which depends on the point
            found = ddim.invert(output, found, x, ts, t_prev)
        torch.testing.assert_close(ddim.step(output, found, ts, t_prev), x, rtol=0, atol=1e-4)


def reconstructed(base: Base, z0: Tensor, refinements: int) -> float:
    """The root mean square error of inverting and sampling with guidance 1."""
    prompts = ["a photo of a dog"] * len(z0)
    *_, z = invert(base, z0, prompts, 10, refinements=refinements)
    rows = [Row(prompt, "", seed, 1.0, 0.0) for seed, prompt in enumerate(prompts)]
    *_, x = sample_latents(base, rows, 10, (4, 8, 8), start=lambda _: z)
    return float((x - z0).square().mean().sqrt())


def test_refinements_make_the_inversion_exact(base: Base) -> None:
    """Each makes the error smaller; with enough of them the sampler comes back to the latents."""
    z0 = random(3, *SHAPE)
    errors = [reconstructed(base, z0, refinements) for refinements in (0, 3, 15)]
    assert errors[0] > 4 * errors[1] > 16 * errors[2]
    assert errors[2] < 2e-3


def test_a_start_replaces_the_noise_and_no_more(base: Base) -> None:
    """A start that gives the noise itself back changes nothing, with η as well."""
    rows = [Row("a dog", "", 5, 2.0, 0.7)]
    *_, plain = sample_latents(base, rows, 3, (4, 8, 8))
    *_, same = sample_latents(base, rows, 3, (4, 8, 8), start=torch.clone)
    torch.testing.assert_close(same, plain, rtol=0, atol=0)


def test_slerp_keeps_its_ends_and_the_norm() -> None:
    """α 0 is z, α 1 the noise; in between, the angle is divided and equal norms are kept (eq. 7)."""
    z, noise = random(1, *SHAPE), random(2, *SHAPE)
    noise = noise * z.flatten(1).norm(dim=1).view(-1, 1, 1, 1) / noise.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    torch.testing.assert_close(slerp(0.0, z, noise), z)
    torch.testing.assert_close(slerp(1.0, z, noise), noise)
    half = slerp(0.5, z, noise)
    torch.testing.assert_close(half.flatten(1).norm(dim=1), z.flatten(1).norm(dim=1))
    cosines = [torch.nn.functional.cosine_similarity(half.flatten(1), end.flatten(1)) for end in (z, noise)]
    torch.testing.assert_close(*cosines)


def test_slerp_of_parallel_tensors_is_their_straight_line() -> None:
    """No division by the sine of no angle."""
    z = random(1, *SHAPE)
    torch.testing.assert_close(slerp(0.25, z, z), z)
    assert math.isfinite(float(slerp(0.5, z, -z).sum()))
