"""The expiry of generated pictures: after `result_retention_days` they are deleted, and their jobs' results say so."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from service.infra.database import Database
from service.settings import Settings
from service.tables import Artifact, Job, PendingDeletion

KINDS = ("picture", "sample")
BATCH_SIZE = 200  # artifacts in one transaction


def expire_results(database: Database, settings: Settings) -> int:
    """Delete the pictures that are too old; return how many. Safe to run twice at once."""
    if not settings.result_retention_days:
        return 0
    expired = 0
    while deleted := _expire_chunk(database, timedelta(days=settings.result_retention_days)):
        expired += deleted
    return expired


def _expire_chunk(database: Database, age: timedelta) -> int:
    with database.engine() as session:
        query = select(Artifact).where(Artifact.kind.in_(KINDS), Artifact.created_at < func.now() - age)
        old = session.scalars(query.order_by(Artifact.id).limit(BATCH_SIZE).with_for_update(skip_locked=True)).all()
        keys = {artifact.object_key for artifact in old}
        if not old:
            return 0
        session.execute(insert(PendingDeletion).values([{"object_key": key} for key in keys]).on_conflict_do_nothing())
        job_ids = {artifact.job_id for artifact in old if artifact.job_id}
        for job in session.scalars(select(Job).where(Job.id.in_(job_ids)).order_by(Job.id).with_for_update()):
            if job.result and "images" in job.result:
                job.result = job.result | {"images": [_drop_key(image, keys) for image in job.result["images"]]}
        session.execute(delete(Artifact).where(Artifact.id.in_([artifact.id for artifact in old])))
        return len(old)


def _drop_key(image: dict[str, object], keys: set[str]) -> dict[str, object]:
    """A picture of a result, without its key if that is one of these."""
    return image | {"key": None} if image["key"] in keys else image
