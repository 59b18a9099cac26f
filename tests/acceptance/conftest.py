"""The service as its users run it: `svdiff up` in a folder, and HTTP."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pictures import png

SVDIFF = (sys.executable, "-m", "service")
ENVIRONMENT = {
    "SVDIFF_CHECKPOINT_STEPS": "5",
    "SVDIFF_PROGRESS_INTERVAL_SECONDS": "0.1",
    "SVDIFF_LEASE_SECONDS": "3",
    "SVDIFF_HEARTBEAT_INTERVAL_SECONDS": "0.5",
    "SVDIFF_MAINTENANCE_INTERVAL_SECONDS": "0.5",
    "SVDIFF_RETRY_SECONDS": "0.1",
    "OMP_NUM_THREADS": "1",
}


def svdiff(*arguments: str) -> str:
    """Run a command; its standard output."""
    run = subprocess.run(
        [*SVDIFF, *arguments], env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def eventually(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true answer within the time."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return answer


class Up:
    """One `svdiff up`."""

    def __init__(self, data: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._out = data.with_suffix(".out")
        command = [*SVDIFF, "up", "--data", str(data), "--port", str(port)]
        with self._out.open("w") as out:
            self.process = subprocess.Popen(
                command, env=os.environ | ENVIRONMENT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        eventually(lambda: "is ready" in self.output)

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._out.read_text()

    def key(self) -> str:
        """The key that a first start prints."""
        (line,) = [line for line in self.output.splitlines() if line.startswith("API key")]
        return line.split()[-1]

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(60) == 0, self.output


class Client:
    """A client app."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def fine_tune(self, base: str, **recipe: object) -> str:
        """Upload two pictures and ask for a fine-tune; the job's id."""
        files = [self.http.post("/v1/images", files={"file": ("a.png", png(color))}) for color in ("tan", "brown")]
        subject = {
            "images": [file.json()["id"] for file in files],
            "instance_prompt": "a photo of a sks dog",
            "class_prompt": "a photo of a dog",
        }
        answer = self.http.post("/v1/fine-tunes", json={"base": base, "subjects": [subject], "seed": 3} | recipe)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is now."""
        job: dict[str, Any] = self.http.get(f"/v1/jobs/{job_id}").json()
        return job

    def ended(self, job_id: str, seconds: float = 90.0) -> dict[str, Any]:
        """The job once it has ended."""
        ended: dict[str, Any] = eventually(lambda: (job := self.job(job_id))["ended_at"] and job, seconds)
        return ended

    def shift_file(self, job: dict[str, Any]) -> bytes:
        """The file of a fine-tune's shift."""
        shift = job["result"]["shift"]["id"]
        return self.http.get(f"/v1/shifts/{shift}/file", follow_redirects=True).raise_for_status().content


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """An empty folder with a short path that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="up", dir="/tmp"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)
