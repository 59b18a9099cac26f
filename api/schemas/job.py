"""A job of any kind on the wire: its progress, its place in the queue, its result or its error."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from api.schemas.fields import ResponseModel, Time
from api.schemas.listing import Listing
from service.enums import JobState, Priority
from service.ids import to_wire
from service.jobs.queue_position import QueuePosition, WaitReason
from service.jobs.specs import FINE_TUNE, EditSpec, FineTuneSpec, GenerationSpec
from service.parameters import is_none
from service.tables import Artifact
from service.tables import Job as JobRow

Link = Callable[[str], str]


class Progress(ResponseModel):
    """The progress of a job. Steps are those of training or sampling only."""

    phase: str | None = Field(description="While it runs: `loading`, `prior`, `training`, `sampling` or `saving`.")
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
    """The shift that a fine-tune made; `GET /v1/shifts/{id}` has its details."""

    model_config = ConfigDict(extra="allow")

    id: str
    bytes: int


class AlignmentCheck(ResponseModel):
    """What a check measured after a training step; checks are compared by `score`."""

    step: int
    text: float
    image: float
    score: float


class Stopping(ResponseModel):
    """The outcome of `early_stopping`: the shift is that of `kept_step`."""

    stopped: bool = Field(description="Whether the training ended early.")
    trained_steps: int
    kept_step: int
    metrics: dict[Literal["text", "image"], str] = Field(description="The metric of each: `judge`, `clip` or `lpips`.")
    checks: list[AlignmentCheck]


class JobWarning(ResponseModel):
    """Something that may not have gone as the request intended."""

    code: Literal["prompt_cut"]
    pointer: str = Field(description="The place in the request.")
    detail: str


class Result(ResponseModel):
    """What a job made."""

    warnings: list[JobWarning] = Field(
        default=[], description="Such as a prompt that is longer than the text encoder reads."
    )


class FineTuneResult(Result):
    """What a fine-tune made."""

    shift: TrainedShift
    stopping: Stopping | None = Field(default=None, description="Only with `early_stopping`.")


class Picture(ResponseModel):
    """A generated picture. Each GET makes a new `url`, which works without an API key and expires."""

    id: str
    url: str | None = Field(description="Null once the picture has been deleted after the retention time.")
    seed: int
    width: int
    height: int


class GenerationResult(Result):
    """What a generation made."""

    images: list[Picture]


class EditPicture(Picture):
    """An edited picture."""

    prompt: str


class EditShift(TrainedShift):
    """The shift of the edited picture."""

    trained: bool = Field(description="Whether this job trained it; else an earlier edit of the picture did.")


class EditResult(Result):
    """What an edit made."""

    images: list[EditPicture]
    shift: EditShift


class Queue(ResponseModel):
    """The position of a waiting job in the queue."""

    reason: WaitReason = Field(
        description="`turn`: others go first; `no_worker`: no worker is alive; `running_cap`: your limit is reached; "
        "`backoff`: it waits after an error; `dependency`: it waits for another job; `paused`."
    )
    position: int | None = Field(description="In the fair order over all tenants; 1 is next.")
    wait_seconds: float | None = Field(description="An estimate.")


class AnyJob(ResponseModel):
    """A job: what was requested, and its progress."""

    id: str
    status: JobState
    progress: Progress
    priority: Priority
    queue: Queue | None = Field(default=None, description="While it waits; only in `GET /v1/jobs/{id}`.")
    attempt: int = Field(description="Counts from 1; more than 1 after a lost worker or an internal error.")
    error: JobError | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None
    expires_at: Time | None = Field(default=None, description="A job that has not started by then is `expired`.")
    batch: str | None = Field(default=None, description="The batch that it is a line of.")
    custom_id: str | None = Field(default=None, description="The name of its line in the batch.")


class SamplePicture(Picture):
    """A picture that a training has sampled."""

    prompt: str


class Sample(ResponseModel):
    """The pictures that were sampled after a training step, one for each prompt."""

    step: int
    images: list[SamplePicture]


class FineTuneJob(AnyJob):
    """A fine-tune."""

    kind: Literal["fine_tune"]
    spec: FineTuneSpec
    result: FineTuneResult | None
    samples: list[Sample] | None = Field(default=None, description="The samples so far; only in `GET /v1/jobs/{id}`.")


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
    """One page of the jobs, newest first."""


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
