"""The readers that measure event streams notice what they are there to notice."""

from typing import Any

import pytest

from bench.sse_reading import Reading, frames

TEXT = b"""id: 1
event: queued
data: {"job": "job_x"}

: keep-alive

id: 2
event: failed
data: {"at": 3.5, "error": {"code": "a: b"}}

"""


def read(*numbers: int) -> Reading:
    """A reader of these events, of which the last ends the job."""
    reading = Reading("job_x", "key")
    for number in numbers:
        reading.see(number, "failed" if number == numbers[-1] else "progress", {}, 0.0)
    return reading


def test_frames_are_read_as_the_standard_has_them() -> None:
    """Events in order, comments passed over, data as JSON."""
    found: list[tuple[int, str, dict[str, Any]]] = list(frames(TEXT))
    assert found == [
        (1, "queued", {"job": "job_x"}),
        (2, "failed", {"at": 3.5, "error": {"code": "a: b"}}),
    ]


def test_only_a_whole_history_is_complete() -> None:
    """To the last event that the database has, each once, in order."""
    assert read(1, 2, 3).complete(3)
    assert not read(1, 2, 3).complete(4)


@pytest.mark.parametrize(("numbers", "gaps", "repeats"), [((1, 3), 1, 0), ((2, 3), 1, 0), ((1, 2, 2, 3), 0, 1)])
def test_a_gap_and_a_repetition_are_noticed(numbers: tuple[int, ...], gaps: int, repeats: int) -> None:
    """Even where the last event was seen."""
    reading = read(*numbers)
    assert (reading.gaps, reading.repeats) == (gaps, repeats)
    assert not reading.complete(3)


def test_lateness_counts_from_the_writing() -> None:
    """Of events that say when that was."""
    reading = Reading("job_x", "key")
    reading.see(1, "queued", {}, 10.0)
    reading.see(2, "progress", {"at": 9.5}, 10.0)
    assert reading.late == [0.5]
