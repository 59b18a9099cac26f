"""What every answer to a bad request is checked for."""

from typing import Any


def assert_problem(answer: Any, pointer: str, status: int = 422, code: str | None = None) -> None:
    """The answer is a problem of this status and points there."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert pointer in [one["pointer"] for one in problem["problems"]], problem
    assert (problem["status"], problem["retryable"]) == (status, False)
    assert problem["type"] == f"urn:svdiff:problem:{problem['code']}"
    assert code is None or problem["code"] == code
