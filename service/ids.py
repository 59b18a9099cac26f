"""Prefixed, time-ordered identifiers: `job_01kb3…` on the wire, a UUIDv7 (RFC 9562) in the database."""

import os
import time
from uuid import UUID

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
LENGTH = 26


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    return uuid7(now_milliseconds(), random >> 68 & 0xFFF, random)


def numbered_id(milliseconds: int, number: int) -> UUID:
    """A UUIDv7 that sorts by the number among those of one moment: 62 random bits after a counter of 12.

    Each 4,096 numbers use the next millisecond, as RFC 9562 (6.2) allows.
    """
    return uuid7(milliseconds + (number >> 12), number & 0xFFF, int.from_bytes(os.urandom(8)))


def now_milliseconds() -> int:
    """The time that an id made now begins with."""
    return time.time_ns() // 1_000_000


def uuid7(milliseconds: int, counter: int, random: int) -> UUID:
    """Version 7, variant 10; of `random` the lowest 62 bits."""
    return UUID(int=milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random & (2**62 - 1))


def to_wire(prefix: str, value: UUID) -> str:
    """The prefix, an underscore and 26 characters that sort as the UUID does."""
    digits = [ALPHABET[value.int >> 5 * index & 31] for index in reversed(range(LENGTH))]
    return f"{prefix}_{''.join(digits)}"


def from_wire(prefix: str, text: str) -> UUID | None:
    """The UUID that `to_wire` wrote with this prefix; None for any other text."""
    head, _, digits = text.partition("_")
    if head != prefix or len(digits) != LENGTH or any(digit not in ALPHABET for digit in digits):
        return None
    number = 0
    for digit in digits:
        number = number << 5 | ALPHABET.index(digit)
    return UUID(int=number) if number < 1 << 128 else None
