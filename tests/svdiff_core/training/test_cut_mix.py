from collections import Counter

import pytest
import torch

from svdiff_core.training.cut_mix import Pair, draw_subjects, stitch

STEPS = range(1, 2001)


def test_two_of_three_are_drawn_without_replacement_from_seed_and_step() -> None:
    """Never one twice; all ordered pairs and wordings about equally often; one (seed, step), one pair."""
    pairs = [draw_subjects(3, 1.0, 7, step) for step in STEPS]
    assert (
        pairs
        == [draw_subjects(3, 1.0, 7, step) for step in STEPS]
        != [draw_subjects(3, 1.0, 8, step) for step in STEPS]
    )
    assert all(isinstance(pair, Pair) and pair.left != pair.right for pair in pairs)
    counts = Counter(pairs)
    assert len(counts) == 3 * 2 * 2
    assert all(count == pytest.approx(2000 / 12, rel=0.25) for count in counts.values())


def test_the_probability_is_the_share_of_stitched_steps() -> None:
    """0 gives none and 1 all; in the others every subject is drawn."""
    steps = [draw_subjects(2, 0.6, 0, step) for step in STEPS]
    assert sum(isinstance(subjects, Pair) for subjects in steps) == pytest.approx(1200, rel=0.05)
    assert {draw_subjects(3, 0.0, 0, step) for step in STEPS} == {0, 1, 2}
    assert not any(isinstance(draw_subjects(2, 0.0, 0, step), Pair) for step in STEPS)
    assert all(isinstance(draw_subjects(2, 1.0, 0, step), Pair) for step in STEPS)


@pytest.mark.parametrize("side", [16, 17])
def test_each_half_is_a_piece_of_its_own_picture(side: int) -> None:
    """Full height, half width, next to each other in the picture it is cut from, from near the middle of that."""
    columns = torch.arange(float(side)).expand(5, 3, side, side)
    rows = torch.arange(float(side)).view(side, 1).expand(5, 1, side, side) * 1000
    left, right = columns + rows, -(columns + rows) - 1
    both = stitch(left, right, torch.Generator().manual_seed(0))
    assert both.shape == left.shape
    middle, starts = side // 2, set()
    for i in range(5):
        for half, picture in ((both[i, ..., :middle], left[i]), (both[i, ..., middle:], right[i])):
            start = round(float(half[0, 0, 0].abs() - picture[0, 0, 0].abs()))
            assert torch.equal(half, picture[..., start : start + half.shape[-1]])
            starts.add(start)
    assert starts <= set(range(middle // 2 - side // 8, (side - middle) // 2 + side // 8 + 1))
    assert len(starts) > 1, "pieces are not always the same"


def test_the_same_generator_gives_the_same_picture() -> None:
    """Stitching takes all its randomness from the generator."""
    left, right = torch.rand((2, 4, 3, 16, 16), generator=torch.Generator().manual_seed(1))
    pictures = [stitch(left, right, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(pictures[0], pictures[1])
    assert not torch.equal(pictures[0], pictures[2])


def test_a_reduced_picture_fits_into_a_half() -> None:
    """A bar as wide as the half is narrower in the half, at full height; at 1 nothing changes, to the bit."""
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., 8:24] = 1.0  # 16 columns of 32: a half is 16 wide
    both = stitch(picture, -picture, torch.Generator().manual_seed(0), min_scale=0.5)
    assert both.shape == picture.shape
    for half in (both[0, 0, :, :16], -both[0, 0, :, 16:]):
        assert (half > 0.5).any(dim=1).all(), "the bar goes from top to bottom"
        assert (half[:, [0, -1]] < 0.5).any(), "there is something beside it"
    unreduced = [stitch(picture, -picture, torch.Generator().manual_seed(0), *how) for how in ((), (1.0,))]
    assert torch.equal(*unreduced)
