"""The subjects of a fine-tune, and the noisy batches that their pictures are trained in."""

from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.process.ddim import Ddim
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training.rng import derive_seed, draw_indices


@dataclass(frozen=True)
class Subject:
    """What to learn: pictures (n, 3, H, W) in [-1, 1], and the words they are learned under."""

    pictures: Tensor
    instance_prompt: str
    class_prompt: str
    token: str
    class_word: str

    @property
    def words(self) -> SubjectWords:
        """The words as they are written into the shift."""
        return SubjectWords(self.token, self.class_word, self.instance_prompt, self.class_prompt)


def subject_of(picture: Tensor, description: str) -> Subject:
    """The picture (3, H, W) in [-1, 1] as a subject, under a description of it: no token, no class."""
    return Subject(picture[None], description, "", "", "")


@dataclass(frozen=True)
class NoisyBatch:
    """b of the subject's latents, then b prior latents if there are any, each at its own timestep."""

    x: Tensor  # (B, c, h, w)
    t: Tensor  # (B,)
    target: Tensor  # (B, c, h, w)


@dataclass(frozen=True)
class LatentPictures:
    """The pictures as the autoencoder's Gaussians, encoded once."""

    mean: Tensor  # (n, c, h, w)
    std: Tensor  # (n, c, h, w)

    def draw_batch(self, ddim: Ddim, b: int, seed: int, step: int, prior: Tensor | None) -> NoisyBatch:
        """Draw the batch of one step, with b of these prior latents (m, c, h, w) if there are any.

        All of it derives from (seed, step), on the CPU, so that any device agrees.
        """
        generator = torch.Generator("cpu").manual_seed(derive_seed(seed, step))
        i = draw_indices(len(self.mean), b, generator)
        z = torch.randn((b, *self.mean.shape[1:]), generator=generator)
        x0 = self.mean[i] + self.std[i] * z.to(self.mean.device)
        if prior is not None:
            x0 = torch.cat([x0, prior[draw_indices(len(prior), b, generator)]])
        return add_noise(x0, ddim, generator)


def add_noise(x0: Tensor, ddim: Ddim, generator: torch.Generator) -> NoisyBatch:
    """Add noise to latents (B, c, h, w); timesteps and noise are drawn here."""
    t = torch.randint(ddim.T, (len(x0),), generator=generator).to(x0.device)
    noise = torch.randn(x0.shape, generator=generator).to(x0.device)
    return NoisyBatch(ddim.add_noise(x0, noise, t), t, ddim.target(x0, noise, t))
