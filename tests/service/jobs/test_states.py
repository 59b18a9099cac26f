import itertools

import pytest

from service.enums import LEASED, TERMINAL, JobState
from service.jobs.transitions import ALLOWED, states_before


def test_every_state_has_its_moves_and_the_final_ones_have_none() -> None:
    """Nothing is forgotten in the table, and nothing leaves an end."""
    assert set(ALLOWED) == set(JobState)
    assert {state for state, targets in ALLOWED.items() if not targets} == TERMINAL


def test_every_state_can_be_reached_from_the_first_and_every_other_can_end() -> None:
    """No state is an island or a trap."""
    reached = {JobState.BLOCKED}
    for _ in JobState:
        reached |= {target for state in reached for target in ALLOWED[state]}
    assert reached == set(JobState)
    ending = set(TERMINAL)
    for _ in JobState:
        ending |= {state for state in JobState if ALLOWED[state] & ending}
    assert ending == set(JobState)


def test_a_job_that_is_being_canceled_can_only_be_canceled() -> None:
    """Not even a success undoes a cancel that was acknowledged."""
    assert ALLOWED[JobState.CANCELING] == {JobState.CANCELED}


def test_only_a_running_job_succeeds() -> None:
    """Success takes a lease, and no cancel."""
    assert states_before(JobState.SUCCEEDED) == {JobState.RUNNING, JobState.PAUSING}
    assert states_before(JobState.RUNNING) == {JobState.QUEUED}


@pytest.mark.parametrize(("state", "target"), list(itertools.product(JobState, JobState)))
def test_sources_is_the_table_read_backwards(state: JobState, target: JobState) -> None:
    """Both directions agree on all hundred pairs."""
    assert (state in states_before(target)) == (target in ALLOWED[state])


def test_no_state_is_both_leased_and_final() -> None:
    """A lease ends with the job."""
    assert not LEASED & TERMINAL
