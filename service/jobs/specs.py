"""What a job was asked to do, with every default filled in: the `spec` of the wire and of the worker."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.settings import Method

FINE_TUNE = "fine_tune"
GENERATION = "generation"

JobKind = Literal["fine_tune", "generation"]


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


class FineTuneSpec(Spec):
    """A fine-tune with the recipe that it will really use."""

    name: str
    subjects: tuple[SubjectSpec, ...]
    method: Method
    seed: int
    steps: int
    batch_size: int
    rate_matrix: float
    rate_vector: float
    text_encoder: bool
    gradient_clip: float
    prior_weight: float
    prior_count: int
    prior_steps: int
    prior_guidance: float
    sample_every: int = 0  # steps between two samples; 0 for none
    sample_prompts: tuple[str, ...] = ()
    sample_steps: int = 0
    sample_guidance: float = 0.0


class WeightedShift(BaseModel):
    """A shift by its id, and how much of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    weight: float


class AwaitedShift(BaseModel):
    """A shift that a job is still to make; it becomes a WeightedShift when that job has succeeded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fine_tune: str
    weight: float


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
    width: int
    height: int
