"""The job engine, as a test plays its parts: clients, workers, the reaper, and time."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, func, select, text, update

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.enums import LEASED, TERMINAL, JobState, Priority
from service.ids import new_id
from service.infra.database import Database, Scope
from service.jobs import claim as claiming
from service.jobs import ending, maintenance
from service.jobs.claim import Claim
from service.jobs.ending import JobResult
from service.jobs.submission import submit_job
from service.settings import Settings
from service.tables import Artifact, Job, JobEvent, PendingDeletion, TenantLoad, Usage
from tests.conftest import Customer
from tests.drafts import draft

WARM = "svd1-warm"
COLD = "svd1-cold"
ERROR = {"code": "training_diverged", "detail": "The loss is not finite.", "retryable": False}


class Engine:
    """One database's engine. Each call is one committed transaction, unless it takes a scope."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        assert settings.database_url
        self._owner = create_engine(settings.database_url.get_secret_value())

    def close(self) -> None:
        """Close the owner's pool."""
        self._owner.dispose()

    def empty(self) -> None:
        """No tenant, no job, nothing marked for deletion."""
        self.sql("TRUNCATE tenants, pending_deletions, prior_sets CASCADE")

    def sql(self, statement: str, **values: Any) -> None:
        """What no code of the service does: a statement of the tables' owner."""
        with self._owner.begin() as connection:
            connection.execute(text(statement), values)

    def scope(self, customer: Customer) -> AbstractContextManager[Scope]:
        """A transaction of the customer's."""
        return self.database.tenant(customer.id)

    def accept(
        self,
        customer: Customer,
        *,
        estimate: float = 10.0,
        priority: Priority = Priority.INTERACTIVE,
        expires_in: float | None = None,
        fingerprint: str = COLD,
        inputs: Iterable[UUID] = (),
        kind: str = "generation",
    ) -> UUID:
        """A job that waits."""
        with self.scope(customer) as scope:
            job = draft(
                kind,
                fingerprint=fingerprint,
                steps=50,
                estimate=estimate,
                inputs=inputs,
                expires_in=expires_in,
                prompt="a dog",
            )
            return submit_job(scope, job, priority).id

    def claim(self, worker: str = "worker", *, lease: float = 60.0, warm: tuple[str, ...] = ()) -> Claim | None:
        """What a worker that asks for work gets."""
        return claiming.claim(self.database, worker, lease, warm)

    def start_job(self, customer: Customer, **values: Any) -> Claim:
        """A job of the customer that runs."""
        job_id = self.accept(customer, **values)
        claim = self.claim()
        assert claim is not None
        assert claim.job_id == job_id
        return claim

    def stored_object(self, claim: Claim, kind: str = "picture") -> StoredObject:
        """What an attempt would have uploaded."""
        key = f"jobs/{claim.job_id.hex}/{claim.token}/{new_id().hex}"
        return StoredObject(new_id(), kind, key, "image/png", 3, "0" * 64, {})

    def expire(self, job_id: UUID) -> None:
        """Let the lease have run out."""
        self.sql("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = :id", id=job_id)

    def make_due(self) -> None:
        """Let every back-off be over."""
        self.sql("UPDATE jobs SET available_at = now(), avoided_until = now() WHERE state = 'queued'")

    def reap(self) -> int:
        """One round of the reaper."""
        return maintenance.reap(self.database, self.settings)

    def lose(self, claim: Claim) -> None:
        """The worker dies, the lease runs out, the reaper comes, and the back-off ends."""
        self.expire(claim.job_id)
        assert self.reap() == 1
        self.make_due()

    def succeed(self, customer: Customer, claim: Claim, *stored: StoredObject) -> bool:
        """The attempt's finish."""
        with self.scope(customer) as scope:
            return ending.succeed(scope, claim, JobResult(stored, {"images": len(stored)}))

    def job(self, job_id: UUID) -> Job:
        """The job's row."""
        with self.database.engine() as session:
            return session.scalars(select(Job).where(Job.id == job_id)).one()

    def state(self, job_id: UUID) -> JobState:
        """The job's state."""
        return JobState(self.job(job_id).state)

    def load(self, customer: Customer) -> TenantLoad:
        """The tenant's counters."""
        with self.database.engine() as session:
            return session.scalars(select(TenantLoad).where(TenantLoad.tenant_id == customer.id)).one()

    def events(self, job_id: UUID) -> Sequence[JobEvent]:
        """The job's history."""
        with self.database.engine() as session:
            return session.scalars(select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.seq)).all()

    def event_types(self, job_id: UUID) -> list[str]:
        """The types of the job's events."""
        return [event.type for event in self.events(job_id)]

    def usage(self, job_id: UUID) -> list[float]:
        """The device seconds that the job is billed."""
        with self.database.engine() as session:
            return list(session.scalars(select(Usage.device_seconds).where(Usage.job_id == job_id)))

    def visible_artifacts(self, customer: Customer, job_id: UUID, kind: str = "picture") -> int:
        """How many visible artifacts the job has."""
        with self.scope(customer) as scope:
            return len(artifacts.list_of_job(scope, job_id, kind))

    def artifact_count(self, customer: Customer, job_id: UUID) -> int:
        """How many artifacts of any kind the job has."""
        with self.scope(customer) as scope:
            return scope.session.scalar(select(func.count()).where(Artifact.job_id == job_id)) or 0

    def pending_deletions(self) -> set[str]:
        """The keys that maintenance is to delete."""
        with self.database.engine() as session:
            return set(session.scalars(select(PendingDeletion.object_key)))

    def snapshot(self, job_id: UUID) -> tuple[Any, ...]:
        """Everything that a loser must not change."""
        with self.database.engine() as session:
            job = session.scalars(select(Job).where(Job.id == job_id)).one()
            row = tuple(getattr(job, column.key) for column in Job.__table__.columns)
            load = session.execute(select(TenantLoad.__table__).where(TenantLoad.tenant_id == job.tenant_id)).one()
            made = tuple(session.scalars(select(Artifact.id).where(Artifact.job_id == job_id).order_by(Artifact.id)))
        return (
            row,
            tuple(load),
            made,
            tuple(self.event_types(job_id)),
            tuple(self.usage(job_id)),
            self.pending_deletions(),
        )

    def recount(self) -> None:
        """Make every tenant's counters what its jobs say."""
        own = select(func.count()).where(Job.tenant_id == TenantLoad.tenant_id)
        with self._owner.begin() as connection:
            connection.execute(
                update(TenantLoad).values(
                    running=own.where(Job.state.in_(LEASED)).scalar_subquery(),
                    pending=own.where(Job.state.not_in(LEASED | TERMINAL), Job.batch_id.is_(None)).scalar_subquery(),
                    batch_pending=own.where(
                        Job.state.not_in(LEASED | TERMINAL), Job.batch_id.is_not(None)
                    ).scalar_subquery(),
                )
            )

    def check_counters(self) -> None:
        """Every tenant's counters are what its jobs say."""
        running = func.count().filter(Job.state.in_(LEASED))
        waits = Job.state.not_in(LEASED | TERMINAL)
        pending = func.count().filter(waits, Job.batch_id.is_(None))
        lines = func.count().filter(waits, Job.batch_id.is_not(None))
        with self.database.engine() as session:
            counted = {
                row.tenant_id: (row.running, row.pending, row.lines)
                for row in session.execute(
                    select(
                        Job.tenant_id, running.label("running"), pending.label("pending"), lines.label("lines")
                    ).group_by(Job.tenant_id)
                )
            }
            for load in session.scalars(select(TenantLoad)):
                assert (load.running, load.pending, load.batch_pending) == counted.get(load.tenant_id, (0, 0, 0))
                assert load.served_seconds >= 0

    def check_histories(self) -> None:
        """Every job's events are numbered from 1 without a gap, and the row knows the last."""
        last, count = func.max(JobEvent.seq), func.count()
        query = (
            select(Job.id, Job.event_seq, last.label("last"), count.label("count"))
            .join(JobEvent, JobEvent.job_id == Job.id)
            .group_by(Job.id)
        )
        with self.database.engine() as session:
            for row in session.execute(query):
                assert row.event_seq == row.last == row.count
