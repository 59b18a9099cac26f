"""The rows of a chunk of a batch's lines, written some hundred at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from service.batches.resolve import ResolvedLine
from service.enums import HANDICAP_SECONDS, JobState, Priority
from service.infra.database import Scope
from service.tables import Job, JobDependency, JobEvent, JobInput, Table


class RowWriter:
    """Writes jobs of one batch, all accepted at one moment, with their first events, inputs and needs."""

    def __init__(self, scope: Scope, batch_id: UUID, moment: datetime, expires_in: float | None) -> None:
        self._scope = scope
        self._batch_id = batch_id
        self._moment = moment
        self._urgent_at = moment + timedelta(seconds=HANDICAP_SECONDS[Priority.BATCH])
        self._expires_in = expires_in

    def write(self, lines: Sequence[ResolvedLine]) -> None:
        """Insert the rows; what a line needs must have been written before it."""
        tenant_id = self._scope.tenant_id
        self._insert(Job, [self._job(one) for one in lines])
        self._insert(
            JobEvent,
            [
                {"job_id": one.job_id, "seq": 1, "tenant_id": tenant_id, "type": first_state(one), "data": {}}
                for one in lines
            ],
        )
        inputs = ((one.job_id, input_id) for one in lines for input_id in one.wanted.input_ids)
        self._insert(JobInput, [{"job_id": job, "input_id": one, "tenant_id": tenant_id} for job, one in inputs])
        needs = ((one.job_id, needs_id) for one in lines for needs_id in one.needs)
        self._insert(JobDependency, [{"job_id": job, "needs_id": one, "tenant_id": tenant_id} for job, one in needs])

    def _insert(self, table: type[Table], rows: list[dict[str, Any]]) -> None:
        if rows:
            self._scope.session.execute(insert(table), rows, execution_options={"render_nulls": True})

    def _job(self, one: ResolvedLine) -> dict[str, Any]:
        """The values of the job's row; every row must have the same columns."""
        wanted = one.wanted
        expires_in = self._expires_in if wanted.expires_in is None else wanted.expires_in
        return {
            "id": one.job_id,
            "tenant_id": self._scope.tenant_id,
            "kind": wanted.kind,
            "state": first_state(one),
            "spec": wanted.spec.document(),
            "fingerprint": wanted.spec.fingerprint,
            "steps": wanted.steps,
            "event_seq": 1,
            "priority": Priority.BATCH.value,
            "urgent_at": self._urgent_at,
            "expires_at": None if expires_in is None else self._moment + timedelta(seconds=expires_in),
            "estimate_seconds": wanted.estimate_seconds,
            "batch_id": self._batch_id,
            "custom_id": one.line.custom_id,
            "line": one.line.number,
        }


def first_state(one: ResolvedLine) -> str:
    """The line's first state, and the name of its first event."""
    return JobState.BLOCKED.value if one.needs else JobState.QUEUED.value
