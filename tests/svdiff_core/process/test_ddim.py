"""Our DDIM against diffusers' scheduler."""

import itertools
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from svdiff_core.process.ddim import Ddim

SPACINGS = ["leading", "trailing", "linspace"]
PREDICTIONS = ["epsilon", "v_prediction", "sample"]
LATENTS = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "clip_sample": False}


def pair(**config: Any) -> tuple[Ddim, Any]:
    """Ours and theirs from one configuration."""
    return Ddim.from_config(config), DDIMScheduler(**config)


def answer(x: Tensor, t: Tensor) -> Tensor:
    """What stands in for a network: bounded, and different at every timestep."""
    return torch.sin(3 * x + t.view(-1, 1, 1, 1) / 100)


def run_both(ours: Ddim, theirs: Any, steps: int, eta: float = 0.0) -> tuple[Tensor, Tensor]:
    """The last sample of a whole run of each, from the same noise."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2, 4, 3, 3), generator=generator)
    y = x.clone()
    theirs.set_timesteps(steps)
    etas = torch.full((2,), eta) if eta else None
    for t, u in zip(ours.timesteps(steps), theirs.timesteps, strict=True):
        noise = torch.randn(x.shape, generator=generator) if eta else None
        ts = t.expand(2)
        x = ours.step(answer(x, ts), x, ts, ours.previous(ts, steps), etas, noise)
        y = theirs.step(answer(y, u.expand(2)), u, y, eta=eta, variance_noise=noise).prev_sample
    return x, y


@pytest.mark.parametrize(
    ("spacing", "offset", "prediction", "to_one"),
    list(itertools.product(SPACINGS, [0, 1], PREDICTIONS, [True, False])),
)
@pytest.mark.parametrize("eta", [0.0, 0.6])
def test_a_run_equals_diffusers(spacing: str, offset: int, prediction: str, to_one: bool, eta: float) -> None:  # noqa: FBT001 — a parameter of the test
    """Every spacing, offset, prediction type and last alpha, with and without η noise, ends in the same sample."""
    ours, theirs = pair(
        **LATENTS, timestep_spacing=spacing, steps_offset=offset, prediction_type=prediction, set_alpha_to_one=to_one
    )
    for steps in (1, 7, 20):
        x, y = run_both(ours, theirs, steps, eta)
        torch.testing.assert_close(x, y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("spacing", "offset"), list(itertools.product(SPACINGS, [0, 1])))
def test_timesteps_equal_diffusers_for_every_step_count(spacing: str, offset: int) -> None:
    """From 1 to 999 steps the timesteps are the same integers.

    For some counts (61, 103, ...) a rounding error makes diffusers append a timestep -1, which is dropped.
    """
    ours, theirs = pair(**LATENTS, timestep_spacing=spacing, steps_offset=offset)
    for steps in range(1, 1000):
        theirs.set_timesteps(steps)
        assert torch.equal(ours.timesteps(steps), theirs.timesteps[:steps]), steps


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"clip_sample": True, "clip_sample_range": 2.0},
        {"beta_schedule": "squaredcos_cap_v2", "clip_sample": False},
        {"trained_betas": [0.01, 0.02, 0.03, 0.05], "num_train_timesteps": 4, "clip_sample": False},
        {
            **LATENTS,
            "rescale_betas_zero_snr": True,
            "timestep_spacing": "trailing",
            "prediction_type": "v_prediction",
        },
        {**LATENTS, "num_train_timesteps": 500},
    ],
)
def test_other_schedules_equal_diffusers(config: dict[str, Any]) -> None:
    """Clipping, cosine and given betas, zero terminal SNR and other lengths agree too."""
    ours, theirs = pair(**config)
    torch.testing.assert_close(ours.alphas, theirs.alphas_cumprod)
    x, y = run_both(ours, theirs, 4)
    torch.testing.assert_close(x, y, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_noise_and_target_are_those_of_diffusers(prediction: str) -> None:
    """x_t and v agree with the scheduler's; ε and x₀ are themselves."""
    ours, theirs = pair(**LATENTS, prediction_type=prediction)
    x0, noise, t = torch.randn(5, 4, 2, 2), torch.randn(5, 4, 2, 2), torch.tensor([0, 1, 500, 998, 999])
    torch.testing.assert_close(ours.add_noise(x0, noise, t), theirs.add_noise(x0, noise, t))
    expected = {"epsilon": noise, "sample": x0, "v_prediction": theirs.get_velocity(x0, noise, t)}
    torch.testing.assert_close(ours.target(x0, noise, t), expected[prediction])


def test_every_sample_has_its_own_timestep_and_eta() -> None:
    """A batch of different timesteps and η equals one step of each alone."""
    ours, _ = pair(**LATENTS)
    x, noise = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2)
    t, t_prev, eta = torch.tensor([981, 500, 3]), torch.tensor([961, 450, -17]), torch.tensor([0.0, 1.0, 0.3])
    together = ours.step(answer(x, t), x, t, t_prev, eta, noise)
    for i in range(3):
        s = slice(i, i + 1)
        alone = ours.step(answer(x, t)[s], x[s], t[s], t_prev[s], eta[s], noise[s])
        torch.testing.assert_close(together[s], alone)


@pytest.mark.parametrize(
    "config", [{"thresholding": True}, {"beta_schedule": "x"}, {"prediction_type": "x"}, {"timestep_spacing": "x"}]
)
def test_what_is_not_known_is_refused(config: dict[str, Any]) -> None:
    """An unknown setting raises instead of sampling something else."""
    with pytest.raises(ValueError, match=r"unknown|thresholding"):
        Ddim.from_config(config)


@pytest.mark.parametrize("steps", [0, 1001])
def test_a_run_needs_between_one_and_all_steps(steps: int) -> None:
    """No steps, or more than the schedule has, is an error."""
    ours, _ = pair(**LATENTS)
    with pytest.raises(ValueError, match="1000"):
        ours.timesteps(steps)
