"""What the work of an attempt leaves behind, ready for the finishing transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.assets.artifacts import StoredObject
from service.infra.database import Scope


def no_rows(_: Scope) -> None:
    """Nothing beyond the artifacts themselves."""


@dataclass(frozen=True)
class Outcome:
    """Objects that lie in the store, the job's result, and rows to write with them."""

    stored: tuple[StoredObject, ...]
    result: dict[str, Any]
    rows: Callable[[Scope], None] = no_rows
