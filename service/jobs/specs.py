"""What a job was asked to do, with every default filled in: the `spec` of the wire and of the worker."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.settings import Method

Subset = Literal["all", "1-D", "2-D", "4-D", "CA", "CA-KV", "up", "down", "mid", "up-CA", "down-CA", "mid-CA"]


def is_none(value: object) -> bool:
    """Whether nothing is asked for: then nothing is written either."""
    return value is None


class ShiftSelectionSpec(BaseModel):
    """A shift's weight, and the part of it that is used; all of it, where a field is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: float
    blocks: dict[str, float] | None = Field(default=None, exclude_if=is_none)
    subset: Subset | None = Field(default=None, exclude_if=is_none)
    layers: Literal["geometry", "rest"] | None = Field(default=None, exclude_if=is_none)
    rank_limit: int | None = Field(default=None, exclude_if=is_none)


SELECTION_FIELDS = tuple(name for name in ShiftSelectionSpec.model_fields if name != "weight")


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


class EarlyStoppingSpec(BaseModel):
    """A check each `every` steps, of a picture a prompt drawn in `steps` steps; prompt i uses the job's seed + i."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompts: tuple[str, ...]
    every: int
    patience: int
    min_delta: float
    text_weight: float
    steps: int
    guidance: float


class FineTuneSpec(Spec):
    """A fine-tune with the recipe that it will really use."""

    name: str
    subjects: tuple[SubjectSpec, ...]
    method: Method
    seed: int
    steps: int
    batch_size: int
    learning_rate: float
    learning_rate_1d: float
    text_encoder: bool
    text_encoder_learning_rate_scale: float = 1.0  # the one of jobs of before
    max_grad_norm: float
    ema_decay: float = 0.0
    prior_loss_weight: float
    prior_count: int
    prior_steps: int
    prior_guidance: float
    prior_companions: str = ""
    cut_mix_probability: float = 0.0  # these four are for several subjects; jobs of before had one
    cut_mix_min_scale: float = 1.0
    unmix_weight: float = 0.0
    unmix_layers: str = ""
    rank: int | None = Field(default=None, exclude_if=is_none)  # these three each belong to some methods
    band: int | None = Field(default=None, exclude_if=is_none)
    subset: Subset | None = Field(default=None, exclude_if=is_none)
    sample_every: int = 0  # steps between two samples; 0 for none
    sample_prompts: tuple[str, ...] = ()
    sample_steps: int = 0
    sample_guidance: float = 0.0
    early_stopping: EarlyStoppingSpec | None = None


class WeightedShift(ShiftSelectionSpec):
    """A shift by its id, and how much of it."""

    id: str


class AwaitedShift(ShiftSelectionSpec):
    """A shift that a job is still to make; it becomes a WeightedShift when that job has succeeded."""

    fine_tune: str


class GenerationSpec(Spec):
    """A generation; picture i uses seed + i."""

    prompt: str
    negative_prompt: str
    shifts: tuple[WeightedShift | AwaitedShift, ...]
    mode: Literal["add", "interpolate"]
    n: int
    seed: int
    steps: int
    guidance: float
    eta: float
    shift_start: float = 0.0
    width: int
    height: int


class EditTraining(BaseModel):
    """How the picture's shift is trained: on the picture alone, without a prior."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    steps: int
    batch_size: int
    learning_rate: float
    learning_rate_1d: float
    text_encoder: bool
    text_encoder_learning_rate_scale: float = Field(
        default=1.0, exclude_if=lambda rate: rate == 1.0
    )  # unsaid: keys of before stay
    max_grad_norm: float


class EditSpec(Spec):
    """Edits of one picture; the one of prompt i uses seed + i. `sha256` is of the picture as it was uploaded."""

    image: str
    sha256: str
    description: str
    prompts: tuple[str, ...]
    negative_prompt: str
    inversion: bool
    refinements: int
    slerp: float
    eta: float
    guidance: float
    seed: int
    steps: int
    training: EditTraining

    @property
    def key(self) -> str:
        """What two edits share that can share a shift: base, picture, description and training."""
        what = [self.base, self.fingerprint, self.sha256, self.description, self.training.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(what, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def fine_tune(self) -> FineTuneSpec:
        """The fine-tune that makes the shift."""
        subject: dict[str, Any] = {"token": None, "class": None, "class_prompt": ""}
        return FineTuneSpec(
            base=self.base,
            fingerprint=self.fingerprint,
            name=self.description[:NAME_LENGTH],
            subjects=(SubjectSpec(images=(self.image,), instance_prompt=self.description, **subject),),
            method="svdiff",
            prior_loss_weight=0.0,
            prior_count=1,
            prior_steps=1,
            prior_guidance=1.0,
            **self.training.model_dump(),
        )


NAME_LENGTH = 100
