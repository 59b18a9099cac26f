"""The API, with points around the commit of an accepted job: `uvicorn tests.chaos.api_with_faults:create --factory`."""

import api.batch_intake
import api.scope
from api.main import create
from service.broker import Doorbell
from service.jobs import wanted
from service.jobs.accept import RING
from tests.chaos.faults import point, surround

__all__ = ["create"]

announce = api.scope.announce


def announced(doorbell: Doorbell, info: dict[object, object]) -> None:
    """The job is committed, and its client does not know."""
    if info.get(RING):
        point("before_answer")
    announce(doorbell, info)


api.scope.announce = announced
surround(wanted, "accept", after="before_commit")
surround(api.batch_intake, "create", after="before_commit")
