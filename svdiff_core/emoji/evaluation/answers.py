"""Which of the pictures show what they should, in the eyes of the judge."""

from collections.abc import Iterable, Sequence

from torch import Tensor

from svdiff_core.emoji.judge import Judge


def nouns_right(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Share of pictures whose one thing the judge names."""
    return _share(named == wanted for named, (wanted,) in zip(judge.top_noun(pictures), things, strict=True))


def scenes_right(judge: Judge, pictures: Tensor, scenes: Sequence[str]) -> float:
    """Share of pictures whose scene the judge names."""
    return _share(named == wanted for named, wanted in zip(judge.top_scene(pictures), scenes, strict=True))


def both_right(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Share of pictures in whose halves the judge finds the two things, on whichever side."""
    found = judge.top_nouns_by_side(pictures)
    return _share(sorted(named) == sorted(wanted) for named, wanted in zip(found, things, strict=True))


def sides_right(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Share of pictures in whose halves the judge finds the two things, each on its own side."""
    found = judge.top_nouns_by_side(pictures)
    return _share(named == wanted for named, wanted in zip(found, things, strict=True))


def _share(right: Iterable[bool]) -> float:
    answers = list(right)
    return sum(answers) / len(answers)
