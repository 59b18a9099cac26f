"""A virtual environment that has one wheel and what the wheel says it needs, and nothing else."""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import distribution, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def bare_environment(folder: Path, wheel: Path, requirements: Iterable[str]) -> Path:
    """The Python of a new environment; its requirements are links to what is installed here, without a download."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    site = next(folder.glob("lib/python*/site-packages"))
    for name in closure(requirements):
        link_distribution(name, site)
    options = ["--disable-pip-version-check", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", *options, wheel], check=True)
    return python


def closure(requirements: Iterable[str]) -> set[str]:
    """The distributions that requirements lead to, directly or by others, on this machine."""
    found: set[str] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or not applies(requirement, extra):
            continue
        found.add(name)
        waiting += [(Requirement(text), extra) for text in requires(name) or () for extra in ("", *requirement.extras)]
    return found


def applies(requirement: Requirement, extra: str) -> bool:
    """Whether the requirement's marker holds on this machine."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def link_distribution(name: str, site: Path) -> None:
    """Link the top folders and files of an installed distribution; scripts, which lie elsewhere, are left out."""
    installed = distribution(name)
    for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
        if not (site / top).exists():
            (site / top).symlink_to(str(installed.locate_file(top)))
