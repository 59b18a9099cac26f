import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone from the first byte on."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_private(file: Path, make: Callable[[], str]) -> str:
    """What the file says, made and written the first time."""
    if not file.exists():
        write_private(file, make())
    return file.read_text()
