import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.schemas.strict import In, Line, Name, Prompt, id_schema
from service import generations
from service.fine_tunes import MAX_SEED

Weight = Annotated[float, Field(ge=-4, le=4)]
Side = Annotated[int, Field(ge=8, le=2048)]
SUM_TOLERANCE = 1e-6


class ShiftWeight(In):
    """A shift, and how much of it."""

    id: str = Field(json_schema_extra=id_schema("shf"))
    weight: Weight = 1.0


def different(shifts: list[ShiftWeight]) -> list[ShiftWeight]:
    """The shifts, if none is there twice."""
    if len({shift.id for shift in shifts}) < len(shifts):
        raise PydanticCustomError("repeated_shift", "The same shift is listed twice; add up its weights instead.")
    return shifts


class GenerationBody(In):
    """Pictures of a prompt. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    prompt: Prompt = Field(examples=["a photo of a sks dog on the beach"])
    negative_prompt: Annotated[Line, StringConstraints(max_length=1000)] = ""
    mode: Literal["add", "interpolate"] = Field(
        default="add", description="`interpolate` takes exactly two shifts, with weights of at least 0 that sum to 1."
    )
    shifts: Annotated[list[ShiftWeight], AfterValidator(different)] = Field(
        default_factory=list, max_length=16, validate_default=True
    )
    n: int = Field(default=1, ge=1, le=16, description="How many pictures; picture i has the seed `seed` + i.")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Drawn and recorded where it is absent.")
    steps: int | None = Field(default=None, ge=1, le=200)
    guidance: float | None = Field(default=None, ge=0, le=30)
    eta: float | None = Field(default=None, ge=0, le=1)
    width: Side | None = Field(default=None, description="Pixels; a multiple of the base's own unit.")
    height: Side | None = Field(default=None, description="Pixels; a multiple of the base's own unit.")

    @field_validator("shifts")
    @classmethod
    def interpolates(cls, shifts: list[ShiftWeight], known: ValidationInfo) -> list[ShiftWeight]:
        """The shifts, if their weights make sense in the mode."""
        weights = [shift.weight for shift in shifts]
        apt = len(weights) == 2 and min(weights) >= 0 and math.isclose(sum(weights), 1, abs_tol=SUM_TOLERANCE)  # noqa: PLR2004 — between two ends
        if known.data.get("mode") == "interpolate" and not apt:
            rule = "To interpolate takes exactly two shifts with weights of at least 0 that sum to 1."
            raise PydanticCustomError("not_an_interpolation", rule)
        return shifts


def requested(body: GenerationBody) -> generations.GenerationRequest:
    """The body in the service's words."""
    return generations.GenerationRequest(
        base=body.base,
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        shifts=tuple((shift.id, shift.weight) for shift in body.shifts),
        mode=body.mode,
        n=body.n,
        seed=body.seed,
        steps=body.steps,
        guidance=body.guidance,
        eta=body.eta,
        width=body.width,
        height=body.height,
    )
