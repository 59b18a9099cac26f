"""Asking for a fine-tune: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import bases
from service.bases import BaseRef, GenerationRecipe
from service.enums import Priority
from service.errors import Invalid, UnknownReference
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import FINE_TUNE, FineTuneSpec, SubjectSpec
from service.jobs.submission import JobDraft, submit_job
from service.requests import early_stopping
from service.requests.early_stopping import EarlyStoppingRequest
from service.requests.methods import RATES, SETTINGS, check_settings
from service.requests.subject_tokens import contains_token, derive_token_and_class, split_words
from service.settings import Method
from service.tables import Image, Job

STEP_SECONDS = 0.3  # the first guess of a step's device time; corrected at the finish
SAMPLE_STEP_SECONDS = 0.05  # the same of a denoising step of a sample
MAX_SAMPLINGS = 100  # how often a training may stop to draw
MAX_SEED = 2**48
MAX_NAME = 100


@dataclass(frozen=True)
class SubjectRequest:
    """A subject as asked for; image ids as on the wire."""

    images: tuple[str, ...]
    instance_prompt: str
    class_prompt: str
    token: str | None
    class_word: str | None


@dataclass(frozen=True)
class FineTuneRequest:
    """A fine-tune as asked for; None and absent overrides mean the base's recipe.

    Each `sample_every` steps (0: never) the shift draws each of the prompts; without any, the instance prompt.
    `metrics` are those that the installation has for every base.
    """

    base: str
    name: str | None
    subjects: tuple[SubjectRequest, ...]
    seed: int | None
    overrides: dict[str, Any]
    expires_in: float | None = None
    sample_every: int = 0
    sample_prompts: tuple[str, ...] = ()
    method: Method = "svdiff"
    early_stopping: EarlyStoppingRequest | None = None
    metrics: frozenset[str] = frozenset()


def submit(scope: Scope, request: FineTuneRequest) -> Job:
    """Queue the fine-tune; UnknownBase, UnknownReference or Invalid with a pointer if it cannot be meant."""
    base = bases.current(scope.session, request.base)
    return submit_job(scope, build_job(request, base, find_images(scope, [request])), Priority.TRAINING)


def build_job(request: FineTuneRequest, base: BaseRef, found: set[UUID]) -> JobDraft:
    """The job that the request asks for on this base, where these pictures are there."""
    subjects = resolve_subjects(request.subjects)
    image_ids = require_images(found, request.subjects)
    check_settings(request.method, request.overrides)
    own = {**RATES.get(request.method, {}), **SETTINGS.get(request.method, {})}
    recipe = bases.recipe_of(base.manifest, own | request.overrides)
    asked, steps = request.early_stopping, recipe["steps"]
    spec = FineTuneSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        name=request.name or joint_name(subjects),
        subjects=subjects,
        method=request.method,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        **recipe,
        **sample_settings(request, base.manifest.generation, steps),
        early_stopping=early_stopping.resolve(asked, subjects, base, steps, request.metrics) if asked else None,
    )
    estimate = spec.steps * STEP_SECONDS + denoising_steps(spec) * SAMPLE_STEP_SECONDS
    return JobDraft(FINE_TUNE, spec, spec.steps, estimate, image_ids, request.expires_in)


def sample_settings(request: FineTuneRequest, base: GenerationRecipe, steps: int) -> dict[str, Any]:
    """When and how the training draws samples; Invalid if too often."""
    if request.sample_every and steps // request.sample_every > MAX_SAMPLINGS:
        raise Invalid("/sample_every", f"A training may draw samples at most {MAX_SAMPLINGS} times.")
    return {
        "sample_every": request.sample_every,
        "sample_prompts": request.sample_prompts or tuple(subject.instance_prompt for subject in request.subjects),
        "sample_steps": base.steps,
        "sample_guidance": base.guidance,
    }


def denoising_steps(spec: FineTuneSpec) -> int:
    """Those of all samples and checks together."""
    times = spec.steps // spec.sample_every if spec.sample_every else 0
    drawn = times * len(spec.sample_prompts) * spec.sample_steps
    rule = spec.early_stopping
    return drawn + (-(-spec.steps // rule.every) * len(rule.prompts) * rule.steps if rule else 0)


def resolve_subjects(asked: Sequence[SubjectRequest]) -> tuple[SubjectSpec, ...]:
    """The subjects with their words; several must have words that tell them apart."""
    subjects = tuple(resolve_subject(subject, number) for number, subject in enumerate(asked))
    if len(subjects) > 1:
        check_distinct(subjects)
    return subjects


def check_distinct(subjects: Sequence[SubjectSpec]) -> None:
    """Raise Invalid unless each of several subjects has a class, and a token that no other has."""
    seen: set[tuple[str, ...]] = set()
    for number, subject in enumerate(subjects):
        for field, word in (("token", subject.token), ("class", subject.class_word)):
            if not word:
                told = f"The {field} cannot be read off the prompts: say which words it is."
                raise Invalid(f"/subjects/{number}/{field}", told)
        token = tuple(split_words(subject.token or ""))
        if token in seen:
            raise Invalid(f"/subjects/{number}/token", "Another subject has the same token.")
        seen.add(token)


def joint_name(subjects: Sequence[SubjectSpec]) -> str:
    """What a shift is called that was given no name: "dog", or "dog and cat"."""
    return " and ".join(subject.class_word for subject in subjects if subject.class_word)[:MAX_NAME] or "shift"


def resolve_subject(subject: SubjectRequest, number: int) -> SubjectSpec:
    """Fill in the token and the class word where the prompts tell them."""
    token, class_word = derive_token_and_class(subject.instance_prompt, subject.class_prompt)
    if subject.token and not contains_token(subject.instance_prompt, subject.token):
        raise Invalid(f"/subjects/{number}/token", "The instance prompt does not contain the token.")
    return SubjectSpec(
        images=subject.images,
        instance_prompt=subject.instance_prompt,
        class_prompt=subject.class_prompt,
        token=subject.token or token,
        class_word=subject.class_word or class_word,
    )


def find_images(scope: Scope, requests: Iterable[FineTuneRequest], *, lock: bool = True) -> set[UUID]:
    """Those of the pictures asked for that are the tenant's; locked, they stay until the end of the transaction."""
    named = (image_id for request in requests for image_id in image_pointers(request.subjects).values())
    wanted_ids = {image_id for image_id in named if image_id}
    query = select(Image.id).where(Image.id.in_(wanted_ids), Image.tenant_id == scope.tenant_id)
    return set(scope.session.scalars(query.with_for_update(read=True) if lock else query))


def require_images(found: set[UUID], subjects: Sequence[SubjectRequest]) -> set[UUID]:
    """The ids of all pictures; UnknownReference at the first that is not there."""
    picked = set()
    for pointer, image_id in image_pointers(subjects).items():
        if image_id is None or image_id not in found:
            raise UnknownReference(pointer, "image")
        picked.add(image_id)
    return picked


def image_pointers(subjects: Sequence[SubjectRequest]) -> dict[str, UUID | None]:
    """Where the request names its pictures; None for what is no id."""
    return {
        f"/subjects/{s}/images/{i}": from_wire("img", text)
        for s, subject in enumerate(subjects)
        for i, text in enumerate(subject.images)
    }
