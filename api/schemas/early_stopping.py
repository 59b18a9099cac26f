from pydantic import Field

from api.schemas.strict import Prompt, RequestModel
from service.requests.early_stopping import MAX_PROMPTS, EarlyStoppingRequest


class EarlyStopping(RequestModel):
    """When a training ends early: after `patience` checks in a row that are no better than the best before them."""

    prompts: list[Prompt] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_PROMPTS,
        description="A picture of each is measured at every check; best are prompts that the training does not show. "
        "Where they are absent, the instance prompts in other places.",
        examples=[["a photo of a sks dog on the beach", "a photo of a sks dog in the snow"]],
    )
    every: int = Field(default=100, ge=1, le=4000, description="Steps between two checks.")
    patience: int = Field(default=2, ge=1, le=100, description="Checks without improvement that end the training.")
    min_delta: float = Field(default=0.0, ge=0, le=1, description="By how much a check must beat the best to count.")
    text_weight: float = Field(
        default=0.5, ge=0, le=1, description="The share of text alignment in the score; the rest is image alignment."
    )


def rule(body: EarlyStopping) -> EarlyStoppingRequest:
    """The rule in the service's words."""
    return EarlyStoppingRequest(tuple(body.prompts or ()), body.every, body.patience, body.min_delta, body.text_weight)
