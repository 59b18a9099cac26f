"""The judge that ships and its renders, as fixtures."""

import pytest

from svdiff_core.emoji.evaluation.renders import Renders, load_renders
from svdiff_core.emoji.judge import Judge, load_judge


@pytest.fixture(scope="module")
def judge() -> Judge:
    """The judge that ships."""
    return load_judge("emoji")


@pytest.fixture(scope="module")
def renders() -> Renders:
    """The real renders that ship."""
    return load_renders()
