"""The messages that webhooks send, one class a type, in the form of the Standard Webhooks specification."""

from typing import Literal

from pydantic import Field

from api.schemas.fields import ResponseModel, Time
from api.schemas.job import JobError
from service.batches.queries import BatchStatus
from service.enums import JobState
from service.jobs.specs import JobKind


class EndedJob(ResponseModel):
    """How a job ended; `GET /v1/jobs/{id}` has its result."""

    id: str
    kind: JobKind
    status: JobState
    error: JobError | None
    batch: str | None = Field(description="The batch that it is a line of.")
    custom_id: str | None = Field(description="The name of its line in the batch.")
    created_at: Time
    started_at: Time | None
    ended_at: Time


class EndedBatch(ResponseModel):
    """How a batch ended; `GET /v1/batches/{id}/results` has what its lines made."""

    id: str
    name: str | None
    status: BatchStatus
    lines: int
    counts: dict[JobState, int] = Field(description="How many lines are in each state.")
    created_at: Time
    canceled_at: Time | None
    ended_at: Time


class PingedWebhook(ResponseModel):
    """The webhook that was tested."""

    id: str


class Message(ResponseModel):
    """What every message has."""

    timestamp: Time = Field(description="When it happened.")


class JobSucceededMessage(Message):
    """A job has succeeded."""

    type: Literal["job.succeeded"]
    data: EndedJob


class JobFailedMessage(Message):
    """A job has failed."""

    type: Literal["job.failed"]
    data: EndedJob


class JobCanceledMessage(Message):
    """A job was canceled."""

    type: Literal["job.canceled"]
    data: EndedJob


class JobExpiredMessage(Message):
    """A job did not start before its deadline."""

    type: Literal["job.expired"]
    data: EndedJob


class BatchEndedMessage(Message):
    """The last line of a batch has ended."""

    type: Literal["batch.ended"]
    data: EndedBatch


class PingMessage(Message):
    """A test of the webhook was requested."""

    type: Literal["ping"]
    data: PingedWebhook


AnyMessage = (
    JobSucceededMessage | JobFailedMessage | JobCanceledMessage | JobExpiredMessage | BatchEndedMessage | PingMessage
)
