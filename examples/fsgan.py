"""FSGAN (arXiv 2010.11943) in one page: tune a small GAN's generator and discriminator by their singular values.

    python examples/fsgan.py --steps 200

A generator learns to draw bright blobs from eight pictures of them. Only σ of every layer is trained, by the same
`SpectralModule` that tunes a diffusion model: convolutions, transposed ones and linear layers alike. The pair has
random weights here, where FSGAN takes a pretrained one: put your own in `main`.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from svdiff_core.spectral.factors import compute
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.module import SpectralModule

SIDE = 16
NOISE = 8


def generator() -> nn.Module:
    """Noise (B, 8) to pictures (B, 1, 16, 16) in [-1, 1]."""
    return nn.Sequential(
        nn.Linear(NOISE, 32 * 4 * 4),
        nn.Unflatten(1, (32, 4, 4)),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
        nn.GroupNorm(4, 16),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def discriminator() -> nn.Module:
    """Pictures (B, 1, 16, 16) to a logit (B, 1): above 0 means real."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 1),
    )


def blobs(n: int, brightness: float, generator: torch.Generator) -> Tensor:
    """Soft discs (n, 1, 16, 16) at random places: the few pictures to adapt to."""
    axis = torch.linspace(-1, 1, SIDE)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    center = torch.rand(n, 2, 1, 1, generator=generator) - 0.5
    distance = (y - center[:, 0]).square() + (x - center[:, 1]).square()  # (n, 16, 16)
    return (brightness * torch.exp(-3 * distance)).unsqueeze(1)


@dataclass(frozen=True)
class Losses:
    """Of one step; non-saturating, in nats."""

    discriminator: float
    generator: float


class FewShot:
    """A pair whose singular values adapt to a few pictures; `close` gives the pair back unchanged."""

    def __init__(self, pair: tuple[nn.Module, nn.Module], pictures: Tensor, rate: float, seed: int) -> None:
        self.generator, self.discriminator = pair
        self.handles = [SpectralModule(m, compute(tuned_weights(m)), None, trainable=True) for m in pair]
        self._pictures = pictures
        self._random = torch.Generator().manual_seed(seed)
        self._adams = [torch.optim.Adam(handle.parameters(), rate, betas=(0.0, 0.99)) for handle in self.handles]
        for handle in self.handles:
            handle.attach()

    def close(self) -> None:
        """Take the shifts off."""
        for handle in self.handles:
            handle.detach()

    def steps(self, n: int) -> Iterator[Losses]:
        """Alternate one step of the discriminator and one of the generator."""
        for _ in range(n):
            fake = self.generator(torch.randn(len(self._pictures), NOISE, generator=self._random))
            judged = [self.discriminator(self._pictures), self.discriminator(fake.detach())]
            loss_d = functional.softplus(-judged[0]).mean() + functional.softplus(judged[1]).mean()
            self._update(1, loss_d)
            loss_g = functional.softplus(-self.discriminator(fake)).mean()
            self._update(0, loss_g)
            yield Losses(float(loss_d.detach()), float(loss_g.detach()))

    def _update(self, which: int, loss: Tensor) -> None:
        for adam in self._adams:
            adam.zero_grad(set_to_none=True)
        loss.backward()
        self._adams[which].step()


def main() -> None:
    """Adapt and say how far the pictures came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    target = blobs(8, 0.8, torch.Generator().manual_seed(1))
    few = FewShot((generator(), discriminator()), target, rate=0.02, seed=2)
    noise = torch.randn(64, NOISE, generator=torch.Generator().manual_seed(3))
    sizes = [sum(p.numel() for p in handle.parameters()) for handle in few.handles]
    whole = [sum(p.numel() for p in m.parameters()) for m in (few.generator, few.discriminator)]
    with torch.no_grad():
        before = few.generator(noise).mean()
    for number, losses in enumerate(few.steps(chosen.steps), start=1):
        if number % 50 == 0:
            print(f"step {number}: discriminator {losses.discriminator:.3f}, generator {losses.generator:.3f}")
    with torch.no_grad():
        after = few.generator(noise).mean()
    few.close()
    print(f"trained {sizes} of {whole} numbers (generator, discriminator)")
    print(f"mean brightness {before:+.3f} -> {after:+.3f}, of the pictures {target.mean():+.3f}")


if __name__ == "__main__":
    main()
