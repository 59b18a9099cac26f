"""What a job was asked to do, with every default filled in: the `spec` of the wire and of the worker."""

import hashlib
import json
from dataclasses import fields
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.fields import RequestModel, id_schema
from service.parameters import is_none, spec_fields
from svdiff_core.parameters.early_stopping import StopRule
from svdiff_core.parameters.editing import EditingSpec
from svdiff_core.parameters.methods import SVDIFF, MethodName
from svdiff_core.parameters.recipe import Recipe, recipe_parameters
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.shift.file import WHOLE
from svdiff_core.shift.subsets import SubsetName

Declared = TypeVar("Declared", StopRule, SamplingSpec, EditingSpec)

Weight = Annotated[float, Field(ge=-4, le=4)]
MAX_RANK = 1_000_000  # no matrix has a larger rank: no limit
NAME_LENGTH = 100


class Blocks(RequestModel):
    """A factor for each block of layers; `other` is what the denoiser has outside of its blocks."""

    down: Weight | None = Field(default=None, exclude_if=is_none)
    mid: Weight | None = Field(default=None, exclude_if=is_none)
    up: Weight | None = Field(default=None, exclude_if=is_none)
    other: Weight | None = Field(default=None, exclude_if=is_none)
    text_encoder: Weight | None = Field(default=None, exclude_if=is_none)


def none_if_empty(blocks: Blocks | None) -> Blocks | None:
    """No blocks where none is named."""
    return None if blocks is None or not blocks.model_dump() else blocks


def none_if_whole(subset: str | None) -> str | None:
    """No subset where it is the whole."""
    return None if subset == WHOLE else subset


class SelectedShift(RequestModel):
    """How much of a shift is used, and which part of it: all of it, where a field is absent. As asked and as stored."""

    weight: Weight = 1.0
    blocks: Annotated[Blocks | None, AfterValidator(none_if_empty)] = Field(
        default=None, exclude_if=is_none, description="Factors of the weight by block; 1 where absent."
    )
    subset: Annotated[SubsetName | None, AfterValidator(none_if_whole)] = Field(
        default=None, exclude_if=is_none, description="Only the layers of this subset of the paper's Table 1."
    )
    layers: Literal["geometry", "rest"] | None = Field(
        default=None,
        exclude_if=is_none,
        description="Only the base's `geometry_layers`, or all but these: to mix the styles of two shifts.",
    )
    rank_limit: int | None = Field(
        default=None,
        ge=1,
        le=MAX_RANK,
        exclude_if=is_none,
        description="Only this many entries a matrix: those of its largest singular values.",
    )


SELECTION_FIELDS = tuple(name for name in SelectedShift.model_fields if name != "weight")

FINE_TUNE = "fine_tune"
GENERATION = "generation"
EDIT = "edit"
TRAINS = frozenset({FINE_TUNE, EDIT})  # kinds that keep a state to resume from, and can be paused

JobKind = Literal["fine_tune", "generation", "edit"]


class Spec(BaseModel):
    """The root of the specs: frozen, complete, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    base: str
    fingerprint: str

    def document(self) -> dict[str, Any]:
        """As stored and as shown."""
        return self.model_dump(mode="json", by_alias=True)


class SubjectSpec(BaseModel):
    """One subject: its pictures (image ids), and the words that name it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    images: tuple[str, ...]
    instance_prompt: str
    class_prompt: str
    token: str | None
    class_word: str | None = Field(alias="class")


class SpecPart(BaseModel):
    """The root of what a spec is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def declared_part(spec: BaseModel, owner: type[Declared]) -> Declared:
    """What svdiff_core reads of a spec: the fields that its own declaration has."""
    return owner(**spec.model_dump(include={field.name for field in fields(owner)}))


class EarlyStoppingSpec(spec_fields("EarlyStoppingSpec", StopRule, SpecPart)):  # type: ignore[misc]  # fields of a declaration
    """The rule, and how the picture of a prompt is sampled at each check; prompt i uses the job's seed + i."""

    prompts: tuple[str, ...]
    steps: int
    guidance: float

    def rule(self) -> StopRule:
        """The rule alone."""
        return declared_part(self, StopRule)


class FineTuneSpec(spec_fields("FineTuneSpec", Recipe, Spec)):  # type: ignore[misc]  # fields of a declaration
    """A fine-tune with the recipe that it will really use."""

    name: str
    subjects: tuple[SubjectSpec, ...]
    method: MethodName
    seed: int
    sample_every: int = 0  # steps between two samples; 0 for none
    sample_prompts: tuple[str, ...] = ()
    sample_steps: int = 0
    sample_guidance: float = 0.0
    early_stopping: EarlyStoppingSpec | None = None

    def recipe(self) -> Recipe:
        """How the adapter is trained."""
        return Recipe.from_mapping(self.model_dump(include=set(recipe_parameters()), exclude_none=True))


class WeightedShift(SelectedShift):
    """A shift by its id, and how much of it."""

    id: str = Field(json_schema_extra=id_schema("shf"))


class AwaitedShift(SelectedShift):
    """A shift that a job is still to make; it becomes a WeightedShift when that job has succeeded."""

    fine_tune: str


class GenerationSpec(spec_fields("GenerationSpec", SamplingSpec, Spec)):  # type: ignore[misc]  # fields of a declaration
    """A generation; picture i uses seed + i."""

    prompt: str
    negative_prompt: str
    shifts: tuple[WeightedShift | AwaitedShift, ...]
    mode: Literal["add", "interpolate"]
    width: int
    height: int

    def sampling(self) -> SamplingSpec:
        """How the pictures are sampled."""
        return declared_part(self, SamplingSpec)


class EditTraining(spec_fields("EditTraining", Recipe, SpecPart, edits=True)):  # type: ignore[misc]  # fields of a declaration
    """How the picture's shift is trained: on the picture alone, without a prior."""

    seed: int


class EditSpec(spec_fields("EditSpec", EditingSpec, Spec)):  # type: ignore[misc]  # fields of a declaration
    """Edits of one picture; the one of prompt i uses seed + i. `sha256` is of the picture as it was uploaded."""

    image: str
    sha256: str
    description: str
    prompts: tuple[str, ...]
    negative_prompt: str
    seed: int
    training: EditTraining

    @property
    def key(self) -> str:
        """What two edits share that can share a shift: base, picture, description and training."""
        what = [self.base, self.fingerprint, self.sha256, self.description, self.training.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(what, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def editing(self) -> EditingSpec:
        """How the picture is edited."""
        return declared_part(self, EditingSpec)

    def fine_tune(self) -> FineTuneSpec:
        """The fine-tune that makes the shift."""
        subject: dict[str, Any] = {"token": None, "class": None, "class_prompt": ""}
        return FineTuneSpec(
            base=self.base,
            fingerprint=self.fingerprint,
            name=self.description[:NAME_LENGTH],
            subjects=(SubjectSpec(images=(self.image,), instance_prompt=self.description, **subject),),
            method=SVDIFF,
            prior_loss_weight=0.0,
            prior_count=1,
            prior_steps=1,
            prior_guidance=1.0,
            **self.training.model_dump(),
        )
