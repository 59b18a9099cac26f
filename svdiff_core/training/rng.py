"""Random draws of one step, on the CPU, so that any device agrees."""

import hashlib

import torch
from torch import Tensor


def draw_indices(n: int, b: int, generator: torch.Generator) -> Tensor:
    """Draw b indices below n, none twice before all have been drawn."""
    rounds = [torch.randperm(n, generator=generator) for _ in range(-(-b // n))]
    return torch.cat(rounds)[:b]


def derive_seed(seed: int, step: int, purpose: str = "") -> int:
    """A 63-bit seed: neighboring steps and seeds, and different purposes, share nothing."""
    text = f"{seed}/{step}/{purpose}" if purpose else f"{seed}/{step}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
