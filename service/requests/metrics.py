"""What an installation can measure of a base's pictures: the operator's metrics, else the base's own judge."""

from service.bases import BaseRef
from service.errors import MetricsUnavailable
from service.settings import Settings

CLIP, LPIPS = "clip", "lpips"
ALL = frozenset({CLIP, LPIPS})


def configured_metrics(settings: Settings) -> frozenset[str]:
    """The metrics that this installation has whatever the base."""
    folders = {CLIP: settings.clip_folder, LPIPS: settings.lpips_folder}
    return frozenset(name for name, folder in folders.items() if folder is not None)


def check_measurable(pointer: str, base: BaseRef, metrics: frozenset[str]) -> None:
    """Raise MetricsUnavailable where a base has no judge, and the installation not all metrics in its place."""
    missing = sorted(ALL - metrics)
    if missing and base.manifest.judge is None:
        raise MetricsUnavailable(pointer, base.name, missing)
