"""What the work of one attempt has at hand."""

from dataclasses import dataclass
from typing import Any

from service import artifacts, bases
from service.artifacts import Stored
from service.database import Database
from service.jobs.claim import Claim
from service.object_store import ObjectStore
from service.settings import Settings
from svdiff_core.base import Base
from worker.loaded import LoadedBases
from worker.progress import Progress


@dataclass(frozen=True)
class Workbench:
    """The claim, the servers, the loaded bases, and the progress to report to."""

    claim: Claim
    settings: Settings
    database: Database
    store: ObjectStore
    loaded: LoadedBases
    progress: Progress

    def base(self, name: str) -> Base:
        """The claim's base, loaded; its factors are computed if no worker has yet."""
        with self.database.tenant(self.claim.tenant_id) as scope:
            ref = bases.pinned(scope.session, name, self.claim.fingerprint)
        return self.loaded.get(ref, lambda done, total: self.progress.step("loading", done, total))

    def upload(self, kind: str, data: bytes, media_type: str, details: dict[str, Any] | None = None) -> Stored:
        """Put an object under a key that contains the fencing token: visible only once the attempt has won."""
        place = f"jobs/{self.claim.job_id.hex}/{self.claim.token}"
        return artifacts.upload(
            self.store, self.claim.tenant_id, place, kind=kind, data=data, media_type=media_type, details=details
        )
