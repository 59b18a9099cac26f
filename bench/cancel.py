"""How soon a cancel takes effect in a training, with the broker up and with it stopped.

    python -m bench.cancel --times 8 --out bench/results/cancel.csv

Starts the whole local service, trains the emoji base on the demo's pictures, and cancels each fine-tune at another
step. The seconds are from the call to the `canceled` event's time; the promise is one step and half a second, and one
heartbeat and one step where the broker does not speak.
"""

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.table import append
from demo.client import Client
from demo.service import service
from service.local.connect import settings_for_stack
from service.local.stack import running_addresses
from service.settings import Settings

ROOT = Path(__file__).parents[1]
FIELDS = ("broker", "times", "step_seconds", "median_seconds", "worst_seconds", "promise_seconds")
SUBJECT = {"instance_prompt": "a photo of a sks dog", "class_prompt": "a photo of a dog"}


def main() -> None:
    """Measure, print, and add two rows to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=8)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as running:
        client = Client(running.url, running.key)
        http = httpx.Client(base_url=running.url, headers={"Authorization": f"Bearer {running.key}"}, timeout=30)
        images = [client.upload(path) for path in sorted((ROOT / "demo" / "pictures").glob("*.png"))]
        heartbeat = Settings().heartbeat_interval_seconds
        rows.append(measure(http, images, arguments.times) | {"broker": "up", "grace": 0.5})
        with stopped_broker(Path(folder)):
            rows.append(measure(http, images, arguments.times) | {"broker": "stopped", "grace": heartbeat})
    for row in rows:
        row["promise_seconds"] = round(row["step_seconds"] + row.pop("grace"), 2)
        print(row)
        if arguments.out:
            append(arguments.out, FIELDS, row)


@contextmanager
def stopped_broker(data: Path) -> Iterator[None]:
    """The local broker as after SIGSTOP: it accepts connections, and never answers."""
    addresses = running_addresses(data)
    if addresses is None:
        raise RuntimeError("the stack does not run")
    settings = settings_for_stack(Settings(), addresses, data)
    pid = broker_pid(settings)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def broker_pid(settings: Settings) -> int:
    """The process of the broker, which it tells itself."""
    from service.infra.broker import connect

    return int(connect(settings).info("server")["process_id"])


def measure(http: httpx.Client, images: list[str], times: int) -> dict[str, Any]:
    """Cancel so many fine-tunes, each a little later."""
    seconds, steps = [], []
    for number in range(times):
        job = http.post("/v1/fine-tunes", json={"base": "emoji", "subjects": [SUBJECT | {"images": images}]}).json()
        step_seconds = wait_for_step(http, job["id"], 8 + 3 * number)
        asked = time.time()
        http.post(f"/v1/jobs/{job['id']}/cancel").raise_for_status()
        seconds.append(ended_at(http, job["id"]) - asked)
        steps.append(step_seconds)
    return {
        "times": times,
        "step_seconds": round(statistics.median(steps), 3),
        "median_seconds": round(statistics.median(seconds), 3),
        "worst_seconds": round(max(seconds), 3),
    }


def wait_for_step(http: httpx.Client, job_id: str, step: int) -> float:
    """Follow the job until it has trained so many steps; the seconds of a step."""
    with http.stream("GET", f"/v1/jobs/{job_id}/events") as answer:
        for line in answer.iter_lines():
            told: Mapping[str, Any] = json.loads(line[6:]) if line.startswith("data: ") else {}
            if told.get("phase") == "training" and told["step"] >= step and "seconds_per_step" in told:
                return float(told["seconds_per_step"])
    raise RuntimeError("the fine-tune ended before its time")


def ended_at(http: httpx.Client, job_id: str) -> float:
    """When the job was canceled, in seconds of the clock that this machine's database shares."""
    while True:
        job = http.get(f"/v1/jobs/{job_id}").json()
        if job["ended_at"]:
            if job["status"] != "canceled":
                raise RuntimeError(f"the job is {job['status']}")
            return datetime.fromisoformat(job["ended_at"]).timestamp()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
