import math
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.schemas.strict import ExpiresIn, In, Line, Name, Prompt, id_schema
from service import generations
from service.fine_tunes import MAX_SEED

Weight = Annotated[float, Field(ge=-4, le=4)]
Side = Annotated[int, Field(ge=8, le=2048)]
SUM_TOLERANCE = 1e-6


class Weighted(In):
    """How much of a shift; what names the shift is the subclass's."""

    weight: Weight = 1.0

    @property
    def key(self) -> str:
        """What no two shifts of a request share."""
        raise NotImplementedError


class ShiftWeight(Weighted):
    """A shift, and how much of it."""

    id: str = Field(json_schema_extra=id_schema("shf"))

    @property
    def key(self) -> str:
        """The shift's id."""
        return self.id


AnyShift = TypeVar("AnyShift", bound=Weighted)


def different(shifts: list[AnyShift]) -> list[AnyShift]:
    """The shifts, if none is there twice."""
    if len({shift.key for shift in shifts}) < len(shifts):
        raise PydanticCustomError("repeated_shift", "The same shift is listed twice; add up its weights instead.")
    return shifts


class PicturesBody(In, Generic[AnyShift]):
    """Pictures of a prompt. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    prompt: Prompt = Field(examples=["a photo of a sks dog on the beach"])
    negative_prompt: Annotated[Line, StringConstraints(max_length=1000)] = ""
    mode: Literal["add", "interpolate"] = Field(
        default="add", description="`interpolate` takes exactly two shifts, with weights of at least 0 that sum to 1."
    )
    shifts: Annotated[list[AnyShift], AfterValidator(different)] = Field(
        default_factory=list, max_length=16, validate_default=True
    )
    n: int = Field(default=1, ge=1, le=16, description="How many pictures; picture i has the seed `seed` + i.")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Drawn and recorded where it is absent.")
    steps: int | None = Field(default=None, ge=1, le=200)
    guidance: float | None = Field(default=None, ge=0, le=30)
    eta: float | None = Field(default=None, ge=0, le=1)
    width: Side | None = Field(default=None, description="Pixels; a multiple of the base's own unit.")
    height: Side | None = Field(default=None, description="Pixels; a multiple of the base's own unit.")
    expires_in: ExpiresIn = None

    @field_validator("shifts")
    @classmethod
    def interpolates(cls, shifts: list[AnyShift], known: ValidationInfo) -> list[AnyShift]:
        """The shifts, if their weights make sense in the mode."""
        weights = [shift.weight for shift in shifts]
        apt = len(weights) == 2 and min(weights) >= 0 and math.isclose(sum(weights), 1, abs_tol=SUM_TOLERANCE)  # noqa: PLR2004 — between two ends
        if known.data.get("mode") == "interpolate" and not apt:
            rule = "To interpolate takes exactly two shifts with weights of at least 0 that sum to 1."
            raise PydanticCustomError("not_an_interpolation", rule)
        return shifts


class GenerationBody(PicturesBody[ShiftWeight]):
    """Pictures of a prompt. What is left out is the base's recipe."""


def requested(body: GenerationBody) -> generations.GenerationRequest:
    """The body in the service's words."""
    return of_shifts(body, tuple((shift.id, shift.weight) for shift in body.shifts))


def of_shifts(body: PicturesBody[AnyShift], shifts: tuple[tuple[str, float], ...]) -> generations.GenerationRequest:
    """The body in the service's words, with these as its shifts."""
    return generations.GenerationRequest(
        base=body.base,
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        shifts=shifts,
        mode=body.mode,
        n=body.n,
        seed=body.seed,
        steps=body.steps,
        guidance=body.guidance,
        eta=body.eta,
        width=body.width,
        height=body.height,
        expires_in=body.expires_in,
    )
