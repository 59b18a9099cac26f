"""What an edit was asked to do, with every default filled in."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from service.jobs.specs import FineTuneSpec, Spec, SubjectSpec


class EditTraining(BaseModel):
    """How the picture's shift is trained: on the picture alone, without a prior."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    steps: int
    batch_size: int
    rate_matrix: float
    rate_vector: float
    text_encoder: bool
    text_encoder_rate: float = Field(default=1.0, exclude_if=lambda rate: rate == 1.0)  # unsaid: keys of before stay
    gradient_clip: float


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
            prior_weight=0.0,
            prior_count=1,
            prior_steps=1,
            prior_guidance=1.0,
            **self.training.model_dump(),
        )


NAME_LENGTH = 100
