"""How long a batch takes to be accepted and canceled, and what it costs the API's memory and other requests.

    python -m bench.batch --lines 1000 10000 50000 --out bench/results/batch.csv

The real local stack, one API process, upkeep and beat as `svdiff up` starts them, and no device: nothing runs, all
of it waits. One line in a hundred is a fine-tune, and every tenth generation names the last of these. While the batch
comes in, another tenant asks for pictures, up to fifty a second and one at a time: `other_*_ms` is what those took,
`alone_*_ms` what they took in the seconds before.
`rss_*_mb` is the API process's resident memory, sampled twenty times a second.
"""

import argparse
import csv
import io
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from service import tenants
from service.infra.database import Database
from service.local.connect import local_stack, settings_for_stack
from service.local.supervisor import Program
from service.local.up import prepare_schema, programs
from service.settings import Settings

PORT = 8091
ALONE_SECONDS = 5.0
JSONL = {"Content-Type": "application/jsonl"}
FIELDS = (
    *("lines", "megabytes", "accept_seconds", "rss_before_mb", "rss_peak_mb", "rss_after_mb"),
    *("alone_median_ms", "alone_p99_ms", "other_median_ms", "other_p99_ms"),
    *("cancel_answer_seconds", "cancel_seconds"),
    *("errors_seconds", "errors_lines", "load_before", "load_after", "cpus"),
)


def main() -> None:
    """Measure each size, print, and add the rows to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[1000, 10_000, 50_000])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with service() as (client, other, pid):
        image = upload(client)
        warm_up(client, image)
        for lines in arguments.lines:
            row = measure(client, other, pid, file_of(lines, image))
            print(json.dumps(row), flush=True)
            if arguments.out:
                append(arguments.out, row)


@contextmanager
def service() -> Iterator[tuple[httpx.Client, httpx.Client, int]]:
    """The clients of two tenants, and the API's process id."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = stack.enter_context(local_stack(folder, Settings()))
        settings = settings_for_stack(Settings(), servers.start(), folder)
        prepare_schema(settings)
        keys = [key_of(settings, name) for name in ("one", "other")]
        processes = [stack.enter_context(running(program)) for program in chosen(settings)]
        one, other = (stack.enter_context(client_of(key)) for key in keys)
        until(lambda: answers(one))
        yield one, other, processes[0].pid


def client_of(key: str) -> httpx.Client:
    """A client with the key."""
    return httpx.Client(base_url=f"http://127.0.0.1:{PORT}", headers={"Authorization": f"Bearer {key}"}, timeout=600)


def chosen(settings: Settings) -> list[Program]:
    """Everything but the device; the API first."""
    return [program for program in programs(settings, "127.0.0.1", PORT) if program.name != "device"]


@contextmanager
def running(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """The program, for as long as the block lasts."""
    process = subprocess.Popen(
        program.argv, env=os.environ | dict(program.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def key_of(settings: Settings, name: str) -> str:
    """The key of a new tenant that may have a million jobs waiting."""
    database = Database.from_settings(settings)
    large = settings.model_copy(update={"tenant_max_pending": 10**6, "tenant_max_batch_pending": 10**6})
    tenants.create_tenant(database, large, name)
    key = tenants.create_key(database, name)
    database.close()
    return key


def until(done: Callable[[], bool], patience: float = 600.0) -> None:
    """Return once it is done."""
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.5)


def answers(client: httpx.Client) -> bool:
    """Whether the API serves."""
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def upload(client: httpx.Client) -> str:
    """The id of a picture to train on."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "tan").save(buffer, "PNG")
    answer = client.post("/v1/images", files={"file": ("dog.png", buffer.getvalue())})
    return str(answer.raise_for_status().json()["id"])


def warm_up(client: httpx.Client, image: str) -> None:
    """What a process does the first time it would else count as the first batch's."""
    answer = client.post("/v1/batches", content=file_of(200, image), headers=JSONL).raise_for_status()
    cancel(client, answer.json()["id"])


def file_of(lines: int, image: str) -> bytes:
    """The file: a fine-tune in each hundred lines, and generations, every tenth with the newest fine-tune's shift."""
    return b"".join(json.dumps(line_of(number, image)).encode() + b"\n" for number in range(lines))


def line_of(number: int, image: str) -> dict[str, Any]:
    """One line, of some 200 bytes."""
    if number % 100 == 0:
        words = {"instance_prompt": "a photo of a sks dog", "class_prompt": "a photo of a dog"}
        body: dict[str, Any] = {"base": "emoji", "name": f"dog {number}", "subjects": [{"images": [image], **words}]}
        return {"custom_id": f"train-{number}", "kind": "fine_tune", "body": body}
    body = {"base": "emoji", "prompt": f"a photo of a sks dog on the beach, number {number}, at sunset", "seed": number}
    if number % 10 == 0:
        body["shifts"] = [{"custom_id": f"train-{number - number % 100}", "weight": 0.9}]
    return {"custom_id": f"picture-{number}", "kind": "generation", "body": body}


def measure(client: httpx.Client, other: httpx.Client, pid: int, file: bytes) -> dict[str, Any]:
    """One batch from its first byte to the end of its cancel."""
    row: dict[str, Any] = {"lines": file.count(b"\n"), "megabytes": round(len(file) / 2**20, 1), "cpus": cpus()}
    row |= {"load_before": round(os.getloadavg()[0], 1), "rss_before_mb": rss_mb(pid)}
    with sampled(lambda: ask_ms(other), 0.02) as alone:
        time.sleep(ALONE_SECONDS)
    with sampled(lambda: rss_mb(pid), 0.05) as memory, sampled(lambda: ask_ms(other), 0.02) as asked:
        begun = time.perf_counter()
        answer = client.post("/v1/batches", content=pieces(file), headers=JSONL)
        row["accept_seconds"] = round(time.perf_counter() - begun, 2)
    batch_id = answer.raise_for_status().json()["id"]
    row |= {"rss_peak_mb": max(memory), "rss_after_mb": rss_mb(pid)}
    row |= spread("alone", alone) | spread("other", asked)
    row |= cancel(client, batch_id) | read_errors(client, batch_id)
    return row | {"load_after": round(os.getloadavg()[0], 1)}


def spread(name: str, times: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    return {
        f"{name}_median_ms": round(statistics.median(times), 1),
        f"{name}_p99_ms": sorted(times)[int(0.99 * (len(times) - 1))],
    }


def pieces(file: bytes) -> Iterator[bytes]:
    """The file as a client streams it, without a declared length."""
    for start in range(0, len(file), 2**16):
        yield file[start : start + 2**16]


@contextmanager
def sampled(measure_one: Callable[[], float], pause: float) -> Iterator[list[float]]:
    """What a thread measures again and again for as long as the block lasts, at least once."""
    found: list[float] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.is_set() or not found:
            found.append(measure_one())
            stop.wait(pause)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1]
    return round(int(status.split()[0]) / 1024, 1)


def ask_ms(client: httpx.Client) -> float:
    """How long a single generation takes to be accepted."""
    begun = time.perf_counter()
    client.post("/v1/generations", json={"base": "emoji", "prompt": "a cat"}).raise_for_status()
    return round(1000 * (time.perf_counter() - begun), 1)


def cancel(client: httpx.Client, batch_id: str) -> dict[str, float]:
    """Cancel the whole, and wait for upkeep to end it."""
    begun = time.perf_counter()
    client.post(f"/v1/batches/{batch_id}/cancel").raise_for_status()
    answered = time.perf_counter() - begun
    until(lambda: client.get(f"/v1/batches/{batch_id}").json()["status"] == "ended")
    return {"cancel_answer_seconds": round(answered, 2), "cancel_seconds": round(time.perf_counter() - begun, 1)}


def read_errors(client: httpx.Client, batch_id: str) -> dict[str, float]:
    """Read every line's end."""
    begun = time.perf_counter()
    lines = client.get(f"/v1/batches/{batch_id}/errors").raise_for_status().text.count("\n")
    return {"errors_seconds": round(time.perf_counter() - begun, 1), "errors_lines": lines}


def cpus() -> int:
    """How many this program may use; the servers that it starts have no more."""
    return len(os.sched_getaffinity(0))


def append(path: Path, row: dict[str, Any]) -> None:
    """Add the row."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
