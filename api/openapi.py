"""The OpenAPI document: what FastAPI derives, and what it cannot know about errors, redirects and streams."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.errors import MEDIA_TYPE
from api.schemas.events import JobEvent
from api.schemas.job import Job
from api.schemas.problem import ProblemDocument

Responses = dict[int | str, dict[str, Any]]

SENTENCES = {
    400: "The request cannot be parsed.",
    401: "The call has no valid API key.",
    404: "Your tenant has nothing with this id.",
    408: "The body did not arrive in time.",
    409: "The state of the resource does not allow it, or another call with the same Idempotency-Key is in progress.",
    410: "The base that it needs is no longer served.",
    413: "The body is too large.",
    415: "The route does not accept this Content-Type.",
    422: "Something in the request is not valid; `problems` says what.",
    429: "A limit of your tenant is reached; Retry-After says when to try again.",
    503: "The database or the object store cannot be reached; Retry-After says when to try again.",
}
URL = {"type": "string", "format": "uri-reference"}
LOCATION = {"headers": {"Location": {"description": "Where the resource is.", "schema": URL}}}
CREATED: Responses = {201: LOCATION}
ACCEPTED: Responses = {202: LOCATION}
WAITED: Responses = {
    200: {
        "description": "The job, which ended while the call waited (`Prefer: wait=N`).",
        "model": Job,
        "headers": LOCATION["headers"]
        | {"Preference-Applied": {"description": "The wait that was applied.", "schema": {"type": "string"}}},
    },
    202: LOCATION,
}
REDIRECT: Responses = {
    307: {
        "description": "To the file.",
        "headers": {"Location": {"description": "A link that works without a key.", "schema": URL}},
    }
}
STREAM: Responses = {
    200: {
        "description": "The events.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "itemSchema": {"$ref": "#/components/schemas/JobEvent"},  # of OpenAPI 3.2; others may ignore it
            }
        },
    },
    204: {"description": "The job has ended, and there are no events after `Last-Event-ID`."},
}
LINES: Responses = {
    200: {"description": "One JSON object a line.", "content": {"application/jsonl": {"schema": {"type": "string"}}}}
}


def problems(*statuses: int) -> Responses:
    """The errors of a route; one that answers 401 reads the database, which may be down."""
    all_of_them = {*statuses, 503} if 401 in statuses else set(statuses)  # noqa: PLR2004 — the status of a missing key
    return {status: {"model": ProblemDocument, "description": SENTENCES[status]} for status in sorted(all_of_them)}


def operation_id(route: APIRoute) -> str:
    """The handler's name: stable, and what a generated client calls its method."""
    return route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            webhooks=app.webhooks.routes,
        )
        for path in (*document["paths"].values(), *document["webhooks"].values()):
            for operation in path.values():
                operation["responses"] = as_problems(operation["responses"])
        schemas = event_schemas() | document["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema


def event_schemas() -> dict[str, Any]:
    """The schemas of the events and of what they are made of; FastAPI collects those of bodies alone."""
    schema = JobEvent.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), JobEvent.__name__: schema}


def as_problems(responses: dict[str, Any]) -> dict[str, Any]:
    """The responses with errors as problem+json, without the validation error that FastAPI assumes everywhere."""
    kept = {status: answer for status, answer in responses.items() if "HTTPValidationError" not in str(answer)}
    for status, answer in kept.items():
        if int(status) >= 400:  # noqa: PLR2004 — where errors begin
            answer["content"] = dict.fromkeys([MEDIA_TYPE], *answer["content"].values())
    return kept
