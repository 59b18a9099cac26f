"""What the factored form costs: a training step and a forward pass beside the alternatives, in one run.

    python -m bench.spectral_layers --case emoji --threads 2 --repeats 20
    python -m bench.spectral_layers --case sd-v1 --threads 2 --repeats 2

Weights and factors are random, since time does not depend on them. Kinds take turns, so that whatever
else the machine does falls on all of them; the best time of each counts.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from torch.nn.utils import parametrize

from svdiff_core.spectral.factors import Factor, Factors
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.module import attach


@dataclass(frozen=True)
class Case:
    """A UNet and the batch it is timed on."""

    config: dict[str, Any]
    batch: int
    size: int  # latents a side
    tokens: int
    width: int  # of a text state


CASES = {
    "emoji": Case(
        {
            "sample_size": 16,
            "block_out_channels": (48, 96, 192),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "layers_per_block": 1,
            "cross_attention_dim": 128,
            "attention_head_dim": 4,
            "norm_num_groups": 16,
        },
        batch=8,
        size=16,
        tokens=32,
        width=128,
    ),
    "sd-v1": Case(
        {"sample_size": 64, "cross_attention_dim": 768, "attention_head_dim": 8}, batch=1, size=32, tokens=77, width=768
    ),
}


class Rebuilt(nn.Module):
    """W_δ = U diag(ReLU(σ + δ)) Vᵀ through a dense diagonal in every forward, like the public implementation."""

    def __init__(self, factor: Factor, shape: torch.Size) -> None:
        super().__init__()
        self.factor, self.shape = factor, shape
        self.delta = nn.Parameter(torch.zeros_like(factor.sigma))

    def forward(self, _weight: Tensor) -> Tensor:
        """The rebuilt weight."""
        scale = torch.diag((self.factor.sigma + self.delta).relu())
        return (self.factor.U @ scale @ self.factor.Vt).view(self.shape)


@contextmanager
def full(unet: nn.Module, _factors: Factors) -> Iterator[None]:
    """Every weight is trained."""
    unet.requires_grad_(requires_grad=True)
    yield
    unet.requires_grad_(requires_grad=False)
    unet.zero_grad(set_to_none=True)


@contextmanager
def factored(unet: nn.Module, factors: Factors) -> Iterator[None]:
    """The form of svdiff_core: y = U(s ⊙ Vᵀx)."""
    handle = attach(unet, factors, trainable=True)
    yield
    handle.detach()


@contextmanager
def rebuilt(unet: nn.Module, factors: Factors) -> Iterator[None]:
    """The weights of all matrices are rebuilt in every forward."""
    layers = dict(unet.named_modules())
    for name, factor in factors.matrices.items():
        parametrize.register_parametrization(
            layers[name], "weight", Rebuilt(factor, layers[name].weight.shape), unsafe=True
        )
    yield
    for name in factors.matrices:
        parametrize.remove_parametrizations(layers[name], "weight", leave_parametrized=False)


KINDS = {"full": full, "factored": factored, "rebuilt": rebuilt}


def random_factors(unet: nn.Module) -> Factors:
    """Factors of the right shapes."""
    matrices = {}
    for name, weight in tuned_weights(unet).items():
        if weight.ndim > 1:
            m, n = weight.flatten(1).shape
            r = min(m, n)
            matrices[name] = Factor(torch.randn(m, r) / r**0.5, torch.ones(r), torch.randn(r, n) / n**0.5)
    return Factors(matrices)


def build(case: Case) -> tuple[Any, tuple[Tensor, Tensor, Tensor]]:
    """The UNet, frozen, and its inputs."""
    unet: Any = UNet2DConditionModel(**case.config)
    unet.requires_grad_(requires_grad=False)
    unet.set_attn_processor(AttnProcessor())
    x = torch.randn(case.batch, 4, case.size, case.size)
    return unet, (x, torch.full((case.batch,), 500), torch.randn(case.batch, case.tokens, case.width))


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def measure(case: Case, repeats: int, kinds: list[str]) -> dict[str, tuple[float, float]]:
    """Best seconds of (forward, training step) by kind, after one round that is thrown away."""
    unet, inputs = build(case)
    factors = random_factors(unet)

    def forward() -> None:
        with torch.no_grad():
            unet(*inputs)

    def step() -> None:
        unet(*inputs).sample.square().mean().backward()

    times: dict[str, list[tuple[float, float]]] = {"plain": [], **{kind: [] for kind in kinds}}
    for _ in range(repeats + 1):
        times["plain"].append((seconds(forward), float("nan")))
        for kind in kinds:
            with KINDS[kind](unet, factors):
                times[kind].append((seconds(forward), seconds(step)))
    return {kind: (min(f for f, _ in t[1:]), min(s for _, s in t[1:])) for kind, t in times.items()}


def table(times: dict[str, tuple[float, float]]) -> str:
    """Seconds, and ratios to the plain forward and to the full step."""
    plain, whole = times["plain"][0], times["full"][1]
    rows = [f"{'':<10}{'forward s':>10}{'/ plain':>9}{'step s':>10}{'/ full':>9}"]
    for kind, (f, s) in times.items():
        rows.append(f"{kind:<10}{f:>10.4f}{f / plain:>9.2f}{s:>10.4f}{s / whole:>9.2f}")
    return "\n".join(rows)


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, default="emoji")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--without-rebuilt", action="store_true", help="leave out the slowest kind")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    print(f"{chosen.case}, {chosen.threads} threads, float32, best of {chosen.repeats}")
    kinds = [kind for kind in KINDS if kind != "rebuilt" or not chosen.without_rebuilt]
    print(table(measure(CASES[chosen.case], chosen.repeats, kinds)))


if __name__ == "__main__":
    main()
