"""Prefixed, time-ordered identifiers: `job_01kb3…` on the wire, a UUIDv7 (RFC 9562) in the database."""

import os
import time
from uuid import UUID

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
LENGTH = 26


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (2**62 - 1)
    return UUID(int=value)


def to_wire(prefix: str, value: UUID) -> str:
    """The prefix, an underscore and 26 characters that sort as the UUID does."""
    digits = [ALPHABET[value.int >> 5 * place & 31] for place in reversed(range(LENGTH))]
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
