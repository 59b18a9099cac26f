from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from api.schemas.fields import ResponseModel
from service.fields import RequestModel, id_schema
from svdiff_core.shift.comparison import Comparison

ShiftId = Annotated[str, Field(json_schema_extra=id_schema("shf"))]


class ComparisonBody(RequestModel):
    """Two shifts to compare; one may be compared with itself."""

    shifts: list[ShiftId] = Field(min_length=2, max_length=2)


class LayerComparison(ResponseModel):
    """The two shifts in one layer that both have."""

    name: str
    values: int = Field(description="How many numbers each has there.")
    cosine: float
    norms: tuple[float, float] = Field(description="Euclidean, in the order asked for.")
    canceled: float = Field(description="As in `conflict`.")
    clipped: float | None = Field(description="As in `conflict`; null for a 1-D layer, which has no ReLU.")


class Conflict(ResponseModel):
    """What is lost if the two are added with weight 1 each. All are shares: 0 is none, 1 all."""

    opposed: float = Field(description="Of the layers: those whose cosine is negative.")
    canceled: float = Field(
        description="Of the shifts' movement (sum of magnitudes): what pulls both ways and is lost."
    )
    clipped: float | None = Field(
        description="Of the singular values: those that the ReLU stops at 0 in the sum, though in neither shift alone. "
        "Null while no worker has published the base's singular values."
    )


class ShiftComparison(ResponseModel):
    """How alike two shifts are, and how much they are in each other's way."""

    shifts: list[str]
    base: str
    cosine: float = Field(description="The mean of the layers' cosines: the paper's correlation.")
    conflict: Conflict
    layers: list[LayerComparison]
    alone: tuple[list[str], list[str]] = Field(description="Layers that one of the two has and the other lacks.")


def comparison(shifts: Sequence[str], base: str, told: Comparison) -> ShiftComparison:
    """The comparison on the wire."""
    return ShiftComparison(
        shifts=list(shifts),
        base=base,
        cosine=told.cosine,
        conflict=Conflict(opposed=told.opposed, canceled=told.canceled, clipped=told.clipped),
        layers=[LayerComparison(name=name, **vars(layer)) for name, layer in told.layers.items()],
        alone=(list(told.alone[0]), list(told.alone[1])),
    )
