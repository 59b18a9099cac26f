"""The events of a job, one class a type: what a server-sent event carries. docs/events.md is made of these."""

from typing import Annotated, Literal

from pydantic import Field, Json, RootModel

from api.schemas.fields import ResponseModel, Time
from api.schemas.job import AlignmentCheck, JobError, SamplePicture

Phase = Literal["loading", "prior", "training", "sampling", "saving"]


class EventData(ResponseModel):
    """What the data of every event has."""

    job: str
    created_at: Time


class RunningData(EventData):
    """The data of `running`."""

    attempt: int = Field(description="Counts from 1.")


class ProgressData(EventData):
    """The data of `progress`: absent fields do not apply to the phase."""

    phase: Phase
    step: int = Field(description="Steps done, of training or sampling only.")
    steps: int = Field(description="Steps in all, of training or sampling only.")
    steps_per_second: float | None = Field(
        default=None, description="In training and sampling; null until a step has been timed."
    )
    seconds_per_step: float | None = Field(default=None, description="The median of recent steps.")
    seconds_left: float | None = Field(default=None, description="An estimate for the rest of the phase.")
    loss: float | None = Field(default=None, description="In training: the loss of the step.")
    clipped_fraction: float | None = Field(
        default=None, description="In training: the fraction of singular values that the ReLU sets to 0."
    )
    done: int | None = Field(default=None, description="In loading and prior: parts done, such as factored matrices.")
    of: int | None = Field(default=None, description="In loading and prior: parts in all.")


class SampleData(EventData):
    """The data of `sample`."""

    step: int = Field(description="The training step.")
    images: list[SamplePicture] = Field(description="One picture for each sample prompt.")


class CheckData(AlignmentCheck, EventData):
    """The data of `check`."""


class RequeuedData(EventData):
    """The data of `requeued`."""

    reason: str = Field(description="`lease_expired` after a lost worker, or the code of the internal error.")
    retry_in: float = Field(description="Seconds until the next attempt, at the earliest.")


class PausedData(EventData):
    """The data of `paused`."""

    reason: str | None = Field(default=None, description="The code of the error that ended the attempt, if one did.")


class FailedData(EventData):
    """The data of `failed`."""

    error: JobError = Field(description="As in the job.")


class Event(ResponseModel):
    """One server-sent event."""

    id: int = Field(description="Counts from 1 without gaps; send it as `Last-Event-ID` to resume behind it.")


class QueuedEvent(Event):
    """The job waits for a worker."""

    event: Literal["queued"]
    data: Json[EventData]


class BlockedEvent(Event):
    """The job waits for another job."""

    event: Literal["blocked"]
    data: Json[EventData]


class RunningEvent(Event):
    """A worker has started an attempt."""

    event: Literal["running"]
    data: Json[RunningData]


class ProgressEvent(Event):
    """The attempt has made progress; at most once a second, and at the start and end of each phase."""

    event: Literal["progress"]
    data: Json[ProgressData]


class SampleEvent(Event):
    """The training has sampled its `sample_prompts`."""

    event: Literal["sample"]
    data: Json[SampleData]


class CheckEvent(Event):
    """A check of `early_stopping` has measured the shift."""

    event: Literal["check"]
    data: Json[CheckData]


class RequeuedEvent(Event):
    """The attempt failed, by a lost worker or an internal error, and the job waits for the next one."""

    event: Literal["requeued"]
    data: Json[RequeuedData]


class ReleasedEvent(Event):
    """The worker shut down and gave the job back; the attempt does not count."""

    event: Literal["released"]
    data: Json[EventData]


class PausingEvent(Event):
    """A pause was requested; the attempt stops at its next step."""

    event: Literal["pausing"]
    data: Json[EventData]


class PausedEvent(Event):
    """The job is paused until it is resumed."""

    event: Literal["paused"]
    data: Json[PausedData]


class ResumedEvent(Event):
    """The job was resumed and waits for a worker."""

    event: Literal["resumed"]
    data: Json[EventData]


class CancelingEvent(Event):
    """A cancel was requested; the attempt stops at its next step."""

    event: Literal["canceling"]
    data: Json[EventData]


class SucceededEvent(Event):
    """The job has succeeded; `GET /v1/jobs/{id}` has its result. The last event."""

    event: Literal["succeeded"]
    data: Json[EventData]


class FailedEvent(Event):
    """The job has failed. The last event."""

    event: Literal["failed"]
    data: Json[FailedData]


class CanceledEvent(Event):
    """The job was canceled. The last event."""

    event: Literal["canceled"]
    data: Json[EventData]


class ExpiredEvent(Event):
    """The job did not start before its deadline. The last event."""

    event: Literal["expired"]
    data: Json[EventData]


AnyEvent = (
    QueuedEvent
    | BlockedEvent
    | RunningEvent
    | ProgressEvent
    | SampleEvent
    | CheckEvent
    | RequeuedEvent
    | ReleasedEvent
    | PausingEvent
    | PausedEvent
    | ResumedEvent
    | CancelingEvent
    | SucceededEvent
    | FailedEvent
    | CanceledEvent
    | ExpiredEvent
)


class JobEvent(RootModel[Annotated[AnyEvent, Field(discriminator="event")]]):
    """One event of a job's stream."""
