"""The `svdiff` command itself: its version, and what it answers without a command."""

import tomllib
from pathlib import Path

import pytest
from click import unstyle
from typer.testing import CliRunner

from service.cli import app

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_the_version_is_that_of_the_project() -> None:
    """`svdiff --version` prints the version of pyproject.toml on one line, and succeeds."""
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"svdiff {PROJECT['version']}\n")


def test_the_version_needs_no_command_and_wins_over_one() -> None:
    """`svdiff --version migrate` prints the version and does not migrate."""
    result = CliRunner().invoke(app, ["--version", "migrate"])
    assert (result.exit_code, result.output) == (0, f"svdiff {PROJECT['version']}\n")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_the_commands_and_the_option(arguments: list[str]) -> None:
    """Without a command `svdiff` explains itself, --version included."""
    text = unstyle(CliRunner().invoke(app, arguments).output)
    assert all(word in text for word in ("--version", "up", "migrate", "tenants", "keys", "bases"))
