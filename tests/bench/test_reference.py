"""The pages of docs/ that are made of the code: up to date, complete, and without a code or setting twice."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, get_args

import pytest

from api.schemas.job import JobWarning
from bench.reference import errors, settings
from bench.reference.pages import DOCS, pages
from service.batches.line_errors import LINE_CODES
from service.errors import ServiceError
from service.jobs.errors import WARNINGS, JobError
from service.local.stack import StackError
from service.settings import Settings
from service.webhooks.delivery_errors import DELIVERY_CODES
from svdiff_core.errors import CoreError

CodedError: TypeAlias = ServiceError | JobError | CoreError | StackError


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_page_is_as_the_code_has_it(path: Path) -> None:
    """`make docs` would change nothing."""
    assert path.read_text() == pages()[path]


class Coded(Protocol):
    """What a client knows by a code: an error's class, or a description of a warning."""

    @property
    def code(self) -> str:
        """The code."""


def codes(kinds: Iterable[Coded]) -> list[str]:
    """Their codes."""
    return [kind.code for kind in kinds]


@pytest.mark.parametrize(
    "kinds",
    [errors.http_errors(), errors.job_errors(), errors.library_errors(), LINE_CODES, DELIVERY_CODES, WARNINGS],
    ids=["http", "job", "library", "line", "delivery", "warning"],
)
def test_a_code_names_one_error(kinds: Sequence[Coded]) -> None:
    """No two errors that a client may meet in one place share a code."""
    assert len(set(codes(kinds))) == len(kinds)


@pytest.mark.parametrize("root", [ServiceError, JobError, CoreError, StackError])
def test_every_error_is_listed_with_a_meaning_and_a_remedy(root: type[CodedError]) -> None:
    """A new class appears on the page by itself, and cannot leave out what to do."""
    page = (DOCS / "errors.md").read_text()
    for kind in errors.subclasses(root):
        assert f"| `{kind.code}` |" in page, kind
        assert kind.__doc__, kind
        if "code" in vars(kind):
            assert "remedy" in vars(kind), kind
            assert vars(kind)["remedy"].endswith((".", "`")), kind


def test_no_code_of_the_sources_is_missing() -> None:
    """Also those of modules that the page's program does not load."""
    page = (DOCS / "errors.md").read_text()
    for package in ("api", "service", "worker", "svdiff_core"):
        for path in (DOCS.parent / package).rglob("*.py"):
            for code in re.findall(r'^    code = "(\w+)"', path.read_text(), re.MULTILINE):
                assert f"| `{code}` |" in page, path


def test_every_http_error_has_a_status_of_its_own_class() -> None:
    """None is answered with the status of another by accident."""
    for kind in errors.http_errors():
        assert 400 <= kind.status < 600
        assert kind.retryable or kind.retry_after is None


def test_the_warnings_are_those_of_the_schema() -> None:
    """The API refuses to render a warning that the page does not list."""
    assert set(get_args(JobWarning.model_fields["code"].annotation)) == set(codes(WARNINGS))


def test_every_setting_has_a_sentence_and_a_reader() -> None:
    """Each lies in one group, and the page has its variable once."""
    page = (DOCS / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert sum(name in group.model_fields for group in settings.groups()) == 1
        assert re.fullmatch(r"[A-Z].*\.", field.description or ""), name
        assert set(settings.processes(field)) <= {"api", "device", "upkeep", "cli"}, name
        assert settings.processes(field), name
        assert page.count(f"| `SVDIFF_{name.upper()}` |") == 1
