"""Asking for a fine-tune: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from service import bases
from service.bases import BaseRef, GenerationRecipe
from service.enums import Priority
from service.errors import Invalid, UnknownReference
from service.fields import ExpiresIn, ImageId, Name, Prompt, RequestModel
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import FINE_TUNE, FineTuneSpec, SubjectSpec
from service.jobs.submission import JobDraft, submit_job
from service.parameters import request_field, request_fields, settable
from service.requests import early_stopping
from service.requests.early_stopping import EarlyStoppingRequest
from service.requests.methods import check_offered, check_parameters
from service.requests.metrics import configured_metrics
from service.requests.subject_tokens import contains_token, derive_token_and_class, split_words
from service.settings import Settings
from service.tables import Image, Job
from svdiff_core.parameters.methods import DEFAULT_RATES, MethodName
from svdiff_core.parameters.recipe import Recipe, recipe_parameters
from svdiff_core.parameters.sampling import MAX_SEED

STEP_SECONDS = 0.3  # the first guess of a step's device time; corrected at the finish
SAMPLE_STEP_SECONDS = 0.05  # the same of a denoising step of a sample
MAX_SAMPLINGS = 100  # how often a training may stop to draw
MAX_NAME = 100


def check_different(ids: tuple[str, ...]) -> tuple[str, ...]:
    """The ids, if none is there twice."""
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("repeated_image", "The same image is listed twice.")
    return ids


class SubjectRequest(RequestModel):
    """What is to be learned: its pictures, and two prompts that differ in the token that will name it."""

    images: Annotated[tuple[ImageId, ...], AfterValidator(check_different)] = Field(
        strict=False,
        min_length=1,
        max_length=32,
        json_schema_extra={"uniqueItems": True},
        description="Ids of uploaded pictures; three to five are usual.",
    )
    instance_prompt: Prompt = Field(examples=["photo of a sks dog"])
    class_prompt: Prompt = Field(examples=["photo of a dog"])
    token: Name | None = Field(
        default=None,
        description="Derived from the prompts if absent. Those of several subjects must differ.",
    )
    class_word: Name | None = Field(default=None, alias="class", description="Derived from the prompts if absent.")


class FineTuneRequest(request_fields("FineTuneRequest", Recipe, RequestModel)):  # type: ignore[misc]  # fields of a declaration
    """A fine-tune. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    subjects: tuple[SubjectRequest, ...] = Field(
        strict=False,
        min_length=1,
        max_length=3,
        description="Two or three are learned together, in one shift (Cut-Mix-Unmix).",
    )
    name: Name | None = Field(default=None, description="The name of the shift; the class word if absent.")
    method: MethodName = request_field(Recipe, "method")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Chosen at random and recorded if absent.")
    sample_every: int = Field(default=0, ge=0, le=4000, description="Steps between two samples; 0 for none.")
    sample_prompts: tuple[Prompt, ...] | None = Field(
        strict=False,
        default=None,
        min_length=1,
        max_length=4,
        description="The prompts of the samples; the instance prompts if absent.",
    )
    early_stopping: EarlyStoppingRequest | None = Field(
        default=None,
        description="Measure the adapter during the training, stop when it no longer improves, and keep the best step.",
    )
    expires_in: ExpiresIn = None

    def overrides(self) -> dict[str, Any]:
        """What is to differ from the base's recipe."""
        overrides: dict[str, Any] = self.model_dump(include=set(settable(Recipe, "request")), exclude_none=True)
        return overrides


def submit(scope: Scope, request: FineTuneRequest, settings: Settings) -> Job:
    """Queue the fine-tune; UnknownBase, UnknownReference or Invalid with a pointer if it is not valid."""
    check_offered(request.method, settings.allowed_methods)
    base = bases.get(scope.session, request.base)
    images = find_images(scope, [request])
    return submit_job(scope, build_job(request, base, images, configured_metrics(settings)), Priority.TRAINING)


def build_job(request: FineTuneRequest, base: BaseRef, images: set[UUID], metrics: frozenset[str]) -> JobDraft:
    """The job that the request asks for on this base, where these images and metrics are there."""
    subjects = resolve_subjects(request.subjects)
    image_ids = require_images(images, request.subjects)
    overrides = request.overrides()
    check_parameters(request.method, overrides)
    own = {name: p.default for name, p in recipe_parameters().items() if p.methods and request.method in p.methods}
    own.pop("subset", None)
    recipe = base.manifest.fine_tune.model_dump() | DEFAULT_RATES[request.method] | own | overrides
    stop, steps = request.early_stopping, recipe["steps"]
    spec = FineTuneSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        name=request.name or joint_name(subjects),
        subjects=subjects,
        method=request.method,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        early_stopping=early_stopping.resolve(stop, subjects, base, steps, metrics) if stop else None,
        **recipe,
        **sample_settings(request, base.manifest.generation, steps),
    )
    estimate = spec.steps * STEP_SECONDS + denoising_steps(spec) * SAMPLE_STEP_SECONDS
    return JobDraft(FINE_TUNE, spec, spec.steps, estimate, image_ids, request.expires_in)


def sample_settings(request: FineTuneRequest, base: GenerationRecipe, steps: int) -> dict[str, Any]:
    """When and how the training draws samples; Invalid if too often."""
    if request.sample_every and steps // request.sample_every > MAX_SAMPLINGS:
        raise Invalid("/sample_every", f"A training may sample at most {MAX_SAMPLINGS} times.")
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
                told = f"The {field} cannot be derived from the prompts: send it."
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
