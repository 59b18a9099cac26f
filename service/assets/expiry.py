"""The end of pictures made: after `result_retention_days` their rows and objects go, and their jobs' results say so."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from service.infra.database import Database
from service.settings import Settings
from service.tables import Artifact, Job, PendingDeletion

KINDS = ("picture", "sample")
AT_ONCE = 200  # artifacts in one transaction


def expire_results(database: Database, settings: Settings) -> int:
    """Discard the pictures that are too old; how many. Safe to run twice at once."""
    if not settings.result_retention_days:
        return 0
    expired = 0
    while found := _expire_some(database, timedelta(days=settings.result_retention_days)):
        expired += found
    return expired


def _expire_some(database: Database, age: timedelta) -> int:
    with database.engine() as session:
        query = select(Artifact).where(Artifact.kind.in_(KINDS), Artifact.created_at < func.now() - age)
        old = session.scalars(query.order_by(Artifact.id).limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        keys = {artifact.object_key for artifact in old}
        if not old:
            return 0
        session.execute(insert(PendingDeletion).values([{"object_key": key} for key in keys]).on_conflict_do_nothing())
        job_ids = {artifact.job_id for artifact in old if artifact.job_id}
        for job in session.scalars(select(Job).where(Job.id.in_(job_ids)).order_by(Job.id).with_for_update()):
            if job.result and "images" in job.result:
                job.result = job.result | {"images": [_without(image, keys) for image in job.result["images"]]}
        session.execute(delete(Artifact).where(Artifact.id.in_([artifact.id for artifact in old])))
        return len(old)


def _without(image: dict[str, object], keys: set[str]) -> dict[str, object]:
    """A picture of a result, its key dropped if its object is gone."""
    return image | {"key": None} if image["key"] in keys else image
