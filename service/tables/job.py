"""The tables of jobs: the jobs themselves, what they need, their events, their usage, and idempotency keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence
from sqlalchemy.orm import Mapped, mapped_column

from service.enums import JobState, Priority
from service.tables.base import Created, Id, Table, Tenant, TenantKey

FENCING = Sequence("fencing_tokens", metadata=Table.metadata)
STATES = ", ".join(f"'{state}'" for state in JobState)
PRIORITIES = ", ".join(f"'{priority}'" for priority in Priority)


class Job(Table):
    """What a client asked for, and how far it is. The row is the truth; a message only says that it changed."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint(f"priority IN ({PRIORITIES})", name="priority"),
        Index("jobs_waiting_idx", "tenant_id", "urgent_at", "id", postgresql_where="state = 'queued'"),
        Index(
            "jobs_interrupted_idx",
            "tenant_id",
            "interrupted_at",
            postgresql_where="state = 'queued' AND interrupted_at IS NOT NULL",
        ),
        Index("jobs_leases_idx", "lease_until", postgresql_where="lease_until IS NOT NULL"),
        Index("jobs_batch_line_key", "batch_id", "line", unique=True),
        Index(
            "jobs_open_lines_idx",
            "batch_id",
            "state",
            postgresql_where="batch_id IS NOT NULL AND ended_at IS NULL",
        ),
        Index(
            "jobs_deadlines_idx",
            "expires_at",
            postgresql_where="expires_at IS NOT NULL AND started_at IS NULL AND ended_at IS NULL",
        ),
    )

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    kind: Mapped[str]
    state: Mapped[str]
    spec: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]

    phase: Mapped[str | None]
    step: Mapped[int] = mapped_column(server_default="0")
    steps: Mapped[int]
    event_seq: Mapped[int] = mapped_column(server_default="0")

    priority: Mapped[str] = mapped_column(server_default=Priority.INTERACTIVE.value)
    urgent_at: Mapped[Created]  # when it was accepted plus its priority's handicap: the order of a tenant's jobs
    estimate_seconds: Mapped[float]
    device_seconds: Mapped[float] = mapped_column(server_default="0")  # of earlier attempts that gave the job back
    available_at: Mapped[Created]  # after a failed attempt, when the back-off is over
    expires_at: Mapped[datetime | None]  # a job that has not started by then never will
    attempt: Mapped[int] = mapped_column(server_default="0")
    token: Mapped[int | None] = mapped_column(BigInteger)
    worker: Mapped[str | None]
    avoided_worker: Mapped[str | None]  # the worker that failed it: others may try first, until `avoided_until`
    avoided_until: Mapped[datetime | None]
    interrupted_at: Mapped[datetime | None]  # queued again by a fault or a shutdown: it is claimed before the others
    lease_until: Mapped[datetime | None]

    created_at: Mapped[Created]
    claimed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    custom_id: Mapped[str | None]  # the client's name of a batch's line
    line: Mapped[int | None]  # counts from 1


class JobDependency(Table):
    """A blocked job, and one that must succeed before it can run; deleted once it is not blocked any more."""

    __tablename__ = "job_dependencies"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    needs_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True)
    tenant_id: Mapped[Tenant]


class JobInput(Table):
    """A picture or a shift that a job needs, so that it is not deleted under the job."""

    __tablename__ = "job_inputs"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    input_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    tenant_id: Mapped[Tenant]


class JobEvent(Table):
    """One entry of a job's history; `seq` counts from 1 without gaps."""

    __tablename__ = "job_events"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[Tenant]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[Created]


class Usage(Table):
    """The device time a job is billed for: one row a job, written by the finishing transaction."""

    __tablename__ = "usage"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[Tenant]
    kind: Mapped[str]
    device_seconds: Mapped[float]
    created_at: Mapped[Created]


class IdempotencyKey(Table):
    """What a POST with an Idempotency-Key created, so that its repetition answers the same resource."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[TenantKey]
    method: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    resource_id: Mapped[UUID]
    created_at: Mapped[Created]
