"""Judges: small models that bases bring along to measure their own pictures, found by entry point.

A package ships judges as folders of a package that it names under `svdiff.judges`, by the judge's name, and reads
their files with a loader that it names under `svdiff.judge_formats`, by the format in the file's metadata.
"""

from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import safetensors
from safetensors import safe_open

from svdiff_core.errors import JudgeInvalid
from svdiff_core.metrics.alignment import Metrics

JUDGE_FILE = "judge.safetensors"
SHIPPED_JUDGES = "svdiff.judges"
JUDGE_FORMATS = "svdiff.judge_formats"


def judge_folder(base: Path, name: str) -> Path | None:
    """The folder of a judge: one of the base's own folders, else one that an installed package ships."""
    shipped = [Path(str(files(entry.value))) / name for entry in entry_points(group=SHIPPED_JUDGES, name=name)]
    return next((folder for folder in (base / name, *shipped) if (folder / JUDGE_FILE).is_file()), None)


def load_judge_metrics(folder: Path) -> Metrics:
    """The judge of a folder as both metrics.

    Raises:
        JudgeInvalid: its file is damaged, or of a format that nothing installed can read.
    """
    judge_format = format_of(folder)
    for entry in entry_points(group=JUDGE_FORMATS, name=judge_format):
        load: Callable[[Path], Metrics] = entry.load()
        return load(folder)
    raise JudgeInvalid(str(folder), f"nothing that is installed reads its format {judge_format!r}")


def format_of(folder: Path) -> str:
    """What the metadata of the judge's file calls its format; JudgeInvalid for a file that is none."""
    try:
        with safe_open(folder / JUDGE_FILE, framework="np") as stored:
            return str((stored.metadata() or {}).get("format"))
    except (OSError, safetensors.SafetensorError) as error:
        raise JudgeInvalid(str(folder), "its file is missing or damaged") from error
