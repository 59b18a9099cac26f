import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ids import ALPHABET, from_wire, new_id, now_milliseconds, numbered_id, to_wire


@given(st.uuids())
def test_every_id_survives_the_wire(value: uuid.UUID) -> None:
    """All 128 bits, in 26 characters of Crockford's alphabet."""
    text = to_wire("job", value)
    assert from_wire("job", text) == value
    assert len(text) == len("job_") + 26
    assert set(text.removeprefix("job_")) <= set(ALPHABET)


@given(st.uuids(), st.uuids())
def test_texts_sort_as_their_ids_do(one: uuid.UUID, other: uuid.UUID) -> None:
    """So a list that is sorted by either is sorted by both."""
    assert (to_wire("job", one) < to_wire("job", other)) == (one < other)


def test_ids_are_uuids_of_version_seven_in_the_order_of_time() -> None:
    """RFC 9562: the version, the variant, and the milliseconds in front."""
    before = time.time_ns() // 1_000_000
    ids = []
    for _ in range(5):
        ids.append(new_id())
        time.sleep(0.002)
    after = time.time_ns() // 1_000_000
    assert ids == sorted(ids)
    assert all(value.version == 7 and value.variant == uuid.RFC_4122 for value in ids)
    assert all(before <= value.int >> 80 <= after for value in ids)


def test_ids_of_one_moment_differ() -> None:
    """74 random bits."""
    assert len({new_id() for _ in range(10_000)}) == 10_000


GOOD = to_wire("img", uuid.UUID(int=7))
BAD = {
    "another prefix": GOOD.replace("img", "job"),
    "no prefix": GOOD.removeprefix("img_"),
    "too short": GOOD[:-1],
    "too long": GOOD + "0",
    "upper case": GOOD.upper(),
    "a character outside the alphabet": GOOD[:-1] + "u",
    "more than 128 bits": "img_" + "z" * 26,
    "a space": GOOD[:-1] + " ",
    "another digit seven": GOOD[:-1] + "\N{ARABIC-INDIC DIGIT SEVEN}",
    "a NUL": GOOD[:-1] + "\0",
    "a UUID": str(uuid.UUID(int=7)),
    "nothing": "",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_any_other_text_is_no_id(text: str) -> None:
    """Not an error either: the caller says what was not found."""
    assert from_wire("img", text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Whatever a client sends, it is an id or it is none."""
    found = from_wire("img", text)
    assert found is None or to_wire("img", found) == text


def test_numbered_ids_sort_by_their_numbers() -> None:
    """Beyond the 4,096 of a millisecond too, and after every id that was made before."""
    before = new_id()
    moment = now_milliseconds() + 1
    ids = [numbered_id(moment, number) for number in range(10_000)]
    assert ids == sorted(ids)
    assert before < ids[0]
    assert all(value.version == 7 and value.variant == uuid.RFC_4122 for value in ids)
    assert ids[0] != numbered_id(moment, 0)
