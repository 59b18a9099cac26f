"""Settings, read once from SVDIFF_* variables at an entry point and passed on from there."""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an installation may choose. Times are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="SVDIFF_", env_ignore_empty=True, frozen=True, extra="ignore")

    # Where things are. The three database roles are described in docs/architecture.md.
    database_url: SecretStr | None = None
    app_database_url: SecretStr | None = None
    engine_database_url: SecretStr | None = None
    broker_url: SecretStr | None = None
    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_bucket: str = "svdiff"
    s3_region: str = "us-east-1"
    factors_dir: Path = Path("data/factors")

    # What clients may send.
    upload_bytes: int = 20 * 2**20
    body_bytes: int = 2**20
    picture_side: int = 8192
    picture_pixels: int = 40_000_000
    link_seconds: int = 3600
    tenant_running: int = 2
    tenant_pending: int = 1000

    # The job engine (docs/architecture.md, "The job engine").
    lease_seconds: float = 20.0
    heartbeat_seconds: float = 5.0
    look_seconds: float = 3.0
    progress_seconds: float = 1.0
    sweep_seconds: float = 5.0
    attempts: int = 5
    retry_seconds: float = 2.0
    retry_ceiling_seconds: float = 300.0
    checkpoint_steps: int = 25
    stall_seconds: float = 120.0
    shutdown_grace_seconds: float = 30.0

    # The device.
    devices: tuple[str, ...] = ("auto",)
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    max_batch: int = Field(default=8, ge=1)
    loaded_bases: int = Field(default=2, ge=1)

    log_format: Literal["json", "console"] = "console"

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these settings."""
        plain = {name: reveal(value) for name, value in self if value is not None}
        return {f"SVDIFF_{name.upper()}": value for name, value in plain.items()}


def reveal(value: object) -> str:
    """A value as its variable is written."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, tuple) else str(value)
