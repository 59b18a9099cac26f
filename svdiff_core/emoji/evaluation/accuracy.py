"""How many of the pictures show what they should, by the judge."""

from collections.abc import Iterable, Sequence

from torch import Tensor

from svdiff_core.emoji.judge import Judge


def noun_accuracy(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Fraction of the pictures whose one thing the judge names."""
    return _fraction(named == expected for named, (expected,) in zip(judge.top_noun(pictures), things, strict=True))


def scene_accuracy(judge: Judge, pictures: Tensor, scenes: Sequence[str]) -> float:
    """Fraction of the pictures whose scene the judge names."""
    return _fraction(named == expected for named, expected in zip(judge.top_scene(pictures), scenes, strict=True))


def pair_accuracy(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Fraction of the pictures in whose halves the judge finds the two things, on whichever side."""
    sides = judge.top_nouns_by_side(pictures)
    return _fraction(sorted(named) == sorted(expected) for named, expected in zip(sides, things, strict=True))


def side_accuracy(judge: Judge, pictures: Tensor, things: Sequence[tuple[str, ...]]) -> float:
    """Fraction of the pictures in whose halves the judge finds the two things, each on its own side."""
    sides = judge.top_nouns_by_side(pictures)
    return _fraction(named == expected for named, expected in zip(sides, things, strict=True))


def _fraction(correct: Iterable[bool]) -> float:
    results = list(correct)
    return sum(results) / len(results)
