"""The messages that webhooks send, for the OpenAPI document: the receiver is the server of these operations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from api.openapi import operation_id
from api.schemas.messages import (
    BatchEndedMessage,
    JobCanceledMessage,
    JobExpiredMessage,
    JobFailedMessage,
    JobSucceededMessage,
    PingMessage,
)


def signed(
    webhook_id: Annotated[str, Header(description="The same at each attempt: remember what you have seen.")],
    webhook_timestamp: Annotated[int, Header(description="Of the attempt, in seconds since 1970.")],
    webhook_signature: Annotated[str, Header(description="Verify it with a Standard Webhooks library.")],
) -> None:
    """The headers of every message."""


router = APIRouter(
    tags=["webhooks"],
    dependencies=[Depends(signed)],
    default_response_class=Response,
    generate_unique_id_function=operation_id,
)
DELIVERED = "Any 2xx status: the message counts as delivered."


@router.post("job.succeeded", response_description=DELIVERED)
def job_succeeded_message(body: JobSucceededMessage) -> None:
    """A job has succeeded."""


@router.post("job.failed", response_description=DELIVERED)
def job_failed_message(body: JobFailedMessage) -> None:
    """A job has failed."""


@router.post("job.canceled", response_description=DELIVERED)
def job_canceled_message(body: JobCanceledMessage) -> None:
    """A job was canceled."""


@router.post("job.expired", response_description=DELIVERED)
def job_expired_message(body: JobExpiredMessage) -> None:
    """A job did not start before its deadline."""


@router.post("batch.ended", response_description=DELIVERED)
def batch_ended_message(body: BatchEndedMessage) -> None:
    """The last line of a batch has ended."""


@router.post("ping", response_description=DELIVERED)
def ping_message(body: PingMessage) -> None:
    """A test of the webhook was requested."""
