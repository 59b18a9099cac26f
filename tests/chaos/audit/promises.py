"""What the clients were promised: every id is there and has ended, no job was made twice, a cancel was heeded."""

from collections.abc import Iterator
from uuid import UUID

from tests.chaos.audit.evidence import ENDS, Evidence, Finding, batch_id, job_id

TROUBLE = {
    "unexpected": "unexpected_answer",
    "gave up": "gave_up",
    "client broke": "client_broke",
    "out of time": "out_of_time",
    "over": "cut_short",
}
BLAMELESS = frozenset({"worker_lost", "dependency_failed"})  # errors that killing workers may end in


def lost(evidence: Evidence) -> Iterator[Finding]:
    """A client has the id of a job, and there is no such job."""
    for accepted in evidence.accepted:
        if accepted not in evidence.jobs:
            yield Finding("lost", str(accepted))


def batches(evidence: Evidence) -> Iterator[Finding]:
    """Every batch has the jobs that its file has lines, has ended, and nobody else has a batch."""
    rows = {row.id: row for row in evidence.rows("SELECT id, lines, ended_at FROM batches")}
    made: dict[UUID, list[str]] = {}
    for job in evidence.jobs.values():
        if job.batch_id:
            made.setdefault(job.batch_id, []).append(job.custom_id)
    for promised, lines in evidence.lines.items():
        own = made.get(promised, [])
        if promised not in rows:
            yield Finding("lost", str(promised), "a batch")
        elif rows[promised].ended_at is None:
            yield Finding("not_ended", str(promised), "a batch")
        if sorted(own) != sorted(lines):
            yield Finding("max_batch_lines", str(promised), f"{len(own)} jobs for {len(lines)} lines")
    for stranger in rows.keys() - evidence.lines.keys():
        yield Finding("unasked", str(stranger), "a batch")


def not_ended(evidence: Evidence) -> Iterator[Finding]:
    """A job waits or runs after everything has calmed down, or ended and still holds something."""
    for job in evidence.jobs.values():
        if job.state not in ENDS or job.ended_at is None:
            yield Finding("not_ended", str(job.id), job.state)
        elif job.token is not None or job.worker is not None or job.lease_until is not None:
            yield Finding("lease_left", str(job.id), job.state)


def unasked(evidence: Evidence) -> Iterator[Finding]:
    """A job that no client has the id of: a repeated POST made two, or one that failed made one."""
    for job in evidence.jobs.values():
        if job.id not in evidence.accepted and job.batch_id not in evidence.lines:
            yield Finding("unasked", str(job.id), job.kind)


def doubled_answers(evidence: Evidence) -> Iterator[Finding]:
    """One Idempotency-Key, and two resources; or two keys, and one job."""
    by_key: dict[tuple[str, str, str], set[str]] = {}
    by_job: dict[str, set[str]] = {}
    for entry in evidence.requests:
        if "key" in entry:
            by_key.setdefault((entry["tenant"], entry["path"], entry["key"]), set()).add(entry["id"])
        if entry["what"] in {"job", "batch"}:
            by_job.setdefault(entry["id"], set()).add(entry["key"])
    for (_, path, key), ids in by_key.items():
        if len(ids) > 1:
            yield Finding("doubled_answer", key, f"{path}: {sorted(ids)}")
    for wire_id, keys in by_job.items():
        if len(keys) > 1:
            yield Finding("doubled_answer", wire_id, f"answers {len(keys)} keys")


def cancels(evidence: Evidence) -> Iterator[Finding]:
    """The answer to a cancel said that it is heeded, and the job ended otherwise."""
    for entry in evidence.told("cancel"):
        job = evidence.jobs.get(job_id(entry))
        if job is not None and job.state != "canceled":
            yield Finding("cancel_ignored", str(job.id), f"answered {entry['status']}, ended {job.state}")


def batch_cancels(evidence: Evidence) -> Iterator[Finding]:
    """The answer to a batch's cancel said that it is heeded, and the batch's row knows nothing of it."""
    canceled = {row.id for row in evidence.rows("SELECT id FROM batches WHERE canceled_at IS NOT NULL")}
    for entry in evidence.told("batch cancel"):
        if batch_id(entry) not in canceled:
            yield Finding("cancel_ignored", entry["id"], f"answered {entry['status']}")


def deadlines(evidence: Evidence) -> Iterator[Finding]:
    """Expired though it started or before its time, or started after its time."""
    for job in evidence.jobs.values():
        if job.state == "expired" and (job.expires_at is None or job.started_at or job.ended_at < job.expires_at):
            yield Finding("expired_wrongly", str(job.id))
        if job.expires_at and job.started_at and job.started_at > job.expires_at:
            yield Finding("started_late", str(job.id))


def failures(evidence: Evidence) -> Iterator[Finding]:
    """No client asked for anything that cannot be done: only a lost worker is an excuse."""
    for job in evidence.jobs.values():
        if job.state == "failed" and (job.error or {}).get("code") not in BLAMELESS:
            yield Finding("failed", str(job.id), str(job.error))


def trouble(evidence: Evidence) -> Iterator[Finding]:
    """What the clients themselves complain of."""
    for entry in evidence.requests:
        if entry["what"] in TROUBLE:
            facts = {name: value for name, value in entry.items() if name not in {"at", "what"}}
            yield Finding(TROUBLE[entry["what"]], entry.get("tenant", "driver"), str(facts))
