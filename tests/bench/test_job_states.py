"""The picture of the state machine is that of the table of moves."""

import pytest

from bench import job_states
from bench.job_states import PICTURE, WrongPicture, drawn_moves, picture
from service.enums import LEASED, TERMINAL, JobState
from service.jobs.transitions import ALLOWED


def test_the_committed_picture_is_what_the_program_draws() -> None:
    """A changed table or label is drawn again: `python -m bench.job_states`."""
    assert PICTURE.read_text() == picture()


def test_its_arrows_are_the_tables_moves() -> None:
    """Each move once, and none that the table does not allow."""
    arrows = [(origin, arrow.target) for arrow in job_states.ARROWS for origin in arrow.origins]
    assert sorted(arrows) == sorted((state, target) for state in JobState for target in ALLOWED[state])


def test_a_move_that_the_picture_lacks_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not drawn without an arrow and a cause."""
    assert (JobState.FAILED, JobState.QUEUED) not in drawn_moves()
    monkeypatch.setitem(ALLOWED, JobState.FAILED, frozenset({JobState.QUEUED}))
    with pytest.raises(WrongPicture, match=r"lacks .*FAILED.*QUEUED.* and invents \[\]"):
        picture()


def test_each_state_stands_inside_the_frames_of_its_groups_and_no_other() -> None:
    """Where it is drawn says whether it waits, is leased, or is final."""
    for group in job_states.FRAMES:
        inside = {
            state
            for state, (x, y) in job_states.CENTERS.items()
            if group.x < x < group.x + group.width and group.y < y < group.y + group.height
        }
        assert inside == group.members
    assert {LEASED, TERMINAL} <= {group.members for group in job_states.FRAMES}
