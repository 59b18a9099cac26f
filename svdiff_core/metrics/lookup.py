"""Which metrics measure the pictures of a base: those of the operator's folders, else the base's own judge.

A judge is a small model that a base brings along to measure its pictures. A package ships judges as folders of a
package that it names under the entry point `svdiff.judges`, by the judge's name, and reads their files with a loader
that it names under `svdiff.judge_formats`, by the format in the file's metadata.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import safetensors
from safetensors import safe_open

from svdiff_core.errors import JudgeInvalid, MetricsUnavailable
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.metrics.clip import load_clip
from svdiff_core.metrics.lpips import load_lpips

JUDGE_FILE = "judge.safetensors"
SHIPPED_JUDGES = "svdiff.judges"
JUDGE_FORMATS = "svdiff.judge_formats"


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
    own = None if judge is None or configured else load_judge_metrics(judge)
    own_text, own_image = (own.text, own.image) if own else (None, None)
    text = load_clip(folders.clip) if folders.clip else own_text
    image = load_lpips(folders.lpips) if folders.lpips else own_image
    if text is None or image is None:
        raise MetricsUnavailable
    return Metrics(text, image)


def judge_folder(base: Path, name: str) -> Path | None:
    """The folder of a judge: one of the base's own folders, else one that an installed package ships."""
    shipped = [Path(str(files(entry.value))) / name for entry in entry_points(group=SHIPPED_JUDGES, name=name)]
    return next((folder for folder in (base / name, *shipped) if (folder / JUDGE_FILE).is_file()), None)


def load_judge_metrics(folder: Path) -> Metrics:
    """The judge of a folder as both metrics.

    Raises:
        JudgeInvalid: its file is damaged, or of a format that nothing installed can read.
    """
    judge_format = _judge_format(folder)
    for entry in entry_points(group=JUDGE_FORMATS, name=judge_format):
        load: Callable[[Path], Metrics] = entry.load()
        return load(folder)
    raise JudgeInvalid(str(folder), f"nothing that is installed reads its format {judge_format!r}")


def _judge_format(folder: Path) -> str:
    """The format that the metadata of the judge's file names; JudgeInvalid for a file that is none."""
    try:
        with safe_open(folder / JUDGE_FILE, framework="np") as stored:
            return str((stored.metadata() or {}).get("format"))
    except (OSError, safetensors.SafetensorError) as error:
        raise JudgeInvalid(str(folder), "its file is missing or damaged") from error
