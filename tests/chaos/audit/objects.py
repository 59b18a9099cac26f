"""What the jobs made: of the attempt that won and of no other, whole, and nothing besides."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from service.ids import from_wire
from tests.chaos.audit.evidence import ENDS, Evidence, Finding

ARTIFACTS = "SELECT id, kind, job_id, object_key, bytes, sha256, created_at FROM artifacts ORDER BY id"
SHIFTS = "SELECT id, artifact_id FROM shifts"
TOKENS = "SELECT job_id, old_state, state, old_token, token, at FROM chaos.moves ORDER BY n"
KNOWN = """
    SELECT object_key FROM artifacts UNION SELECT object_key FROM pending_deletions
    UNION SELECT object_key FROM prior_sets WHERE object_key IS NOT NULL
    UNION SELECT singular_values_key FROM bases WHERE singular_values_key IS NOT NULL
"""
READY = ".ready"  # what the local stack asks the store with
TOKEN_PLACE = 4  # tenants/<tenant>/jobs/<job>/<token>/<artifact>


class Tenures:
    """From when to when each token was its job's, and which one ended the job, as the witness saw it."""

    def __init__(self, evidence: Evidence) -> None:
        self.winner: dict[UUID, int | None] = {}
        self._from: dict[tuple[UUID, int], datetime] = {}
        self._until: dict[tuple[UUID, int], datetime] = {}
        for move in evidence.rows(TOKENS):
            if move.token != move.old_token and move.token is not None:
                self._from[move.job_id, move.token] = move.at
            if move.token != move.old_token and move.old_token is not None:
                self._until[move.job_id, move.old_token] = move.at
            if move.state in ENDS and move.old_state not in ENDS:
                self.winner[move.job_id] = move.old_token

    def held(self, job_id: UUID, token: int, moment: datetime) -> bool:
        """Whether it was the job's at that moment."""
        until = self._until.get((job_id, token))
        return (job_id, token) in self._from and (until is None or moment <= until)


def stale(evidence: Evidence) -> Iterator[Finding]:
    """A result under another token than that of the attempt that won; anything of a token that was not the job's."""
    tenures = Tenures(evidence)
    for artifact in evidence.rows(ARTIFACTS):
        if artifact.job_id is None:
            continue
        parts = artifact.object_key.split("/")
        token = int(parts[TOKEN_PLACE])
        result = artifact.kind in {"picture", "shift"}
        if parts[TOKEN_PLACE - 1] != artifact.job_id.hex:
            yield Finding("stale_artifact", artifact.object_key, "another job's")
        elif result and token != tenures.winner.get(artifact.job_id):
            yield Finding("stale_artifact", artifact.object_key, f"won by {tenures.winner.get(artifact.job_id)}")
        elif not tenures.held(artifact.job_id, token, artifact.created_at):
            yield Finding("stale_artifact", artifact.object_key, "its token was not the job's then")


def results(evidence: Evidence) -> Iterator[Finding]:
    """A success has what its result names, all of it and nothing more; what did not succeed has nothing."""
    made = by_job(evidence)
    shifts = {row.id: row.artifact_id for row in evidence.rows(SHIFTS)}
    for job in evidence.jobs.values():
        own = made[job.id]
        if job.state != "succeeded":
            if job.result is not None or own["picture"] or own["shift"]:
                yield Finding("result_of_no_success", str(job.id), job.state)
        elif job.kind == "fine_tune":
            yield from _shift(job, own["shift"], shifts)
        else:
            yield from _pictures(job, own["picture"])
        if job.state in ENDS and own["training_state"]:
            yield Finding("state_left", str(job.id), job.state)


def _shift(job: Any, files: list[Any], shifts: dict[UUID, UUID]) -> Iterator[Finding]:
    shift_id = from_wire("shf", job.result["shift"]["id"]) if job.result else None
    if shift_id not in shifts or [file.id for file in files] != [shifts[shift_id]]:
        yield Finding("result_without_artifact", str(job.id), f"shift {shift_id}, files {[f.id for f in files]}")


def _pictures(job: Any, files: list[Any]) -> Iterator[Finding]:
    images = job.result["images"] if job.result else []
    seeds = [job.spec["seed"] + number for number in range(job.spec["n"])]
    if [image["seed"] for image in images] != seeds:
        yield Finding("result_without_artifact", str(job.id), "not the pictures asked for")
    if {image["key"] for image in images} != {file.object_key for file in files} or len(files) != len(images):
        yield Finding("result_without_artifact", str(job.id), f"{len(images)} pictures told, {len(files)} there")


def by_job(evidence: Evidence) -> dict[UUID, dict[str, list[Any]]]:
    """The artifacts of each job by kind."""
    made: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for artifact in evidence.rows(ARTIFACTS):
        made[artifact.job_id][artifact.kind].append(artifact)
    return made


def objects(evidence: Evidence) -> Iterator[Finding]:
    """Every row's object is there, with the bytes that the row says."""
    for artifact in evidence.rows(ARTIFACTS):
        data = evidence.object(artifact.object_key)
        if data is None:
            yield Finding("artifact_without_object", artifact.object_key, artifact.kind)
        elif (len(data), hashlib.sha256(data).hexdigest()) != (artifact.bytes, artifact.sha256):
            yield Finding("object_differs", artifact.object_key, artifact.kind)


def orphans(evidence: Evidence) -> Iterator[Finding]:
    """Once orphans are collected, nothing is in the bucket without a row, and nothing waits to be deleted."""
    known = {row.object_key for row in evidence.rows(KNOWN)} | {READY}
    for page in evidence.store.pages():
        for found in page:
            if found.key not in known:
                yield Finding("orphan", found.key)
    for row in evidence.rows("SELECT object_key FROM pending_deletions"):
        yield Finding("pending_deletion_left", row.object_key)
