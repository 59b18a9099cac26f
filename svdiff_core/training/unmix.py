"""The unmix loss: keeps each special token's attention off the other subject's half of a stitched picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from svdiff_core.errors import SubjectsInvalid
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training.stitched_prompts import StitchedPrompt


@dataclass(frozen=True)
class TokenPositions:
    """Where a stitched prompt has the subjects' tokens: positions of the sub-tokens of each."""

    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True)
class AttentionHalves:
    """One token's attention on its own subject's half and on the other's, each (b, h, about w/2)."""

    own: Tensor
    other: Tensor


def unmix_loss(maps: Tensor, positions: TokenPositions) -> Tensor:
    """‖A_[V2] ⊙ M₁‖² + ‖A_[V1] ⊙ M₂‖², () (the paper's figure 4), for attention maps (b, h, w, L).

    The norm is a mean over the masked half, so that its weight means the same at any resolution.
    """
    V1, V2 = attention_halves(maps, positions)
    return V2.other.square().mean() + V1.other.square().mean()


def attention_halves(maps: Tensor, positions: TokenPositions) -> tuple[AttentionHalves, AttentionHalves]:
    """The attention to the left and to the right subject's token, cut at the vertical middle."""
    A1, A2 = (_attention(maps, own) for own in (positions.left, positions.right))  # (b, h, w)
    middle = maps.shape[2] // 2
    return AttentionHalves(A1[..., :middle], A1[..., middle:]), AttentionHalves(A2[..., middle:], A2[..., :middle])


def token_positions(
    family: StableDiffusion, prompt: StitchedPrompt, left: SubjectWords, right: SubjectWords
) -> TokenPositions:
    """Positions of the sub-tokens of the left and of the right subject's token.

    Raises:
        SubjectsInvalid: a token is not in its phrase, or the prompt is too long for the text encoder to reach it.
    """
    return TokenPositions(
        _positions(family, prompt, prompt.left, left.token), _positions(family, prompt, prompt.right, right.token)
    )


def _attention(maps: Tensor, positions: Sequence[int]) -> Tensor:
    """The attention to a token, (b, h, w): the sum over its sub-tokens."""
    return maps[..., list(positions)].sum(-1)


def _positions(family: StableDiffusion, prompt: StitchedPrompt, piece: int, token: str) -> tuple[int, ...]:
    """The token's positions in the prompt, found within its own phrase: another subject's words may contain it."""
    own, phrase = family.token_ids(token), family.token_ids(prompt.pieces[piece])
    starts = [i for i in range(len(phrase)) if phrase[i : i + len(own)] == own]
    if not own or not starts:
        raise SubjectsInvalid(f"its instance prompt does not have the token {token!r} as words of its own")
    before = sum(len(family.token_ids(text)) for text in prompt.pieces[:piece])
    first = 1 + before + starts[0]  # after the mark that begins a prompt
    ids = family.tokenize([prompt.text])[0].tolist()
    if ids[first : first + len(own)] != own:
        raise SubjectsInvalid(f"the prompt {prompt.text!r} is cut off before the token {token!r}")
    return tuple(range(first, first + len(own)))
