"""What a client app does: upload, ask, follow, fetch. Nothing here knows more than the API's documentation."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

Job = Mapping[str, Any]


class Client:
    """A client of one tenant."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def upload(self, picture: Path) -> str:
        """Upload a picture; its id."""
        with picture.open("rb") as file:
            answer = self._http.post("/v1/images", files={"file": (picture.name, file, "image/png")})
        return str(checked(answer)["id"])

    def submit(self, route: str, body: Mapping[str, Any]) -> str:
        """Ask for a job; its id."""
        return str(checked(self._http.post(route, json=body))["id"])

    def job(self, job_id: str) -> Job:
        """The job as it is now."""
        return checked(self._http.get(f"/v1/jobs/{job_id}"))

    def follow(self, job_id: str, tell: Callable[[str, Mapping[str, Any]], None]) -> Job:
        """Tell each event as it comes; the job once it has ended. A stream that breaks is taken up where it broke."""
        seen = "0"
        while True:
            try:
                for number, kind, data in self._events(job_id, seen):
                    tell(kind, data)
                    seen = number
            except httpx.TransportError:
                time.sleep(0.5)
            job = self.job(job_id)
            if job["ended_at"] is not None:
                return job

    def download(self, url: str) -> bytes:
        """The bytes behind a result's link, which needs no key."""
        return httpx.get(url, timeout=30).raise_for_status().content

    def _events(self, job_id: str, last: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        headers = {"Last-Event-ID": last}
        with self._http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers, timeout=60) as stream:
            stream.raise_for_status()
            fields: dict[str, str] = {}
            for line in stream.iter_lines():
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif not line and "data" in fields:
                    yield fields["id"], fields["event"], json.loads(fields["data"])
                    fields = {}


def checked(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON; SystemExit with the service's own sentence if it refused."""
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise SystemExit(f"The service refused: {answer.status_code} {body.get('detail')}")
    return body
