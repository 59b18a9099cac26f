"""Build the wheel of `svdiff_core` alone: `python publish/build_wheel.py FOLDER`.

The wheel has the method without what belongs to the service: the emoji base with its judge, and the commands of the
`svdiff` program. It is built from a copy, so that it holds nothing but the sources named here, with the setuptools of
this environment and no download.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "svdiff_core"
NOT_PUBLISHED = ("emoji", "commands.py")


def project_version() -> str:
    """The version of the whole project, which the wheel shares."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


def copy_sources(folder: Path) -> None:
    """Everything that the wheel is built from, into an empty folder."""
    shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "svdiff_core", folder / "svdiff_core", ignore=ignored)
    for name in NOT_PUBLISHED:
        path = folder / "svdiff_core" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copy(ROOT / "LICENSE", folder)
    (folder / "VERSION").write_text(project_version())


def build_wheel(out: Path) -> None:
    """Put the wheel into a folder."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder))
        options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(out)]
        subprocess.run([*pip, *options, folder], check=True)


def main() -> None:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(description="Build the wheel of svdiff_core alone.")
    parser.add_argument("folder", type=Path, help="where the wheel is put")
    build_wheel(parser.parse_args().folder)


if __name__ == "__main__":
    main()
