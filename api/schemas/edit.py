from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.fine_tune import TEXT_ENCODER_LEARNING_RATE_SCALE, Factor, ImageId, Rate
from api.schemas.strict import ExpiresIn, Line, Name, Prompt, RequestModel
from service.requests import edits
from service.requests.fine_tunes import MAX_SEED


class EditTrainingBody(RequestModel):
    """How the picture's shift is trained. A later edit uses the shift again if all of it is the same."""

    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="0 where it is absent.")
    steps: int | None = Field(default=None, ge=1, le=4000, description="500 where it is absent.")
    batch_size: int | None = Field(default=None, ge=1, le=16)
    learning_rate: Rate | None = Field(default=None, description="The learning rate of the shifts of matrices.")
    learning_rate_1d: Rate | None = Field(default=None, description="The learning rate of the shifts of 1-D weights.")
    text_encoder: bool | None = Field(default=None, description="Whether the text encoder is tuned too.")
    text_encoder_learning_rate_scale: Factor | None = Field(default=None, description=TEXT_ENCODER_LEARNING_RATE_SCALE)
    max_grad_norm: float | None = Field(default=None, gt=0, le=1000)


class EditBody(RequestModel):
    """Edits of one picture. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    image: ImageId = Field(description="An uploaded picture; its largest centred square is edited.")
    description: Prompt = Field(
        examples=["a photo of a dog on the grass"], description="What the picture shows, in plain words: no token."
    )
    prompts: list[Prompt] = Field(
        min_length=1,
        max_length=16,
        examples=[["a photo of a cat on the grass"]],
        description="What it is to show; the picture of prompt i has the seed `seed` + i.",
    )
    negative_prompt: Annotated[Line, StringConstraints(max_length=1000)] = ""
    inversion: bool = Field(
        default=True, description="Start from the picture's own noise, which keeps its structure; not for pose or zoom."
    )
    refinements: int = Field(
        default=edits.REFINEMENTS,
        ge=0,
        le=20,
        description="Further calls of the network a step backwards: exacter, slower.",
    )
    slerp: float = Field(
        default=0.0, ge=0, le=1, description="How far to move from the picture's own noise to fresh noise; 0 keeps it."
    )
    eta: float | None = Field(default=None, ge=0, le=1, description="Noise on the way; 0 with inversion.")
    guidance: float | None = Field(default=None, ge=0, le=30, description="3 with inversion where it is absent.")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Drawn and recorded where it is absent.")
    steps: int | None = Field(default=None, ge=1, le=200, description="Of denoising, and as many backwards.")
    training: EditTrainingBody = EditTrainingBody()
    expires_in: ExpiresIn = None


def requested(body: EditBody) -> edits.EditRequest:
    """The body in the service's words."""
    return edits.EditRequest(
        base=body.base,
        image=body.image,
        description=body.description,
        prompts=tuple(body.prompts),
        negative_prompt=body.negative_prompt,
        inversion=body.inversion,
        refinements=body.refinements,
        slerp=body.slerp,
        eta=body.eta,
        guidance=body.guidance,
        seed=body.seed,
        steps=body.steps,
        training=body.training.model_dump(exclude_none=True),
        expires_in=body.expires_in,
    )
