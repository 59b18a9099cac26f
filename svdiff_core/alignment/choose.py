"""Which metrics there are for a base: those of the operator's folders, else the base's own judge."""

from dataclasses import dataclass
from pathlib import Path

from svdiff_core.alignment.clip import load_clip
from svdiff_core.alignment.judged import JudgedAlignment
from svdiff_core.alignment.lpips import load_lpips
from svdiff_core.alignment.metrics import Metrics
from svdiff_core.errors import MetricsUnavailable
from svdiff_core.judge import load_judge


@dataclass(frozen=True)
class MetricFolders:
    """Where an installation keeps its metrics: a CLIP folder and an LPIPS folder, None where it has none."""

    clip: Path | None = None
    lpips: Path | None = None


def metrics_for(judge: Path | None, folders: MetricFolders) -> Metrics:
    """CLIP and 1 - LPIPS where they are configured, else a base's own judge: `judge` is that of its recipe.

    Raises:
        MetricsUnavailable: the base names none, and a folder is not configured.
        MetricInvalid, JudgeInvalid: what is configured cannot be loaded.
    """
    configured = folders.clip is not None and folders.lpips is not None
    judged = None if judge is None or configured else JudgedAlignment(load_judge(judge))
    image = judged if folders.lpips is None else load_lpips(folders.lpips)
    if image is None:
        raise MetricsUnavailable
    text = judged if folders.clip is None else load_clip(folders.clip)
    if text is None:
        raise MetricsUnavailable
    return Metrics(text, image)
