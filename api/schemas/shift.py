"""A trained shift on the wire."""

from typing import Any

from pydantic import Field

from api.schemas.fields import ResponseModel, Time
from api.schemas.listing import Listing
from service.assets.shifts import get_method
from service.ids import to_wire
from service.tables import Artifact, ShiftRow


class Shift(ResponseModel):
    """A trained set of spectral shifts; `bytes` and `sha256` are of its safetensors file."""

    id: str
    name: str
    base: str
    method: str = Field(
        description="How it was trained. Only adapters of `svdiff` and `svdiff_band` can be combined with others."
    )
    fingerprint: str = Field(
        description="Identifies the base weights that it was trained on; it cannot be used on others."
    )
    bytes: int
    sha256: str
    words: dict[str, Any] = Field(description="The prompts, token and class word that it was trained with.")
    created_at: Time


class ShiftList(Listing[Shift]):
    """One page of the shifts, newest first."""


def shift(row: ShiftRow, file: Artifact) -> Shift:
    """The shift on the wire."""
    return Shift(
        id=to_wire("shf", row.id),
        name=row.name,
        base=row.base_name,
        method=get_method(file),
        fingerprint=row.fingerprint,
        bytes=file.bytes,
        sha256=file.sha256,
        words=row.words,
        created_at=row.created_at,
    )
