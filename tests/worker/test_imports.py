import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["worker.upkeep", "worker.device", "service.cli", "service.local.up"])
def test_a_process_starts_without_torch(module: str) -> None:
    """Upkeep never needs torch; the device worker claims before it imports it; the command line is quick."""
    program = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
