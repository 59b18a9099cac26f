"""The OpenAPI document and the server agree, whatever a client sends."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from api.dependencies.batch_upload import MEDIA_TYPES
from api.main import create
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.settings import Settings
from tests.api.conftest import Worker, picture
from tests.conftest import Customer, new_customer

DOCUMENT: dict[str, Any] = create(Settings()).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
BOUNDED = hypothesis_settings(
    max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
BATCH_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/BatchProblemDocument"}}}
BAD_LINES = ("post", "/v1/batches", "422")  # where the problem document tells of lines too


@schemathesis.serializer(*MEDIA_TYPES)
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """The generated text as a batch's file."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def customer(database: Database, settings: Settings, base: str) -> Customer:
    """The tenant that all of the generated calls act for."""
    return new_customer(database, settings)


@pytest.fixture(scope="module")
def belongings(
    live: httpx.Client, database: Database, store: ObjectStore, base: str, customer: Customer
) -> dict[str, str]:
    """A picture, a shift, a job with a result and a message to a webhook, by the names of their parameters."""
    worker, headers = Worker(database, store), customer.headers
    image = live.post("/v1/images", files={"file": picture()}, headers=headers).json()["id"]
    subject = {"images": [image], "instance_prompt": "a sks cat", "class_prompt": "a cat"}
    live.post("/v1/fine-tunes", json={"base": base, "subjects": [subject]}, headers=headers)
    shift = worker.make_shift(customer)
    job = live.post("/v1/generations", json={"base": base, "prompt": "a cat", "n": 2}, headers=headers).json()["id"]
    worker.make_pictures(customer)
    for one in live.get("/v1/webhooks", headers=headers).json()["data"]:  # the generated calls made all there may be
        live.delete(f"/v1/webhooks/{one['id']}", headers=headers)
    webhook = live.post("/v1/webhooks", json={"url": "https://8.8.8.8/"}, headers=headers).json()["id"]
    delivery = live.post(f"/v1/webhooks/{webhook}/test", headers=headers).json()["id"]
    things = {"image_id": image, "shift_id": shift, "job_id": job, "webhook_id": webhook, "delivery_id": delivery}
    return things | {"batch_id": batch_of_one(live, base, customer)}


def batch_of_one(live: httpx.Client, base: str, customer: Customer) -> str:
    """The id of a batch of one line."""
    line = f'{{"custom_id": "one", "kind": "generation", "body": {{"base": "{base}", "prompt": "a cat"}}}}'
    headers = customer.headers | {"Content-Type": "application/jsonl"}
    return str(live.post("/v1/batches", content=line.encode(), headers=headers).json()["id"])


@SCHEMA.parametrize()
@BOUNDED
def test_no_call_is_a_fault_of_ours(case: Case[Any], live: httpx.Client, customer: Customer) -> None:
    """Generated calls, valid and invalid, get documented answers of the documented form, and never a 5xx."""
    response = case.call(base_url=str(live.base_url), headers=customer.headers, timeout=20)
    beyond_the_schema: list[CheckFunction] = [positive_data_acceptance]  # an id or a base that nobody has is a 422
    if case.method == "GET":
        beyond_the_schema.append(negative_data_rejection)  # unknown parameters of a query are let pass
    case.validate_response(response, excluded_checks=beyond_the_schema)


@SCHEMA.include(path_regex=r"\{").parametrize()
@BOUNDED
def test_what_exists_is_told_as_documented(
    case: Case[Any], live: httpx.Client, customer: Customer, belongings: dict[str, str]
) -> None:
    """The same with ids that name something, so that the answers are resources and not only 404."""
    case.path_parameters = {name: belongings[name] for name in case.path_parameters}
    response = case.call(base_url=str(live.base_url), headers=customer.headers, timeout=20, allow_redirects=False)
    beyond_the_schema: list[CheckFunction] = [positive_data_acceptance, negative_data_rejection]
    if case.path.endswith("/events"):
        beyond_the_schema.append(response_schema_conformance)  # OpenAPI 3.1 has no words for the items of a stream
    case.validate_response(response, excluded_checks=beyond_the_schema)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its method and path."""
    for path, methods in DOCUMENT["paths"].items():
        yield from ((method, path, operation) for method, operation in methods.items())


def test_a_generated_client_has_a_name_for_every_call() -> None:
    """Names are plain, unique, and those that clients were generated with before."""
    names = [operation["operationId"] for _, _, operation in operations()]
    assert sorted(names) == [
        "cancel_batch",
        "cancel_job",
        "change_webhook",
        "compare_shifts",
        "create_batch",
        "create_edit",
        "create_fine_tune",
        "create_generation",
        "create_webhook",
        "delete_image",
        "delete_shift",
        "delete_webhook",
        "download_shift",
        "get_batch",
        "get_batch_errors",
        "get_batch_results",
        "get_delivery",
        "get_image",
        "get_job",
        "get_shift",
        "get_webhook",
        "healthz",
        "list_bases",
        "list_batches",
        "list_deliveries",
        "list_images",
        "list_jobs",
        "list_shifts",
        "list_webhooks",
        "pause_job",
        "readyz",
        "replay_dead_deliveries",
        "replay_delivery",
        "resume_job",
        "rotate_webhook_secret",
        "stream_job_events",
        "test_webhook",
        "upload_image",
    ]


@pytest.mark.parametrize(("method", "path", "operation"), [one for one in operations() if one[1].startswith("/v1/")])
def test_every_route_documents_its_key_and_its_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    """Each needs the key, may find the database down, and tells every error as a problem."""
    assert operation["security"] == [{"apiKey": []}]
    assert operation["description"]
    assert {"401", "503"} <= set(operation["responses"])
    assert ("404" in operation["responses"]) == ("{" in path or (path == "/v1/images" and method == "post"))
    for status, answer in operation["responses"].items():
        assert answer["description"]
        assert status < "400" or answer["content"] == (
            BATCH_PROBLEM if (method, path, status) == BAD_LINES else PROBLEM
        )
    headers = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
    assert ("Idempotency-Key" in headers) == (method == "post")
    assert all("Location" in answer["headers"] for status, answer in operation["responses"].items() if status == "202")
