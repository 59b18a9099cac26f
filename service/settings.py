"""Settings, read once from SVDIFF_* variables at an entry point and passed on from there."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from svdiff_core.parameters.methods import MethodName

# As text, which its variable and a child process can carry.
Network = Annotated[str, AfterValidator(lambda text: str(ip_network(text)))]


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
    max_upload_bytes: int = 20 * 2**20
    max_body_bytes: int = 2**20
    max_image_side: int = 8192
    max_image_pixels: int = 40_000_000
    allowed_methods: tuple[MethodName, ...] = ("svdiff",)  # that a fine-tune may ask for (docs/methods.md); a JSON list
    url_expiry_seconds: int = 3600
    tenant_max_running: int = 2
    tenant_max_pending: int = 1000
    tenant_max_batch_pending: int = 100_000
    max_event_streams: int = 2000  # event streams and waiting calls that one API process keeps open
    tenant_max_event_streams: int = 500  # of them, those of one tenant

    # The job engine (docs/architecture.md, "The job engine").
    lease_seconds: float = 20.0
    heartbeat_interval_seconds: float = 5.0
    poll_interval_seconds: float = 3.0
    progress_interval_seconds: float = 1.0
    maintenance_interval_seconds: float = 5.0
    expiry_interval_seconds: float = 3600.0  # how often old pictures and orphan objects are looked for
    max_attempts: int = 5
    retry_seconds: float = 2.0
    retry_max_seconds: float = 300.0
    retry_avoid_worker_seconds: float = 10.0  # after a fault, how long other workers may try the job first
    checkpoint_steps: int = 25
    stall_seconds: float = 120.0
    shutdown_grace_seconds: float = 30.0
    result_retention_days: float = Field(default=30.0, ge=0)  # how long pictures made are kept; 0 keeps them
    # An object without a row is deleted at this age: the bucket must be this installation's alone.
    orphan_age_seconds: float = Field(default=21_600.0, ge=60)

    # Batches (docs/batches.md).
    max_batch_bytes: int = 64 * 2**20
    max_batch_lines: int = Field(default=50_000, ge=1)
    max_batch_uploads: int = Field(default=2, ge=1)  # that an API process takes in at a time
    batch_upload_seconds: float = Field(default=300.0, gt=0)  # how long a client may take to send one

    # Webhooks (docs/webhooks.md).
    max_webhooks: int = Field(default=10, ge=0)  # that a tenant may have
    webhook_allow_http: bool = False  # whether an endpoint may do without TLS
    webhook_allowed_networks: tuple[Network, ...] = ()  # where deliveries may go besides public addresses
    webhook_retry_seconds: tuple[float, ...] = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0)
    webhook_timeout_seconds: float = Field(default=15.0, gt=0)  # of a whole attempt, from the name to the answer
    webhook_poll_interval_seconds: float = 1.0
    webhook_concurrency: int = Field(default=16, ge=1)  # deliveries under way at a time, and half as many to who fails
    webhook_endpoint_concurrency: int = Field(default=4, ge=1)
    webhook_breaker_failures: int = Field(default=5, ge=1)
    webhook_breaker_seconds: float = 60.0
    webhook_breaker_max_seconds: float = 900.0
    webhook_rotation_seconds: float = 86_400.0  # how long a replaced secret signs beside the new one
    webhook_log_retention_days: float = Field(default=30.0, gt=0)

    # The device.
    devices: tuple[str, ...] = ("auto",)
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    max_batch_size: int = Field(default=8, ge=1)
    max_loaded_bases: int = Field(default=2, ge=1)
    max_adapter_bytes: int = Field(
        default=8 * 2**30, ge=1
    )  # the largest file, other than a shift, drawn with; held twice

    # What measures pictures (docs/metrics.md), on the API's side too: it refuses what no device could measure.
    clip_folder: Path | None = None
    lpips_folder: Path | None = None

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
