"""The API, with points around a commit: `uvicorn tests.chaos.faults.api_with_faults:create --factory`."""

import api.dependencies.batch_upload
import api.dependencies.scope
from api.main import create
from service.infra.broker import Notifier
from service.infra.database import AfterCommit
from service.jobs import submission
from tests.chaos.faults.faults import always, point, surround

__all__ = ["create"]

notify = api.dependencies.scope.notify


def notify_after_point(notifier: Notifier, done: AfterCommit) -> None:
    """The job is committed, and its client does not know."""
    if done.wake_workers:
        point("before_answer")
    notify(notifier, done)


api.dependencies.scope.notify = notify_after_point
surround(submission, "insert_jobs", after="before_commit", when=always)
surround(api.dependencies.batch_upload, "create", after="before_commit")
