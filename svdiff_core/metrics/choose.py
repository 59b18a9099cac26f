"""Which metrics there are for a base: those of the operator's folders, else the base's own judge."""

from dataclasses import dataclass
from pathlib import Path

from svdiff_core.errors import MetricsUnavailable
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.metrics.clip import load_clip
from svdiff_core.metrics.judges import load_judge_metrics
from svdiff_core.metrics.lpips import load_lpips


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
    judged = None if judge is None or configured else load_judge_metrics(judge)
    own_text, own_image = (judged.text, judged.image) if judged else (None, None)
    text = load_clip(folders.clip) if folders.clip else own_text
    image = load_lpips(folders.lpips) if folders.lpips else own_image
    if text is None or image is None:
        raise MetricsUnavailable
    return Metrics(text, image)
