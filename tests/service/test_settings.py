from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from service.settings import Settings

OTHERS = {
    "database_url": SecretStr("postgresql+psycopg://o:p%40ss@/db?host=/tmp/x"),
    "app_database_url": SecretStr("postgresql+psycopg://app@h/db"),
    "broker_url": SecretStr("redis://:secret@127.0.0.1:6/0"),
    "s3_endpoint": "http://127.0.0.1:9",
    "s3_access_key": SecretStr("key"),
    "factors_dir": Path("/somewhere else/factors"),
    "lease_seconds": 0.25,
    "max_attempts": 9,
    "devices": ("cpu", "cuda:1"),
    "dtype": "bfloat16",
    "log_format": "json",
}


def test_a_child_process_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets, paths, numbers and lists survive the way through the environment."""
    settings = Settings().model_copy(update=OTHERS)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_what_is_not_set_is_not_passed_on() -> None:
    """A child must not see the word None."""
    settings = Settings().model_copy(update={"s3_endpoint": None, "database_url": None})
    environment = settings.environment()
    assert not {"SVDIFF_S3_ENDPOINT", "SVDIFF_DATABASE_URL"} & set(environment)
    assert all(isinstance(value, str) for value in environment.values())


def test_no_secret_is_shown_where_settings_are_printed() -> None:
    """A log line with all settings gives nothing away."""
    shown = repr(Settings().model_copy(update=OTHERS))
    assert "p%40ss" not in shown
    assert "secret@" not in shown


def test_settings_do_not_change() -> None:
    """They are read once and passed on."""
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.max_attempts = 3  # type: ignore[misc]  # that it is refused is the point
