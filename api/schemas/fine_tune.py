from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.early_stopping import EarlyStopping, rule
from api.schemas.strict import ExpiresIn, Line, Name, Prompt, RequestModel, id_schema
from service.jobs.specs import Subset
from service.requests import fine_tunes
from service.requests.fine_tunes import MAX_SEED
from service.settings import Method

OVERRIDES = (
    "steps",
    "batch_size",
    "learning_rate",
    "learning_rate_1d",
    "text_encoder",
    "text_encoder_learning_rate_scale",
    "max_grad_norm",
    "ema_decay",
    "prior_loss_weight",
    "prior_count",
    "prior_companions",
    "cut_mix_probability",
    "cut_mix_min_scale",
    "unmix_weight",
    "rank",
    "band",
    "subset",
)
MOST_COMPANIONS = 32
ImageId = Annotated[str, Field(json_schema_extra=id_schema("img"))]
Rate = Annotated[float, Field(gt=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]
EMA_DECAY = "The shift is a mean over steps, of which each counts 1 less this; 0 gives what the last step left."
TEXT_ENCODER_LEARNING_RATE_SCALE = "By what both rates are multiplied in the text encoder."


def different(ids: list[str]) -> list[str]:
    """The ids, if none is there twice."""
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("repeated_image", "The same image is listed twice.")
    return ids


def phrases(text: str) -> str:
    """The text, if it is a few phrases with commas between them, or nothing."""
    if text and not all(phrase.strip() for phrase in text.split(",")):
        raise PydanticCustomError("empty_phrase", "There is no phrase before, between or behind the commas.")
    if text.count(",") >= MOST_COMPANIONS:
        raise PydanticCustomError("too_many_phrases", f"There may be at most {MOST_COMPANIONS} phrases.")
    return text


class Subject(RequestModel):
    """What is to be learned: its pictures, and two prompts that differ in the token that will name it."""

    images: Annotated[list[ImageId], AfterValidator(different)] = Field(
        min_length=1,
        max_length=32,
        json_schema_extra={"uniqueItems": True},
        description="Ids of uploaded pictures; three to five are usual.",
    )
    instance_prompt: Prompt = Field(examples=["photo of a sks dog"])
    class_prompt: Prompt = Field(examples=["photo of a dog"])
    token: Name | None = Field(
        default=None,
        description="Derived from the prompts where it is absent. Those of several subjects must differ.",
    )
    class_word: Name | None = Field(
        default=None, alias="class", description="Derived from the prompts where it is absent."
    )


class FineTuneBody(RequestModel):
    """A fine-tune. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    subjects: list[Subject] = Field(
        min_length=1, max_length=3, description="Two or three are learned jointly, in one shift (Cut-Mix-Unmix)."
    )
    name: Name | None = Field(default=None, description="Of the shift; the class word where it is absent.")
    method: Method = Field(
        default="svdiff", description="What is trained; the operator decides which are offered besides `svdiff`."
    )
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Drawn and recorded where it is absent.")
    steps: int | None = Field(default=None, ge=1, le=4000)
    batch_size: int | None = Field(default=None, ge=1, le=16)
    learning_rate: Rate | None = Field(default=None, description="The learning rate of the shifts of matrices.")
    learning_rate_1d: Rate | None = Field(default=None, description="The learning rate of the shifts of 1-D weights.")
    text_encoder: bool | None = Field(default=None, description="Whether the text encoder is tuned too.")
    text_encoder_learning_rate_scale: Factor | None = Field(default=None, description=TEXT_ENCODER_LEARNING_RATE_SCALE)
    max_grad_norm: float | None = Field(default=None, gt=0, le=1000)
    ema_decay: float | None = Field(default=None, ge=0, lt=1, description=EMA_DECAY)
    prior_loss_weight: float | None = Field(default=None, ge=0, le=100)
    prior_count: int | None = Field(default=None, ge=1, le=1000, description="Pictures of the class, made by the base.")
    prior_companions: Annotated[Line, AfterValidator(phrases)] | None = Field(
        default=None,
        max_length=1000,
        description="Phrases with commas between them: every other prior picture shows the class with one of them.",
        examples=["next to a cup, next to a ball"],
    )
    cut_mix_probability: float | None = Field(
        default=None, ge=0, le=1, description="Of several subjects: the share of steps on stitched pictures of two."
    )
    cut_mix_min_scale: float | None = Field(
        default=None,
        ge=0.5,
        le=1,
        description="Of several subjects: by how much a picture is reduced at most, so that it fits into a half.",
    )
    unmix_weight: float | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="Of several subjects: how strongly a token's attention is kept off the other subject's half.",
    )
    rank: int | None = Field(
        default=None, ge=1, le=256, description="Of the method `lora` alone; 4 where it is absent."
    )
    band: int | None = Field(
        default=None,
        ge=1,
        le=8,
        description="Of the method `svdiff_band` alone: terms on each side of the diagonal; 1 where it is absent.",
    )
    subset: Subset | None = Field(
        default=None,
        description="Of the methods `svdiff` and `svdiff_band`: the layers to train, one of the paper's Table 1.",
    )
    sample_every: int = Field(
        default=0, ge=0, le=4000, description="Steps between two samples of what the shift draws; 0 for none."
    )
    sample_prompts: list[Prompt] | None = Field(
        default=None, min_length=1, max_length=4, description="Of the samples; the instance prompt where it is absent."
    )
    early_stopping: EarlyStopping | None = Field(
        default=None,
        description="Measure the shift on its way, end the training when it stops improving, and keep the best.",
    )
    expires_in: ExpiresIn = None


def requested(body: FineTuneBody, metrics: frozenset[str] = frozenset()) -> fine_tunes.FineTuneRequest:
    """The body in the service's words, and the metrics that the installation has for every base."""
    overrides: dict[str, Any] = body.model_dump(include=set(OVERRIDES), exclude_none=True)
    subjects = tuple(
        fine_tunes.SubjectRequest(
            images=tuple(subject.images),
            instance_prompt=subject.instance_prompt,
            class_prompt=subject.class_prompt,
            token=subject.token,
            class_word=subject.class_word,
        )
        for subject in body.subjects
    )
    return fine_tunes.FineTuneRequest(
        base=body.base,
        name=body.name,
        subjects=subjects,
        seed=body.seed,
        overrides=overrides,
        method=body.method,
        sample_every=body.sample_every,
        sample_prompts=tuple(body.sample_prompts or ()),
        expires_in=body.expires_in,
        early_stopping=rule(body.early_stopping) if body.early_stopping else None,
        metrics=metrics,
    )
