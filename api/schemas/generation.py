import math
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.schemas.strict import ExpiresIn, Line, Name, Prompt, RequestModel, id_schema
from service.jobs.specs import ShiftSelectionSpec, Subset, WeightedShift
from service.requests import generations
from service.requests.fine_tunes import MAX_SEED

Weight = Annotated[float, Field(ge=-4, le=4)]
Side = Annotated[int, Field(ge=8, le=2048)]
SUM_TOLERANCE = 1e-6
MAX_RANK = 1_000_000  # no matrix has a larger rank: no limit
SHIFT_START = (
    "The share of the steps that is drawn before the shifts begin, from the prompt without their tokens: what stands "
    "where is then as the base has it. More keeps more of the prompt, and less of the subject."
)


class Blocks(RequestModel):
    """A factor for each block of layers; `other` is what the denoiser has outside of its blocks."""

    down: Weight | None = None
    mid: Weight | None = None
    up: Weight | None = None
    other: Weight | None = None
    text_encoder: Weight | None = None


class Weighted(RequestModel):
    """How much of a shift, and of which part of it; what names the shift is the subclass's."""

    weight: Weight = 1.0
    blocks: Blocks | None = Field(default=None, description="Factors of the weight by block; 1 where absent.")
    subset: Subset | None = Field(default=None, description="Only the layers of this subset of the paper's Table 1.")
    layers: Literal["geometry", "rest"] | None = Field(
        default=None,
        description="Only the base's `geometry_layers`, or all but these: to mix the styles of two shifts.",
    )
    rank_limit: int | None = Field(
        default=None,
        ge=1,
        le=MAX_RANK,
        description="Only this many entries a matrix: those of its largest singular values.",
    )

    @property
    def use(self) -> ShiftSelectionSpec:
        """What is used of the shift, in the service's words."""
        blocks = self.blocks and self.blocks.model_dump(exclude_none=True)
        return ShiftSelectionSpec(
            weight=self.weight,
            blocks=blocks or None,
            subset=None if self.subset == "all" else self.subset,
            layers=self.layers,
            rank_limit=self.rank_limit,
        )

    @property
    def key(self) -> str:
        """The name of the shift."""
        raise NotImplementedError

    @property
    def part(self) -> str:
        """The shift and its part: what no two entries of a request share."""
        return f"{self.key} {self.use.model_dump_json(exclude={'weight'})}"


class ShiftWeight(Weighted):
    """A shift, and how much of it."""

    id: str = Field(json_schema_extra=id_schema("shf"))

    @property
    def key(self) -> str:
        """The shift's id."""
        return self.id


AnyShift = TypeVar("AnyShift", bound=Weighted)


def different(shifts: list[AnyShift]) -> list[AnyShift]:
    """The shifts, if no part of one is there twice."""
    if len({shift.part for shift in shifts}) < len(shifts):
        told = "The same part of the same shift is listed twice; add up its weights instead."
        raise PydanticCustomError("repeated_shift", told)
    return shifts


class PicturesBody(RequestModel, Generic[AnyShift]):
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
    shift_start: float | None = Field(default=None, ge=0, lt=1, description=SHIFT_START)
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
    return of_shifts(body, tuple(WeightedShift(id=shift.id, **dict(shift.use)) for shift in body.shifts))


def of_shifts(body: PicturesBody[AnyShift], shifts: tuple[WeightedShift, ...]) -> generations.GenerationRequest:
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
        shift_start=body.shift_start,
        width=body.width,
        height=body.height,
        expires_in=body.expires_in,
    )
