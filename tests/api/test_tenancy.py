"""Another tenant's things do not exist, by any route."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from api.main import create
from service.infra.database import Database
from service.settings import Settings
from service.tables import Artifact, Image, Job, JobEvent, ShiftRow
from tests.api.conftest import Hands, Worker
from tests.conftest import Customer

Operation = tuple[str, str]


def operations() -> Iterator[Operation]:
    """Every method and path of the OpenAPI document."""
    document: dict[str, Any] = create(Settings()).openapi()
    for path, methods in document["paths"].items():
        yield from ((method.upper(), path) for method in methods)


WITH_AN_ID = sorted(one for one in operations() if "{" in one[1])
LISTS = sorted(one for one in operations() if one[0] == "GET" and "{" not in one[1] and one[1].startswith("/v1/"))
BODIES: dict[str, dict[str, Any]] = {"PATCH": {}}  # a method that takes one asks for it before anything is looked for
EVERY_V1 = sorted(one for one in operations() if one[1].startswith("/v1/"))


@pytest.fixture
def belongings(hands: Hands, worker: Worker, alice: Customer) -> dict[str, str]:
    """One of each thing that alice can have, by the name of its parameter in a path."""
    job = hands.fine_tune(alice)
    shift = worker.make_shift(alice)
    image = job["spec"]["subjects"][0]["images"][0]
    return {"job_id": job["id"], "shift_id": shift, "image_id": image} | hands.webhook(alice) | hands.batch(alice)


@pytest.mark.parametrize(("method", "path"), WITH_AN_ID)
def test_another_tenants_id_is_not_found(
    method: str, path: str, client: TestClient, belongings: dict[str, str], alice: Customer, bob: Customer
) -> None:
    """404 with B's key; with A's key the thing is still there. A parameter without a thing here fails the test."""
    url = path.format(**belongings)
    answer = client.request(method, url, json=BODIES.get(method), headers=bob.headers, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    thing = "/".join(url.split("/")[:4])
    assert client.get(thing, headers=alice.headers).status_code == 200


@pytest.mark.parametrize(("method", "path"), WITH_AN_ID)
@pytest.mark.parametrize("wrong", ["nonsense", "job_zzzzzzzzzzzzzzzzzzzzzzzzzz", "img_01", "%00", "shf_" + "0" * 26])
def test_what_is_no_id_is_not_found(method: str, path: str, wrong: str, client: TestClient, alice: Customer) -> None:
    """A malformed id, one of another kind and an unknown one all name nothing."""
    url = re.sub(r"\{\w+\}", wrong, path)
    assert client.request(method, url, json=BODIES.get(method), headers=alice.headers).status_code == 404


@pytest.mark.parametrize(("method", "path"), LISTS)
def test_lists_have_nothing_of_another_tenant(
    method: str, path: str, client: TestClient, belongings: dict[str, str], bob: Customer
) -> None:
    """B's lists are empty where A has something; bases belong to all."""
    listed = client.request(method, path, headers=bob.headers).json()["data"]
    assert listed == [] or path == "/v1/bases"


@pytest.mark.parametrize(("method", "path"), EVERY_V1)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer svdiff_wrong"}, {"Authorization": "Basic eDp5"}])
def test_no_route_works_without_a_key(method: str, path: str, header: dict[str, str], client: TestClient) -> None:
    """401, and the scheme that is asked for."""
    url = re.sub(r"\{\w+\}", "job_1", path)
    answer = client.request(method, url, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("table", [Artifact, Image, Job, JobEvent, ShiftRow])
def test_row_level_security_holds_without_a_filter(
    table: type[Any], database: Database, belongings: dict[str, str], alice: Customer, bob: Customer
) -> None:
    """A query that forgot the tenant sees nothing of A in B's scope, and nothing at all in no scope."""
    with database.tenant(alice.id) as scope:
        assert scope.session.scalars(select(table)).first() is not None
    with database.tenant(bob.id) as scope:
        assert scope.session.scalars(select(table)).all() == []
    with database.app() as session:
        assert session.scalars(select(table)).all() == []


def test_another_tenants_row_cannot_be_written(database: Database, belongings: dict[str, str], bob: Customer) -> None:
    """An UPDATE without a filter changes no row of A in B's scope."""
    with database.tenant(bob.id) as scope:
        changed = scope.session.execute(text("UPDATE shifts SET name = 'stolen' RETURNING id")).all()
    assert changed == []


def test_another_tenants_id_in_a_body_is_as_an_unknown_one(
    client: TestClient, hands: Hands, belongings: dict[str, str], bob: Customer
) -> None:
    """The same 422 with the same words for A's shift and picture and for those that nobody has."""
    for theirs, nobodys in ((belongings["shift_id"], "shf_" + "0" * 26), (belongings["image_id"], "img_" + "0" * 26)):
        answers = []
        for thing in (theirs, nobodys):
            if thing.startswith("shf"):
                body = {"base": hands.base, "prompt": "x", "shifts": [{"id": thing, "weight": 1}]}
                answer = client.post("/v1/generations", json=body, headers=bob.headers)
            else:
                answer = client.post("/v1/fine-tunes", json=hands.fine_tune_body(thing), headers=bob.headers)
            answers.append((answer.status_code, answer.json() | {"request_id": None}))
        assert answers[0] == answers[1]
        assert answers[0][0] == 422
        assert answers[0][1]["code"] == "unknown_reference"
