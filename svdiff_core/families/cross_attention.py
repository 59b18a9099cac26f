"""A denoiser's cross-attention maps, from the places of a picture to the tokens of a prompt, with their gradients."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from svdiff_core.errors import RecipeInvalid


@dataclass(frozen=True)
class CrossAttention:
    """One layer: the modules that make its queries (B, N, d) and keys (B, L, d), its heads, and its scale."""

    queries: nn.Module
    keys: nn.Module
    heads: int
    scale: float

    def probabilities(self, q: Tensor, k: Tensor) -> Tensor:
        """Attention of each place to each token, averaged over the heads, (B, N, L), float32 or wider."""
        q, k = self._by_head(q), self._by_head(k)
        return (q @ k.transpose(-1, -2) * self.scale).softmax(-1).mean(1)

    def _by_head(self, x: Tensor) -> Tensor:  # (B, heads, N or L, d/heads)
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        return wide.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


class AttentionRecording:
    """Queries and keys of the last forward, of its first `rows` samples.

    The maps are computed once more from them: the denoiser keeps the attention kernel it has, and its output its bits.
    """

    def __init__(self, layers: Sequence[CrossAttention], rows: int) -> None:
        self._layers, self._rows = layers, rows
        self._q: dict[int, Tensor] = {}
        self._k: dict[int, Tensor] = {}

    def maps(self, height: int, width: int) -> Tensor:
        """The mean over the layers for latents of this size, (rows, h, w, L).

        Raises:
            RecipeInvalid: the maps of the layers differ in size.
        """
        maps = [layer.probabilities(self._q[i], self._k[i]) for i, layer in enumerate(self._layers)]
        if len({A.shape for A in maps}) > 1:
            raise RecipeInvalid("unmix_layers", "names blocks whose attention maps differ in size")
        mean = torch.stack(maps).mean(0)  # (rows, N, L)
        reduction = round((height * width / mean.shape[1]) ** 0.5)
        return mean.reshape(len(mean), height // reduction, width // reduction, -1)

    def _keep(self, into: dict[int, Tensor], number: int, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        """A forward hook of a layer's queries or keys."""
        into[number] = output[: self._rows]

    def register_hooks(self, stack: ExitStack) -> None:
        """Record the layers' outputs until the stack is closed."""
        for number, layer in enumerate(self._layers):
            for module, into in ((layer.queries, self._q), (layer.keys, self._k)):
                stack.callback(module.register_forward_hook(partial(self._keep, into, number)).remove)


@contextmanager
def record_attention(layers: Sequence[CrossAttention], rows: int) -> Iterator[AttentionRecording]:
    """Record the layers' attention of the first `rows` samples while the block runs."""
    recording = AttentionRecording(layers, rows)
    with ExitStack() as stack:
        recording.register_hooks(stack)
        yield recording
