"""Training a part of a shift: one of the twelve subsets."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from svdiff_core.base import Base
from svdiff_core.errors import RecipeInvalid, StateMismatch
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift import file
from svdiff_core.shift.subsets import SUBSETS, SubsetName
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject

RECIPE = Recipe(steps=3, batch_size=2, learning_rate=0.02, learning_rate_1d=0.02, prior_loss_weight=0.0)


@pytest.fixture
def subject() -> Subject:
    """Three random pictures of a dog."""
    pictures = torch.rand((3, 3, 16, 16), generator=torch.Generator().manual_seed(1)) * 2 - 1
    return Subject(pictures, "photo of a sks dog", "photo of a dog", "sks", "dog")


@pytest.mark.parametrize("subset", sorted(SUBSETS))
def test_only_the_layers_of_the_subset_are_trained(base: Base, subject: Subject, subset: SubsetName) -> None:
    """The shift has exactly these layers, and each of them has moved."""
    shapes = base.shapes
    wanted = {name for name, shape in shapes.items() if SUBSETS[subset](name, shape)}
    if not wanted:
        with pytest.raises(RecipeInvalid, match=subset):
            Training(base, subject, replace(RECIPE, subset=subset), 0)
        return
    training = Training(base, subject, replace(RECIPE, subset=subset), 0)
    assert len(list(training.steps())) == RECIPE.steps
    learned = training.shift()
    assert learned.deltas.keys() == wanted
    moved = {name for name, delta in learned.deltas.items() if delta.any()}
    # a layer may have no gradient on these few pictures; most have
    assert len(moved) > 0.9 * len(wanted)
    assert learned.metadata.subset == subset
    assert file.load(file.dump(learned)).metadata == learned.metadata


def test_the_whole_is_a_subset_of_its_own(base: Base, subject: Subject) -> None:
    """The recipe of the whole shift says so, and a state of it is not one of a part."""
    assert RECIPE.to_mapping()["subset"] == "all"
    assert Recipe.from_mapping(replace(RECIPE, subset="up").to_mapping()).subset == "up"
    whole = Training(base, subject, RECIPE, 0)
    assert whole.shift().metadata.subset == "all"
    with pytest.raises(StateMismatch):
        Training(base, subject, replace(RECIPE, subset="up"), 0, state=whole.state())


def test_a_part_resumes_bit_for_bit(base: Base, subject: Subject) -> None:
    """One step, a state, and two more are three steps."""
    recipe = replace(RECIPE, subset="CA")
    whole = Training(base, subject, recipe, 0)
    list(whole.steps())
    first = Training(base, subject, recipe, 0)
    steps = first.steps()
    next(steps)
    steps.close()
    second = Training(base, subject, recipe, 0, state=first.state())
    list(second.steps())
    assert file.dump(second.shift()) == file.dump(whole.shift())


@pytest.mark.parametrize("changes", [{"subset": "left"}, {"subset": "up", "method": "lora"}])
def test_what_is_no_subset_or_has_none_is_refused(changes: dict[str, Any]) -> None:
    """The error names the setting."""
    with pytest.raises(RecipeInvalid) as caught:
        replace(RECIPE, **changes)
    assert caught.value.field == "subset"
