"""When a fine-tune is to end early: the request's words become a rule, and prompts that the training does not show."""

from collections.abc import Sequence

from pydantic import Field

from service.bases import BaseRef
from service.errors import Invalid
from service.fields import Prompt, RequestModel
from service.jobs.specs import EarlyStoppingSpec, SubjectSpec
from service.parameters import request_field
from service.requests.metrics import check_measurable
from service.requests.subject_tokens import split_words
from svdiff_core.parameters.declaration import parameters_of
from svdiff_core.parameters.early_stopping import StopRule

POINTER = "/early_stopping"
MAX_PROMPTS = 8
PROMPTS_A_SUBJECT = 4
MAX_CHECKS = 100
MAX_SAMPLING_STEPS = 25  # of a check's picture: enough to see what it shows
PLACES = ("on the beach", "in the snow", "in the forest", "in the desert", "on the grass", "in the city", "at night")


class EarlyStoppingRequest(RequestModel):
    """When a training ends early: after `patience` checks in a row without a better score than the best one."""

    prompts: tuple[Prompt, ...] | None = Field(
        strict=False,
        default=None,
        min_length=1,
        max_length=MAX_PROMPTS,
        description="Each check measures a picture of each prompt; prompts that the training does not use work best. "
        "If absent, the instance prompts in other places.",
        examples=[["a photo of a sks dog on the beach", "a photo of a sks dog in the snow"]],
    )
    every: int = request_field(StopRule, "every")
    patience: int = request_field(StopRule, "patience")
    min_delta: float = request_field(StopRule, "min_delta")
    text_weight: float = request_field(StopRule, "text_weight")


def resolve(
    request: EarlyStoppingRequest, subjects: Sequence[SubjectSpec], base: BaseRef, steps: int, metrics: frozenset[str]
) -> EarlyStoppingSpec:
    """The whole rule; MetricsUnavailable where nothing can measure the base, Invalid if it asks for too many checks."""
    check_measurable(POINTER, base, metrics)
    if steps // request.every > MAX_CHECKS:
        raise Invalid(f"{POINTER}/every", f"A training may be checked at most {MAX_CHECKS} times.")
    recipe = base.manifest.generation
    return EarlyStoppingSpec(
        prompts=request.prompts or held_out_prompts(subjects),
        steps=min(recipe.steps, MAX_SAMPLING_STEPS),
        guidance=recipe.guidance,
        **request.model_dump(include=set(parameters_of(StopRule))),
    )


def held_out_prompts(subjects: Sequence[SubjectSpec]) -> tuple[str, ...]:
    """Each subject's instance prompt in places that it does not speak of: the training shows none of them."""
    count = min(PROMPTS_A_SUBJECT, MAX_PROMPTS // len(subjects))
    return tuple(f"{subject.instance_prompt} {place}" for subject in subjects for place in other_places(subject, count))


def other_places(subject: SubjectSpec, count: int) -> list[str]:
    """So many places, those that the instance prompt names already only for want of others."""
    there = set(split_words(subject.instance_prompt))
    return sorted(PLACES, key=lambda place: place.split()[-1] in there)[:count]
