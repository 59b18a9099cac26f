"""How many files and functions of the project a call passes through, counted on real calls.

    python -m bench.call_paths
    python -m bench.call_paths --list > paths.txt

The real local servers, the application in this process, and one slot of a device worker that samples with the base that
ships. Each walk is walked once before it is counted, so that nothing is imported, loaded or connected for the first
time in it. A profiling hook notes each function of the project when it is first entered.

What counts as a function is a file and a qualified name in one of the project's packages: functions, methods,
properties, generators, lambdas and generator expressions that are entered. List, set and dict comprehensions belong to
the function that they stand in, as Python has it from 3.12 on; code that `dataclass` and the like write has no file;
bodies of modules and classes are no functions.

What counts as a part of the walk is what the call's own threads do, and those that it starts. Threads that stand by
before it, such as the notifier's and the event hub's, are left out: what they do meanwhile is a matter of time.

| walk | from | to |
|---|---|---|
| post, row written | the request, with a key of its own and one shift | the statement after the job row's INSERT |
| post | the same | the commit |
| get | the request for a job that waits | the commit |
| cancel | the request, with a key of its own, for a job that waits | the commit |
| job | a slot's claim | the job's end; a picture without a shift |
| job with a shift | the same | the same, with one shift |
"""

import argparse
import io
import itertools
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import structlog
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, event

# All that this program knows of the project's modules.
from api.main import create
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.local.connect import local_stack, settings_for_stack
from service.local.up import prepare_installation
from service.settings import Settings
from worker.slot import Slot

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = tuple(f"{ROOT / name}/" for name in ("api", "service", "worker", "svdiff_core", "migrations"))
PARTS_OF_OTHERS = frozenset({"<module>", "<listcomp>", "<setcomp>", "<dictcomp>"})
SERVING = ("MainThread", "asyncio-portal", "AnyIO worker")  # threads that stand by for the calls themselves
ROW = re.compile(r"\s*INSERT INTO jobs\b")
BASE = "emoji"
# Each poll checks in and each step is reported, and no heartbeat falls into a walk, however long it takes.
TIMES: dict[str, Any] = {
    "poll_interval_seconds": 0.0,
    "progress_interval_seconds": 0.0,
    "heartbeat_interval_seconds": 300.0,
    "lease_seconds": 900.0,
}
SUBJECT = {"instance_prompt": "a photo of a sks dog", "class_prompt": "a photo of a dog"}


class Function(NamedTuple):
    """A function of the project."""

    file: str
    name: str


@dataclass
class Notes:
    """The functions of one walk in the order of their first calls, and how many there were at two moments."""

    bystanders: frozenset[int]
    functions: dict[Function, None] = field(default_factory=dict)
    row_sent: bool = False
    row_written: int | None = None
    committed: int | None = None

    def until(self, count: int | None) -> Sequence[Function]:
        """The first ones."""
        if not count:
            raise RuntimeError("the walk ended before what it was to be counted to")
        return list(self.functions)[:count]


class Recorder:
    """The hook of every thread; it notes nothing unless a walk is being counted."""

    def __init__(self) -> None:
        self._notes: Notes | None = None

    def install(self) -> None:
        """Watch every thread that is started from now on, and what all of them say to the database."""
        threading.setprofile(self._enter)
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    def count(self, walk: Callable[[], object]) -> Notes:
        """Walk once, from this thread, and note it."""
        others = (thread.ident for thread in threading.enumerate() if not thread.name.startswith(SERVING))
        notes = self._notes = Notes(frozenset(ident for ident in others if ident is not None))
        sys.setprofile(self._enter)
        try:
            walk()
        finally:
            sys.setprofile(None)
            self._notes = None
        return notes

    def _here(self) -> Notes | None:
        """The notes of the walk, if this thread is part of one."""
        notes = self._notes
        return None if notes is None or threading.get_ident() in notes.bystanders else notes

    def _enter(self, frame: FrameType, what: str, _: object) -> None:
        code = frame.f_code
        if what != "call" or self._notes is None or not code.co_filename.startswith(PACKAGES):
            return
        notes = self._here()
        if notes is not None and code.co_name not in PARTS_OF_OTHERS:
            file = str(Path(code.co_filename).relative_to(ROOT))
            notes.functions.setdefault(Function(file, code.co_qualname))

    def _statement(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        notes = self._here()
        if notes is None:
            return
        if notes.row_sent and notes.row_written is None:
            notes.row_written = len(notes.functions)
        notes.row_sent = notes.row_sent or ROW.match(statement) is not None

    def _commit(self, _connection: object) -> None:
        notes = self._here()
        if notes is not None:
            notes.committed = len(notes.functions)


class Site:
    """The service in this process, and its one customer."""

    def __init__(self, client: TestClient, slot: Slot) -> None:
        self._client = client
        self._slot = slot
        self._keys = itertools.count()

    def post(self, path: str, **sent: Any) -> dict[str, Any]:
        """What a POST made."""
        headers = {"Idempotency-Key": f"call-{next(self._keys)}"}
        answer: dict[str, Any] = self._client.post(path, headers=headers, **sent).raise_for_status().json()
        return answer

    def get(self, job: str) -> dict[str, Any]:
        """A job."""
        answer: dict[str, Any] = self._client.get(f"/v1/jobs/{job}").raise_for_status().json()
        return answer

    def cancel(self, job: str) -> dict[str, Any]:
        """A job, canceled."""
        return self.post(f"/v1/jobs/{job}/cancel")

    def generate(self, *shifts: str) -> str:
        """The id of a generation that waits."""
        body = {"base": BASE, "prompt": "a photo of a sks dog", "steps": 2, "shifts": [{"id": one} for one in shifts]}
        return str(self.post("/v1/generations", json=body)["id"])

    def shift(self) -> str:
        """The id of a new shift, which has learned next to nothing."""
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), "tan").save(buffer, "PNG")
        image = self.post("/v1/images", files={"file": ("dog.png", buffer.getvalue())})["id"]
        body = {"base": BASE, "subjects": [SUBJECT | {"images": [image]}], "steps": 1, "prior_loss_weight": 0.0}
        job = self.post("/v1/fine-tunes", json=body)["id"]
        self.work()
        return str(self.ended(job)["result"]["shift"]["id"])

    def ended(self, job: str) -> dict[str, Any]:
        """A job that has succeeded."""
        told = self.get(job)
        if told["status"] != "succeeded":
            raise RuntimeError(f"the job is {told['status']}: {told['error']}")
        return told

    def work(self) -> None:
        """Have the slot do all the work there is."""
        self._slot.run_until_idle()

    def work_once(self) -> None:
        """Have the slot claim one job, and do it."""
        self._slot.run_one()


@contextmanager
def site() -> Iterator[Site]:
    """Servers in a folder that is gone afterwards, the application and a slot on them."""
    folder = Path(tempfile.mkdtemp(prefix="svdiff-bench-"))
    folder.chmod(0o711)  # Postgres may run as another user
    configured = Settings(**TIMES)
    try:
        with ExitStack() as stack:
            servers = stack.enter_context(local_stack(folder / "data", configured))
            settings = settings_for_stack(configured, servers.start(), folder / "data")
            headers = {"Authorization": f"Bearer {prepare_installation(settings)}"}
            database = stack.enter_context(closing(Database.from_settings(settings)))
            notifier = stack.enter_context(closing(Notifier(settings)))
            client = stack.enter_context(TestClient(create(settings), headers=headers))
            yield Site(client, Slot("cpu", database, ObjectStore(settings), settings, notifier))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(recorder: Recorder, place: Site) -> dict[str, Sequence[Function]]:
    """The functions of each walk."""
    shift = place.shift()
    post = second(recorder, lambda: None, lambda _: place.generate(shift))
    get = second(recorder, lambda: place.generate(shift), place.get)
    cancel = second(recorder, lambda: place.generate(shift), place.cancel)
    place.work()  # what the others have left
    plain, shifted = job(recorder, place), job(recorder, place, shift)
    return {
        "post, row written": post.until(post.row_written),
        "post": post.until(post.committed),
        "get": get.until(get.committed),
        "cancel": cancel.until(cancel.committed),
        "job": list(plain.functions),
        "job with a shift": list(shifted.functions),
    }


def job(recorder: Recorder, place: Site, *shifts: str) -> Notes:
    """A slot's claim of one generation, up to the generation's end."""
    jobs: list[str] = []
    notes = second(recorder, lambda: jobs.append(place.generate(*shifts)), lambda _: place.work_once())
    for made in jobs:
        place.ended(made)
    return notes


def second(recorder: Recorder, prepared: Callable[[], Any], walk: Callable[[Any], object]) -> Notes:
    """The walk, counted the second time."""
    walk(prepared())
    thing = prepared()
    return recorder.count(lambda: walk(thing))


def table(walks: dict[str, Sequence[Function]]) -> Iterator[str]:
    """A line for each walk: all of it, and what of it is not svdiff_core's."""
    yield f"{'walk':<20}{'files':>6}{'functions':>11}{'without svdiff_core':>24}"
    for name, functions in walks.items():
        service = [one for one in functions if not one.file.startswith("svdiff_core/")]
        counts = f"{len({one.file for one in service})}, {len(service)}"
        yield f"{name:<20}{len({one.file for one in functions}):>6}{len(functions):>11}{counts:>24}"


def listing(walks: dict[str, Sequence[Function]]) -> Iterator[str]:
    """The functions of each walk; a file has a number where it is entered for the first time."""
    for name, functions in walks.items():
        numbers: dict[str, int] = {}
        yield f"\n{name}"
        for one in functions:
            new = one.file not in numbers
            number = numbers.setdefault(one.file, len(numbers) + 1)
            yield f"{number if new else '':>4}  {one.file:<36}{one.name}"


def main() -> None:
    """Count, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="also the functions, in the order of their first calls")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch is imported by the first job; so small a one needs no more
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    recorder = Recorder()
    recorder.install()
    with site() as place:
        walks = measured(recorder, place)
    lines = itertools.chain(table(walks), listing(walks) if arguments.list else ())
    print("\n".join(lines))


if __name__ == "__main__":
    main()
