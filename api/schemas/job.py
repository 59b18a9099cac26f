from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from api.schemas.fields import ResponseModel, Time
from api.schemas.listing import Listing
from service.enums import JobState, Priority
from service.ids import to_wire
from service.jobs.queue_position import QueuePosition, WaitReason
from service.jobs.specs import FINE_TUNE, EditSpec, FineTuneSpec, GenerationSpec, is_none
from service.tables import Artifact
from service.tables import Job as JobRow

Link = Callable[[str], str]


class Progress(ResponseModel):
    """How far the job is. Steps are those of training or sampling only."""

    phase: str | None = Field(description="`loading`, `prior`, `training`, `sampling` or `saving`, while it runs.")
    step: int
    steps: int


class JobError(ResponseModel):
    """Why the job failed: `code` is stable, `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str
    retryable: bool = Field(default=False, description="Whether the same request may succeed later.")
    job: str | None = Field(
        default=None, exclude_if=is_none, description="With `dependency_failed`: the job that did not succeed."
    )


class TrainedShift(ResponseModel):
    """The shift that a fine-tune made; GET /v1/shifts/{id} has all of it."""

    model_config = ConfigDict(extra="allow")

    id: str
    bytes: int


class AlignmentCheck(ResponseModel):
    """What was measured after a training step; `score` is what checks are compared by."""

    step: int
    text: float
    image: float
    score: float


class Stopping(ResponseModel):
    """How the training of a fine-tune with `early_stopping` went: the shift is that of `kept_step`."""

    stopped: bool = Field(description="Whether it ended early.")
    trained_steps: int
    kept_step: int
    metrics: dict[Literal["text", "image"], str] = Field(description="What measured: `judge`, `clip` or `lpips`.")
    checks: list[AlignmentCheck]


class JobWarning(ResponseModel):
    """What did not go as the request may have meant it."""

    code: Literal["prompt_cut"]
    pointer: str = Field(description="The place in the request.")
    detail: str


class Result(ResponseModel):
    """What a job made."""

    warnings: list[JobWarning] = Field(default=[], description="Such as a prompt longer than the text encoder reads.")


class FineTuneResult(Result):
    """What a fine-tune made."""

    shift: TrainedShift
    stopping: Stopping | None = Field(default=None, description="Where `early_stopping` was asked for.")


class Picture(ResponseModel):
    """A picture made. Its url is new at each GET, works without a key, and expires."""

    id: str
    url: str | None = Field(description="Null once the picture's time is over (`result_retention_days`).")
    seed: int
    width: int
    height: int


class GenerationResult(Result):
    """What a generation made."""

    images: list[Picture]


class EditPicture(Picture):
    """A picture made of another by the prompt."""

    prompt: str


class EditShift(TrainedShift):
    """The shift of the edited picture."""

    trained: bool = Field(description="By this job; if not, an earlier edit of the picture had trained it.")


class EditResult(Result):
    """What an edit made."""

    images: list[EditPicture]
    shift: EditShift


class Queue(ResponseModel):
    """Where a waiting job stands."""

    reason: WaitReason = Field(
        description="`turn`: others go first; `no_worker`: none is alive; `running_cap`: as many of yours run as may; "
        "`backoff`: after a fault; `dependency`: another job goes first; `paused`."
    )
    position: int | None = Field(description="In the fair order over all tenants; the next to run has 1.")
    wait_seconds: float | None = Field(description="An estimate.")


class AnyJob(ResponseModel):
    """What a client asked for, and how far it is."""

    id: str
    status: JobState
    progress: Progress
    priority: Priority
    queue: Queue | None = Field(default=None, description="While it waits; GET of the one job tells it.")
    attempt: int = Field(description="Counts from 1; more than one where a worker was lost.")
    error: JobError | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
    expires_at: Time | None = Field(default=None, description="It is `expired` if it has not started by then.")
    batch: str | None = Field(default=None, description="The batch that it is a line of.")
    custom_id: str | None = Field(default=None, description="The line's name there.")


class SamplePicture(Picture):
    """A picture that a training has drawn on its way."""

    prompt: str


class Sample(ResponseModel):
    """What the shift drew after a training step: a picture of each prompt."""

    step: int
    images: list[SamplePicture]


class FineTuneJob(AnyJob):
    """A fine-tune."""

    kind: Literal["fine_tune"]
    spec: FineTuneSpec
    result: FineTuneResult | None
    samples: list[Sample] | None = Field(default=None, description="Those so far; GET of the one job tells them.")


class GenerationJob(AnyJob):
    """A generation."""

    kind: Literal["generation"]
    spec: GenerationSpec
    result: GenerationResult | None


class EditJob(AnyJob):
    """An edit."""

    kind: Literal["edit"]
    spec: EditSpec
    result: EditResult | None


class Job(RootModel[Annotated[FineTuneJob | GenerationJob | EditJob, Field(discriminator="kind")]]):
    """A job of one of the kinds."""

    @property
    def id(self) -> str:
        """The job's id."""
        return self.root.id

    def body(self) -> bytes:
        """The JSON of an answer, names as on the wire."""
        return self.model_dump_json(by_alias=True).encode()


class JobList(Listing[Job]):
    """Some of the jobs, newest first."""


def render_job(
    row: JobRow, link: Link, place: QueuePosition | None = None, samples: Sequence[Artifact] | None = None
) -> Job:
    """The job on the wire, its pictures' links new; `samples` in the order of drawing, None where it is not told."""
    shared: dict[str, Any] = {
        "id": to_wire("job", row.id),
        "kind": row.kind,
        "status": row.state,
        "spec": row.spec,
        "progress": {"phase": row.phase, "step": row.step, "steps": row.steps},
        "priority": row.priority,
        "queue": place and vars(place),
        "attempt": row.attempt,
        "error": row.error,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "expires_at": row.expires_at,
        "batch": row.batch_id and to_wire("bat", row.batch_id),
        "custom_id": row.custom_id,
    }
    result = row.result if row.result is None or row.kind == FINE_TUNE else with_picture_urls(row.result, link)
    if row.kind == FINE_TUNE:
        shared |= {"samples": None if samples is None else sample_groups(samples, link)}
    return Job.model_validate(shared | {"result": result})


def sample_groups(samples: Sequence[Artifact], link: Link) -> list[dict[str, Any]]:
    """The pictures of each step, steps in order."""
    steps: dict[int, list[dict[str, Any]]] = {}
    for picture in samples:
        told = picture.details | {"id": to_wire("pic", picture.id), "url": link(picture.object_key)}
        steps.setdefault(picture.details["step"], []).append(told)
    return [{"step": step, "images": images} for step, images in sorted(steps.items())]


def with_picture_urls(result: dict[str, Any], link: Link) -> dict[str, Any]:
    """A stored result with links to its pictures instead of the store's keys."""
    return result | {
        "images": [picture | {"url": picture["key"] and link(picture["key"])} for picture in result["images"]]
    }
