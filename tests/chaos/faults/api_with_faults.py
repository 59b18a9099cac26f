"""The API, with points around a commit: `uvicorn tests.chaos.faults.api_with_faults:create --factory`."""

import api.dependencies.batch_upload
import api.dependencies.scope
from api.main import create
from service.infra.broker import Notifier
from service.jobs import submission
from service.jobs.submission import RING
from tests.chaos.faults.faults import point, surround

__all__ = ["create"]

announce = api.dependencies.scope.notify


def announced(doorbell: Notifier, info: dict[object, object]) -> None:
    """The job is committed, and its client does not know."""
    if info.get(RING):
        point("before_answer")
    announce(doorbell, info)


api.dependencies.scope.notify = announced
surround(submission, "insert_job", after="before_commit")
surround(api.dependencies.batch_upload, "create", after="before_commit")
