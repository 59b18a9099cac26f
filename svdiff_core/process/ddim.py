"""DDIM (arXiv 2010.02502), vectorized: every sample of a batch has its own timestep and η."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

_PREDICTIONS = ("epsilon", "sample", "v_prediction")
_SPACINGS = ("leading", "trailing", "linspace")


@dataclass(frozen=True)
class Ddim:
    """Noise schedule and sampler of one base.

    Arithmetic is in float32 whatever the network's dtype. `alphas` is ᾱ of the paper, (T,).
    """

    alphas: Tensor
    final_alpha: Tensor  # (), ᾱ "before" timestep 0
    prediction_type: str
    timestep_spacing: str
    steps_offset: int
    clip: float | None  # bound of |x̂₀|; None where the base does not clip

    @staticmethod
    def from_config(config: Mapping[str, Any]) -> "Ddim":
        """From a diffusers scheduler config; what it lacks has DDIMScheduler's default.

        Raises:
            ValueError: a setting is unknown or (dynamic thresholding) not meant for latents.
        """
        if config.get("thresholding"):
            raise ValueError("dynamic thresholding is not for latent diffusion")
        prediction, spacing = config.get("prediction_type", "epsilon"), config.get("timestep_spacing", "leading")
        if prediction not in _PREDICTIONS:
            raise ValueError(f"unknown prediction_type {prediction!r}")
        if spacing not in _SPACINGS:
            raise ValueError(f"unknown timestep_spacing {spacing!r}")
        alphas = torch.cumprod(1.0 - _betas(config), dim=0)
        final_alpha = torch.tensor(1.0) if config.get("set_alpha_to_one", True) else alphas[0]
        clip = float(config.get("clip_sample_range", 1.0)) if config.get("clip_sample", True) else None
        return Ddim(alphas, final_alpha, prediction, spacing, int(config.get("steps_offset", 0)), clip)

    @property
    def T(self) -> int:  # noqa: N802 — the paper's letter
        """Number of training timesteps."""
        return len(self.alphas)

    def timesteps(self, steps: int) -> Tensor:
        """The timesteps of a run, descending, (steps,) int64; 1 ≤ steps ≤ T."""
        if not 1 <= steps <= self.T:
            raise ValueError(f"steps must lie in [1, {self.T}], not {steps}")
        # In numpy, as diffusers computes them: how halves are rounded decides some of these integers.
        if self.timestep_spacing == "linspace":
            t = np.linspace(0, self.T - 1, steps).round()[::-1]
        elif self.timestep_spacing == "leading":
            t = np.arange(steps, dtype=np.float64)[::-1] * (self.T // steps) + self.steps_offset
        else:
            t = np.arange(self.T, 0, -self.T / steps)[:steps].round() - 1  # arange may yield one too many
        return torch.from_numpy(t.astype(np.int64)).clamp(0, self.T - 1)  # an offset may point past the end

    def previous(self, t: Tensor, steps: int) -> Tensor:
        """The timestep that one step from t leads to; negative means the picture itself."""
        return t - self.T // steps

    def add_noise(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """The noisy x_t = √ᾱ x₀ + √(1-ᾱ) ε for samples (B, ...) at timesteps (B,)."""
        a = self._alpha(t, x0)
        return a.sqrt() * x0 + (1 - a).sqrt() * noise

    def target(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """The target of the network for x_t: ε, x₀ or v."""
        if self.prediction_type == "epsilon":
            return noise
        if self.prediction_type == "sample":
            return x0
        a = self._alpha(t, x0)
        return a.sqrt() * noise - (1 - a).sqrt() * x0

    def step(
        self,
        output: Tensor,
        x: Tensor,
        t: Tensor,
        t_prev: Tensor,
        eta: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> Tensor:
        """The sample at t_prev from the network's output at t (eq. 12); t, t_prev and eta are (B,), noise is like x."""
        a, a_prev = self._alpha(t, x), self._alpha(t_prev, x)
        x0, epsilon = self._split(output, x, a)
        if self.clip is not None:
            x0 = x0.clamp(-self.clip, self.clip)
        if eta is None or noise is None:
            return a_prev.sqrt() * x0 + (1 - a_prev).sqrt() * epsilon
        variance = (1 - a_prev) / (1 - a) * (1 - a / a_prev)  # eq. 16
        sigma = _column(eta, x) * variance.sqrt()
        return a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * epsilon + sigma * noise

    def invert(self, output: Tensor, guess: Tensor, x: Tensor, t: Tensor, t_prev: Tensor) -> Tensor:
        """The sample at t from which a step with η = 0 leads to x at t_prev; t and t_prev are (B,).

        `output` is the network's at t for `guess`, an estimate of the answer: where the answer equals the guess, the
        inversion is exact. x̂₀ is not clipped.
        """
        a, a_prev = self._alpha(t, x), self._alpha(t_prev, x)
        _, epsilon = self._split(output, guess, a)
        x0 = (x - (1 - a_prev).sqrt() * epsilon) / a_prev.sqrt()
        return a.sqrt() * x0 + (1 - a).sqrt() * epsilon

    def _split(self, output: Tensor, x: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
        """(x̂₀, ε̂) from the network's output."""
        if self.prediction_type == "epsilon":
            return (x - (1 - a).sqrt() * output) / a.sqrt(), output
        if self.prediction_type == "sample":
            return output, (x - a.sqrt() * output) / (1 - a).sqrt()
        return a.sqrt() * x - (1 - a).sqrt() * output, a.sqrt() * output + (1 - a).sqrt() * x

    def _alpha(self, t: Tensor, like: Tensor) -> Tensor:
        """ᾱ at timesteps (B,), shaped to scale samples (B, ...)."""
        t = t.to(self.alphas.device)
        alpha = torch.where(t >= 0, self.alphas[t.clamp(min=0)], self.final_alpha)
        return _column(alpha, like)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.to(like.device).view(-1, *[1] * (like.ndim - 1))


def _betas(config: Mapping[str, Any]) -> Tensor:
    betas = _schedule_betas(config)
    return _rescale_to_zero_snr(betas) if config.get("rescale_betas_zero_snr") else betas


def _schedule_betas(config: Mapping[str, Any]) -> Tensor:
    if config.get("trained_betas") is not None:
        return torch.tensor(config["trained_betas"], dtype=torch.float32)
    T = int(config.get("num_train_timesteps", 1000))
    first, last = float(config.get("beta_start", 0.0001)), float(config.get("beta_end", 0.02))
    schedule = config.get("beta_schedule", "linear")
    if schedule == "linear":
        return torch.linspace(first, last, T, dtype=torch.float32)
    if schedule == "scaled_linear":
        return torch.linspace(first**0.5, last**0.5, T, dtype=torch.float32) ** 2
    if schedule == "squaredcos_cap_v2":
        u = torch.arange(T + 1, dtype=torch.float64) / T
        bar = torch.cos((u + 0.008) / 1.008 * torch.pi / 2) ** 2
        return (1 - bar[1:] / bar[:-1]).clamp(max=0.999).float()
    raise ValueError(f"unknown beta_schedule {schedule!r}")


def _rescale_to_zero_snr(betas: Tensor) -> Tensor:
    """Betas whose last timestep is pure noise (arXiv 2305.08891, algorithm 1)."""
    root = torch.cumprod(1.0 - betas, dim=0).sqrt()
    root = (root - root[-1]) * (root[0] / (root[0] - root[-1]))
    bar = root**2
    return 1 - torch.cat([bar[:1], bar[1:] / bar[:-1]])
