"""Where a slot's work is done. torch is imported here, on the first job or while the slot is idle, never before."""

import threading
from typing import TYPE_CHECKING

import structlog

from service import bases
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs.specs import EDIT, FINE_TUNE, GENERATION
from service.settings import Settings
from worker.engine.attempt import Attempt
from worker.engine.outcome import Outcome
from worker.engine.progress import Progress
from worker.engine.stop_signal import AttemptStopped, StopReason

if TYPE_CHECKING:
    from worker.models.loaded_bases import LoadedBases

log = structlog.get_logger()


class JobRunner:
    """One device with the bases that it has loaded; for the one thread of its slot."""

    def __init__(self, device: str, database: Database, store: ObjectStore, settings: Settings, bell: Notifier) -> None:
        self._device = device
        self._database = database
        self._store = store
        self._settings = settings
        self._bell = bell
        self._loaded: LoadedBases | None = None

    def work(self, attempt: Attempt) -> Outcome:
        """Carry out the attempt's job."""
        from worker.engine.context import JobContext
        from worker.jobs import edit, fine_tune, generate

        claim = attempt.claim
        progress = Progress(self._database, self._settings, claim, attempt.orders, attempt.pace, self._bell)
        progress.step("loading")
        bench = JobContext(claim, self._settings, self._database, self._store, self._bases(), progress)
        return {FINE_TUNE: fine_tune.run, GENERATION: generate.run, EDIT: edit.run}[claim.kind](bench)

    def warm(self) -> tuple[str, ...]:
        """The fingerprints of the bases that a job would not have to load."""
        return self._loaded.fingerprints() if self._loaded else ()

    def warm_up(self, stopping: threading.Event) -> None:
        """Load the newest base before anybody asks for it, its factors included, unless the worker is to stop."""

        def go_on(done: int, total: int) -> None:
            log.debug("factors", done=done, total=total)
            if stopping.is_set():
                raise AttemptStopped(StopReason.HAND_OVER)

        with self._database.app() as session:
            newest = bases.newest(session)
        if newest is not None and not stopping.is_set():
            self._bases().get(newest, go_on)

    def _bases(self) -> "LoadedBases":
        from worker.models.loaded_bases import LoadedBases

        if self._loaded is None:
            self._loaded = LoadedBases(self._settings, self._device)
        return self._loaded
