"""The comparison of two shifts on the wire."""

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
    """The comparison of one layer that both shifts have."""

    name: str
    values: int = Field(description="The number of values of each shift in this layer.")
    cosine: float
    norms: tuple[float, float] = Field(description="Euclidean norms, in the order of the request.")
    canceled: float = Field(description="As in `conflict`.")
    clipped: float | None = Field(description="As in `conflict`; null for a 1-D layer, which has no ReLU.")


class Conflict(ResponseModel):
    """What is lost if both are added with weight 1. All are fractions from 0 to 1."""

    opposed: float = Field(description="The fraction of layers whose cosine is negative.")
    canceled: float = Field(
        description="The fraction of the magnitudes that is lost because the shifts have opposite signs."
    )
    clipped: float | None = Field(
        description="The fraction of singular values that the ReLU sets to 0 in the sum but in neither shift alone. "
        "Null until a worker has published the base's singular values."
    )


class ShiftComparison(ResponseModel):
    """How similar two shifts are, and how much they conflict."""

    shifts: list[str]
    base: str
    cosine: float = Field(description="The mean of the layers' cosines: the paper's correlation.")
    conflict: Conflict
    layers: list[LayerComparison]
    alone: tuple[list[str], list[str]] = Field(description="For each shift, the layers that only it has.")


def render_comparison(shifts: Sequence[str], base: str, comparison: Comparison) -> ShiftComparison:
    """The comparison on the wire."""
    return ShiftComparison(
        shifts=list(shifts),
        base=base,
        cosine=comparison.cosine,
        conflict=Conflict(opposed=comparison.opposed, canceled=comparison.canceled, clipped=comparison.clipped),
        layers=[LayerComparison(name=name, **vars(layer)) for name, layer in comparison.layers.items()],
        alone=(list(comparison.alone[0]), list(comparison.alone[1])),
    )
