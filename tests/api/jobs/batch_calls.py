"""Batches as a client sends and reads them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.api.conftest import Hands
from tests.conftest import Customer

Line = dict[str, Any]


def picture_line(custom_id: str, base: str, **body: Any) -> Line:
    """A line that asks for a picture."""
    return {
        "custom_id": custom_id,
        "kind": "generation",
        "body": {"base": base, "prompt": f"a photo of {custom_id}"} | body,
    }


def training_line(custom_id: str, hands: Hands, image: str) -> Line:
    """A line that asks for a fine-tune."""
    return {"custom_id": custom_id, "kind": "fine_tune", "body": hands.fine_tune_body(image)}


def jsonl(lines: Sequence[Line]) -> bytes:
    """The file."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@dataclass(frozen=True)
class Batches:
    """One customer's calls."""

    client: TestClient
    customer: Customer

    def send(
        self, file: bytes, *, key: str | None = None, media_type: str = "application/jsonl", **query: Any
    ) -> Response:
        """POST the file."""
        headers = self.customer.headers | {"Content-Type": media_type} | ({"Idempotency-Key": key} if key else {})
        return self.client.post("/v1/batches", content=file, headers=headers, params=query)

    def create(self, lines: Sequence[Line], **query: Any) -> dict[str, Any]:
        """The batch that was accepted."""
        answer = self.send(jsonl(lines), **query)
        assert answer.status_code == 202, answer.text
        batch: dict[str, Any] = answer.json()
        return batch

    def get(self, path: str, **query: Any) -> Response:
        """GET anything."""
        return self.client.get(path, headers=self.customer.headers, params=query)

    def lines(self, batch: dict[str, Any], what: str, **query: Any) -> list[Line]:
        """The results or the errors that have landed."""
        answer = self.get(batch[f"{what}_url"], **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/jsonl")
        return [json.loads(line) for line in answer.text.splitlines()]

    def jobs(self, batch: dict[str, Any]) -> dict[str, Line]:
        """The batch's jobs by the names of their lines."""
        page = self.get("/v1/jobs", batch=batch["id"], limit=100).json()
        return {job["custom_id"]: job for job in page["data"]}

    def assert_nothing_exists(self) -> None:
        """Neither a batch nor a job."""
        assert self.get("/v1/batches").json()["data"] == []
        assert self.get("/v1/jobs").json()["data"] == []
