"""The bases that a device holds in memory: the last few used."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import structlog

from service.bases import BaseRef
from service.settings import Settings
from worker.models.shipped import location

if TYPE_CHECKING:
    from svdiff_core.base import Base

# The fingerprint is of the tuned weights alone: two bases may share it and differ in their autoencoder.
Identity: TypeAlias = tuple[str, str | None, str]

log = structlog.get_logger()


class LoadedBases:
    """Loads a base once and keeps it until `settings.max_loaded_bases` others were used after it.

    torch is imported with the first base that is loaded.
    """

    def __init__(self, settings: Settings, device: str) -> None:
        self._settings = settings
        self._device = device
        self._bases: OrderedDict[Identity, Base] = OrderedDict()

    def fingerprints(self) -> list[str]:
        """The fingerprints of what is loaded."""
        return [fingerprint for _, _, fingerprint in self._bases]

    def get(self, ref: BaseRef, progress: Callable[[int, int], None]) -> "Base":
        """The base, loaded if need be; `progress(done, total)` counts factors, on their first computation only."""
        identity = (ref.source, ref.source_revision, ref.fingerprint)
        if identity not in self._bases:
            while len(self._bases) >= self._settings.max_loaded_bases:
                self._bases.popitem(last=False)  # first: the memory may not hold one more
            self._bases[identity] = self._load(ref, progress)
        self._bases.move_to_end(identity)
        return self._bases[identity]

    def _load(self, ref: BaseRef, progress: Callable[[int, int], None]) -> "Base":
        from svdiff_core.base import load_base

        log.info("base_loading", base=ref.name, revision=ref.revision, device=self._device)
        return load_base(
            location(ref.source),
            factors_dir=self._settings.factors_dir,
            device=self._device,
            dtype=self._settings.dtype,
            revision=ref.source_revision,
            progress=progress,
        )
