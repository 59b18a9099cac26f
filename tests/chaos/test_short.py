"""The short version of `make chaos`: the real processes, killed and frozen, and nothing lost, doubled or stale."""

from pathlib import Path

import pytest

from tests.chaos.__main__ import chaos, folder
from tests.chaos.traffic.plan import SHORT


@pytest.mark.chaos
def test_what_is_killed_frozen_and_emptied_for_two_minutes_loses_doubles_and_shows_nothing(tmp_path: Path) -> None:
    """Workers at every boundary, API processes, upkeep, all three servers; the auditor finds nothing."""
    with folder() as root:
        findings, figures = chaos(SHORT, tmp_path, root)
        assert findings == []
    assert figures["jobs"] >= SHORT.jobs
    assert sum(figures["disturbances"].values()) >= len(SHORT.cards) // 2
    assert {"kill postgres", "kill seaweed", "kill valkey"} <= figures["disturbances"].keys()
    assert figures["fine-tunes equal to their twins"] > 0
