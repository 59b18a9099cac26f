"""A tenant's errands, one after the other, in a thread of its own."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.traffic.batch_file import batch_file
from tests.chaos.traffic.client import Answer, Client
from tests.chaos.traffic.plan import EMOJI, TINY, Errand, Recipe, Task
from tests.pictures import png

ANY_BASE = 0.2  # of the fine-tunes: on any base, and not on the tiny one
LOST_SHARE = 0.1  # of the POSTs, whose answer is lost
DEADLINES = (1, 2, 5, 20, 120)


class Customer:
    """Asks for jobs when its gate lets it, cancels some, pauses some, and uses what its fine-tunes made."""

    def __init__(self, client: Client, tasks: list[Task], pool: list[Recipe], gate: Callable[[], None]) -> None:
        self._client, self._tasks, self._pool, self._gate = client, tasks, pool, gate
        self._images: list[str] = []
        self._trained: dict[str, list[str]] = {TINY: [], EMOJI: []}  # fine-tunes asked for, by base
        self._rng = random.Random(0)
        self.done = 0

    def settle_in(self, receiver: str, secrets: Path) -> None:
        """Register a webhook and upload two pictures."""
        name = self._client.tenant
        (secrets / name).write_text(self.register(f"{receiver}/{name}"))
        for color in ("tan", "brown"):
            files = {"file": ("a.png", png(color))}
            answer = self._client.post("/v1/images", told="image", expected=(201,), lost=True, files=files)
            self._images.append(answer.body["id"])

    def register(self, url: str) -> str:
        """A webhook there; its secret."""
        answer = self._client.post(
            "/v1/webhooks", told="webhook endpoint", expected=(201,), lost=True, json={"url": url}
        )
        return str(answer.body["secret"])

    def work(self) -> None:
        """Do every task."""
        for task in self._tasks:
            self._gate()
            self._rng = random.Random(task.seed)
            self._do(task.errand)
            self.done += 1

    def fine_tune(self, recipe: Recipe, *, lost: bool = False, **facts: Any) -> str:
        """Ask for a fine-tune; the job's id."""
        body = recipe.body(self._images)
        answer = self._post("/v1/fine-tunes", body, lost=lost, recipe=recipe.name, **facts)
        self._trained[recipe.base].append(answer.body["id"])
        return str(answer.body["id"])

    def cancel(self, job_id: str) -> None:
        """Ask for its end."""
        self._ask(job_id, "cancel")

    def _do(self, errand: Errand) -> None:  # noqa: C901 — one case an errand
        match errand:
            case Errand.GENERATION:
                self._generate(TINY)
            case Errand.EMOJI_GENERATION:
                self._generate(EMOJI)
            case Errand.EXPIRING:
                self._generate(TINY, expires_in=self._rng.choice(DEADLINES))
            case Errand.CANCELED:
                self._cancel_soon(self._generate(TINY))
            case Errand.SHIFTED:
                self._generate_with_shift()
            case Errand.FINE_TUNE:
                self.fine_tune(self._recipe(), lost=self._lost())
            case Errand.PAUSED:
                self._pause_and_resume(self.fine_tune(self._recipe(), lost=self._lost()))
            case Errand.STOPPED:
                self._cancel_soon(self.fine_tune(self._recipe(), lost=self._lost()))
            case Errand.BATCH:
                self._batch()
            case Errand.DROPPED:
                self._drop_soon(self._batch())

    def _generate(self, base: str, **more: Any) -> str:
        rng = self._rng
        body = {"base": base, "prompt": "a photo of a dog in the snow", "seed": rng.randrange(2**31)}
        sizes = {"steps": rng.randint(1, 4), "n": rng.choice((1, 1, 1, 2))}
        return str(self._post("/v1/generations", body | sizes | more, lost=self._lost()).body["id"])

    def _generate_with_shift(self) -> None:
        """With the shift of one of its own fine-tunes; without one while none has succeeded."""
        base = EMOJI if self._trained[EMOJI] and self._rng.random() < ANY_BASE else TINY
        for job_id in self._rng.sample(self._trained[base], min(3, len(self._trained[base]))):
            result = self._client.get(f"/v1/jobs/{job_id}")["result"]
            if result:
                self._generate(base, shifts=[{"id": result["shift"]["id"], "weight": 0.8}])
                return
        self._generate(base)

    def _cancel_soon(self, job_id: str) -> None:
        self._client.wait(self._rng.choice((0.0, 0.2, 0.5, 1.0, 3.0)))
        self.cancel(job_id)

    def _pause_and_resume(self, job_id: str) -> None:
        """Whatever happens, it is not left paused."""
        self._client.wait(self._rng.choice((0.0, 0.5, 1.0, 3.0)))
        if self._ask(job_id, "pause").status != 200:
            return
        self._client.wait(self._rng.choice((0.0, 0.5, 1.0)))
        self._client.until(lambda: self._resumed(job_id))

    def _resumed(self, job_id: str) -> bool:
        """Whether it goes on, or has ended; a job that is still `pausing` cannot be resumed yet."""
        if self._ask(job_id, "resume").status == 200:
            return True
        return self._client.get(f"/v1/jobs/{job_id}")["status"] not in {"pausing", "paused"}

    def _batch(self) -> str:
        content = batch_file([self._recipe(), self._recipe()], self._images, self._rng)
        answer = self._client.post(
            "/v1/batches",
            told="batch",
            expected=(202,),
            lost=self._lost(),
            headers={"Content-Type": "application/jsonl"},
            content=content.text,
            facts={"lines": content.recipes},
        )
        return str(answer.body["id"])

    def _drop_soon(self, batch_id: str) -> None:
        self._client.wait(self._rng.choice((0.0, 0.5, 2.0, 8.0)))
        path = f"/v1/batches/{batch_id}/cancel"
        self._client.post(path, told="batch cancel", expected=(200, 409), lost=self._lost())

    def _ask(self, job_id: str, verb: str) -> Answer:
        path = f"/v1/jobs/{job_id}/{verb}"
        return self._client.post(path, told=verb, expected=(200, 409), lost=self._lost())

    def _post(self, path: str, body: dict[str, Any], *, lost: bool, **facts: Any) -> Answer:
        return self._client.post(path, told="job", expected=(202,), lost=lost, json=body, facts=facts)

    def _recipe(self) -> Recipe:
        """Mostly one of the tiny base's."""
        quick = [recipe for recipe in self._pool if recipe.base == TINY]
        return self._rng.choice(self._pool if self._rng.random() < ANY_BASE else quick)

    def _lost(self) -> bool:
        return self._rng.random() < LOST_SHARE
