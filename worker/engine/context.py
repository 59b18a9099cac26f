"""What a job has at hand."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service import bases
from service.assets import artifacts, singular_values
from service.assets.artifacts import StoredObject
from service.errors import Unavailable
from service.infra.broker import Notifier
from service.infra.database import Database, Scope
from service.infra.object_store import ObjectStore
from service.jobs.claim import Claim
from service.settings import Settings
from worker.engine.progress import Progress
from worker.models.loaded_bases import LoadedBases

if TYPE_CHECKING:
    from svdiff_core.base import Base

log = structlog.get_logger()


@dataclass(frozen=True)
class Resources:
    """What the jobs of one device share: settings, servers, and the bases in the device's memory."""

    settings: Settings
    database: Database
    store: ObjectStore
    notifier: Notifier
    loaded_bases: LoadedBases


@dataclass(frozen=True)
class JobContext:
    """One attempt's claim, the servers and bases to do it with, and the progress to report to."""

    claim: Claim
    settings: Settings
    database: Database
    store: ObjectStore
    loaded_bases: LoadedBases
    progress: Progress

    def scope(self) -> AbstractContextManager[Scope]:
        """A transaction of the job's tenant."""
        return self.database.tenant(self.claim.tenant_id)

    def base(self, name: str) -> "Base":
        """The claim's base, loaded; its factors are computed if no worker has computed them yet."""
        with self.scope() as scope:
            ref = bases.get_pinned(scope.session, name, self.claim.fingerprint)
        base = self.loaded_bases.get(ref, partial(self.progress.step, "loading"))
        if ref.singular_values_key is None:
            self._publish(base)
        return base

    def _publish(self, base: "Base") -> None:
        """Let the API know the base's singular values. A server that is down leaves it to the next job."""
        sigmas = {name: factor.sigma.float().cpu().numpy() for name, factor in base.factors.matrices.items()}
        try:
            singular_values.publish(self.database, self.store, base.fingerprint, sigmas)
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("singular_values_not_published", base=base.fingerprint, reason=type(error).__name__)

    def upload(self, kind: str, data: bytes, media_type: str, details: dict[str, Any] | None = None) -> StoredObject:
        """Put an object under a key that contains the fencing token: visible only once the attempt has won."""
        place = f"jobs/{self.claim.job_id.hex}/{self.claim.token}"
        return artifacts.upload(
            self.store, self.claim.tenant_id, place, kind=kind, data=data, media_type=media_type, details=details
        )
