"""What contributors and CI rely on: workflows, forms, hooks and make's targets name things that exist."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT: dict[str, Any] = PYPROJECT["project"]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.name: yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506 — the safe loader reads the key `on` as true
    for path in sorted((ROOT / ".github/workflows").iterdir())
}
FORMS = {
    path.name: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").iterdir())
    if path.name != "config.yml"
}


def steps(name: str) -> Iterator[dict[str, Any]]:
    """Every step of a workflow, job by job."""
    for job in WORKFLOWS[name]["jobs"].values():
        yield from job["steps"]


def make_targets(name: str) -> list[str]:
    """The targets that a workflow's steps run, each by `make TARGET` alone."""
    return [step["run"].removeprefix("make ") for step in steps(name) if "run" in step]


def pinned() -> dict[str, str]:
    """The versions of constraints.txt by name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_targets_of_make_and_nothing_else(name: str) -> None:
    """What CI runs is what a contributor can run: each command is one target of the Makefile."""
    assert make_targets(name)
    assert set(make_targets(name)) <= TARGETS


def test_every_check_of_a_change_runs_in_a_workflow() -> None:
    """The parts of `make check`, the coverage and the wheel run on each change; slow tests and chaos every night."""
    assert set(make_targets("ci.yml")) == {"lint", "test", "coverage", "wheel"}
    assert set(make_targets("nightly.yml")) == {"test-slow", "chaos-short", "chaos"}
    assert {"push", "pull_request"} <= set(WORKFLOWS["ci.yml"]["on"])
    assert "schedule" in WORKFLOWS["nightly.yml"]["on"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more(name: str) -> None:
    """No workflow or job can write, no step keeps the token, and each job has an end."""
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    for job in WORKFLOWS[name]["jobs"].values():
        assert "permissions" not in job
        assert int(job["timeout-minutes"]) > 0
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"] == {"persist-credentials": "false"} for step in checkouts)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_the_hosts_own_at_a_major_version(name: str) -> None:
    """Every action is one of `actions/`, pinned to a major version that dependabot raises."""
    actions = [step["uses"] for step in steps(name) if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in actions)


def test_the_tests_run_on_every_python_that_the_project_names() -> None:
    """The matrix, the classifiers and the lowest version agree."""
    tested = WORKFLOWS["ci.yml"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert tested == named
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_dependabot_watches_folders_that_hold_what_it_updates() -> None:
    """Each ecosystem has its file in the folder that is named."""
    files = {"pip": "constraints.txt", "github-actions": ".github/workflows", "docker": "Dockerfile"}
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == set(files)
    for update in updates:
        assert (ROOT / update["directory"].strip("/") / files[update["package-ecosystem"]]).exists()


@pytest.mark.parametrize("name", FORMS)
def test_an_issue_form_has_what_the_host_requires(name: str) -> None:
    """A name, a description, fields of known kinds, ids that occur once, and a label for whatever is filled in."""
    form = FORMS[name]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]
    assert form["name"]
    assert form["description"]
    assert {field["type"] for field in form["body"]} <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert all(field["attributes"]["label"] for field in fields)
    assert len(ids) == len(set(ids))
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_help_names_every_target() -> None:
    """`make help` prints each target with its sentence, and every target is a command, not a file."""
    command = ["make", "help"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = dict(re.findall(r"^  make ([a-z-]+) +(.+)$", answer.stdout, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(lines) == TARGETS == set(phony[1].split())


def test_make_alone_is_what_ci_runs() -> None:
    """The default goal is `check`, and the script that CI starts runs it."""
    assert ".DEFAULT_GOAL := check" in MAKEFILE
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("make check")


def test_pre_commit_runs_the_tools_of_the_environment() -> None:
    """Every hook is local and starts a program of .venv that the dev extra installs."""
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    programs = {hook["entry"].split()[0] for hook in hooks}
    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert programs == {f".venv/bin/{name}" for name in ("ruff", "mypy", "lint-imports")}


def test_the_dev_group_is_the_environment_that_make_installs() -> None:
    """The group names the project's own extras, so that each list is kept once."""
    extras = re.search(r"-e '\.\[(.+)\]'", MAKEFILE)
    assert extras
    assert PYPROJECT["dependency-groups"]["dev"] == [f"{PROJECT['name']}[{extras[1]}]"]
    assert set(extras[1].split(",")) == set(PROJECT["optional-dependencies"])


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    """constraints.txt has a version for whatever pyproject.toml names, and it satisfies the bound."""
    extras = PROJECT["optional-dependencies"].values()
    requirements = [Requirement(text) for text in (*PROJECT["dependencies"], *(text for e in extras for text in e))]
    versions = pinned()
    outside = [str(r) for r in requirements if not r.specifier.contains(versions[canonicalize_name(r.name)])]
    assert not outside


def test_the_changelog_has_a_dated_section_of_this_version() -> None:
    """The newest section of CHANGELOG.md below what is unreleased is the project's version, with a date."""
    sections = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [section for section in sections if section[0] != "Unreleased"]
    assert released[0][0] == PROJECT["version"]
    assert all(date for _, date in released)
