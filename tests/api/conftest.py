"""The application on the real servers, and a worker that makes nothing up but the pictures."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from api.main import create
from service.assets import artifacts
from service.assets.shifts import NewShift
from service.ids import new_id, to_wire
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs import ending
from service.jobs.attempt import SAMPLE, record_samples
from service.jobs.claim import Claim, claim
from service.jobs.ending import JobResult
from service.settings import Settings
from tests.api.live import server
from tests.conftest import Customer
from tests.service.webhooks.conftest import receiver

__all__ = ["receiver"]


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """A client without a key; a fault of ours is an answer and not an exception, as in production."""
    with TestClient(create(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def live(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application in a process of its own."""
    with server(settings) as client:
        yield client


def picture(color: str = "red", side: int = 32) -> bytes:
    """A PNG."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (side, side), color).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Hands:
    """What a customer does, as far as several tests do it."""

    client: TestClient
    base: str

    def upload(self, customer: Customer, data: bytes | None = None) -> str:
        """The id of a new picture."""
        files = {"file": ("cat.png", data or picture())}
        answer = self.client.post("/v1/images", files=files, headers=customer.headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def fine_tune_body(self, image: str) -> dict[str, Any]:
        """The least that a fine-tune needs."""
        subject = {"images": [image], "instance_prompt": "photo of a sks cat", "class_prompt": "photo of a cat"}
        return {"base": self.base, "name": "Tom", "subjects": [subject]}

    def fine_tune(self, customer: Customer) -> dict[str, Any]:
        """A queued fine-tune."""
        body = self.fine_tune_body(self.upload(customer))
        return self.accepted("/v1/fine-tunes", customer, body)

    def generate(self, customer: Customer, **fields: Any) -> dict[str, Any]:
        """A queued generation."""
        body = {"base": self.base, "prompt": "a photo of a cat", "seed": 7} | fields
        return self.accepted("/v1/generations", customer, body)

    def webhook(self, customer: Customer) -> dict[str, str]:
        """The ids of a webhook and of a message to it, by the names of their parameters."""
        answer = self.client.post("/v1/webhooks", json={"url": "https://8.8.8.8/"}, headers=customer.headers)
        assert answer.status_code == 201, answer.text
        webhook = str(answer.json()["id"])
        sent = self.client.post(f"/v1/webhooks/{webhook}/test", headers=customer.headers)
        assert sent.status_code == 202, sent.text
        return {"webhook_id": webhook, "delivery_id": str(sent.json()["id"])}

    def batch(self, customer: Customer) -> dict[str, str]:
        """A batch of one line, by the name of its parameter."""
        line = {"custom_id": "one", "kind": "generation", "body": {"base": self.base, "prompt": "a cat"}}
        headers = customer.headers | {"Content-Type": "application/jsonl"}
        answer = self.client.post("/v1/batches", content=json.dumps(line).encode(), headers=headers)
        assert answer.status_code == 202, answer.text
        return {"batch_id": answer.json()["id"]}

    def accepted(self, path: str, customer: Customer, body: dict[str, Any]) -> dict[str, Any]:
        """The job that a POST made."""
        answer = self.client.post(path, json=body, headers=customer.headers)
        assert answer.status_code == 202, answer.text
        job: dict[str, Any] = answer.json()
        return job


@pytest.fixture
def hands(client: TestClient, base: str) -> Hands:
    """A customer's usual calls."""
    return Hands(client, base)


@dataclass(frozen=True)
class Worker:
    """The engine's own functions, without a device."""

    database: Database
    store: ObjectStore

    def claim(self, customer: Customer) -> Claim:
        """The customer's job that is next; those of other tests fail on the way."""
        while True:
            taken = claim(self.database, "test", 60)
            assert taken, "nothing to claim"
            if taken.tenant_id == customer.id:
                return taken
            with self.database.tenant(taken.tenant_id) as scope:
                ending.fail(scope, taken, {"code": "test", "detail": "In the way.", "retryable": False})

    def make_pictures(self, customer: Customer) -> list[str]:
        """Succeed at the customer's next generation; the keys of its pictures."""
        taken = self.claim(customer)
        stored = [
            artifacts.upload(
                self.store, customer.id, "pictures", kind="picture", data=picture("blue"), media_type="image/png"
            )
            for _ in range(taken.spec["n"])
        ]
        images = [
            {
                "id": to_wire("pic", one.id),
                "key": one.key,
                "seed": taken.spec["seed"] + i,
                "width": taken.spec["width"],
                "height": taken.spec["height"],
            }
            for i, one in enumerate(stored)
        ]
        with self.database.tenant(customer.id) as scope:
            ending.succeed(scope, taken, JobResult(stored, {"images": images}))
        return [one.key for one in stored]

    def fail(self, customer: Customer) -> None:
        """Fail at the customer's next job."""
        taken = self.claim(customer)
        with self.database.tenant(customer.id) as scope:
            ending.fail(scope, taken, {"code": "test", "detail": "It was to fail.", "retryable": False})

    def draw_sample(self, taken: Claim, step: int) -> None:
        """Draw one picture at a step of a fine-tune that runs."""
        details = {"step": step, "prompt": "photo of a sks cat", "seed": 7, "width": 32, "height": 32}
        stored = artifacts.upload(
            self.store,
            taken.tenant_id,
            "samples",
            kind=SAMPLE,
            data=picture("green"),
            media_type="image/png",
            details=details,
        )
        with self.database.tenant(taken.tenant_id) as scope:
            record_samples(scope, taken, step, [stored])

    def make_shift(self, customer: Customer, data: bytes = b"a shift's safetensors") -> str:
        """Succeed at the customer's next fine-tune; the id of its shift."""
        taken = self.claim(customer)
        stored = artifacts.upload(
            self.store, customer.id, "shifts", kind="shift", data=data, media_type="application/octet-stream"
        )
        shift_id = new_id()
        told = {"id": to_wire("shf", shift_id), "bytes": stored.bytes, "base": taken.spec["base"]}
        with self.database.tenant(customer.id) as scope:
            shift = NewShift(
                id=shift_id,
                artifact_id=stored.id,
                name=taken.spec["name"],
                base_name=taken.spec["base"],
                fingerprint=taken.fingerprint,
                words={"token": "sks"},
            )
            ending.succeed(scope, taken, JobResult([stored], {"shift": told}, shift))
        return str(told["id"])


@pytest.fixture
def worker(database: Database, store: ObjectStore) -> Worker:
    """Ends jobs as a device would."""
    return Worker(database, store)
