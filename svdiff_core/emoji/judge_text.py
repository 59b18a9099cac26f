"""The judge's text tower: a closed little language, word by word.

A word that the judge does not know says nothing to it: "a sks dog" reads as "a dog".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor, nn

START, PADDING = 0, 1  # before the words' own numbers


@dataclass(frozen=True)
class TextShape:
    """Size of the transformer; later words than `positions` are not read."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    positions: int = 32


class Words:
    """The vocabulary: numbers for known words, nothing for others."""

    def __init__(self, words: Sequence[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(words, start=2)}

    def __len__(self) -> int:
        """The numbers in use, with those of start and padding."""
        return len(self._numbers) + 2

    def numbers(self, text: str) -> list[int]:
        """The known words of a text, in order."""
        return [self._numbers[word] for word in re.findall("[a-z]+", text.lower()) if word in self._numbers]


class TextTower(nn.Module):
    """Word numbers to embeddings: a pre-norm transformer, averaged over the words."""

    def __init__(self, shape: TextShape, words: int, answer: int) -> None:
        super().__init__()
        self.positions = shape.positions
        self.word_embedding = nn.Embedding(words, shape.width)
        self.place_embedding = nn.Embedding(shape.positions, shape.width)
        layer = nn.TransformerEncoderLayer(
            shape.width, shape.heads, 2 * shape.width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(shape.width)
        self.out = nn.Linear(shape.width, answer)

    def forward(self, numbers: Sequence[Sequence[int]]) -> Tensor:
        """(n, answer) of norm 1 for the word numbers of n texts."""
        ids = self._padded(numbers)  # (n, L)
        hidden = ids == PADDING
        x = self.word_embedding(ids) + self.place_embedding.weight[: ids.shape[1]]
        x = self.norm(self.layers(x, src_key_padding_mask=hidden))  # (n, L, width)
        kept = (~hidden).to(x.dtype)[:, :, None]
        return F.normalize(self.out((x * kept).sum(dim=1) / kept.sum(dim=1)).float(), dim=1)

    def _padded(self, numbers: Sequence[Sequence[int]]) -> Tensor:
        rows = [[START, *row][: self.positions] for row in numbers]
        longest = max(len(row) for row in rows)
        return torch.tensor([row + [PADDING] * (longest - len(row)) for row in rows])
