"""Settings, read once from SVDIFF_* variables at an entry point and passed on; docs/settings.md lists them."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic.config import JsonDict
from pydantic_settings import BaseSettings, SettingsConfigDict

from svdiff_core.parameters.methods import MethodName

# As text, which its variable and a child process can carry.
Network = Annotated[str, AfterValidator(lambda text: str(ip_network(text)))]

# The processes that read a setting. `cli` is the `svdiff` command.
API, DEVICE, UPKEEP, CLI = ("api",), ("device",), ("upkeep",), ("cli",)
WORKERS = DEVICE + UPKEEP
SERVERS = API + WORKERS
EVERY = SERVERS + CLI


def setting(
    default: Any, processes: tuple[str, ...], description: str, *, ge: float | None = None, gt: float | None = None
) -> Any:
    """A field with its default, the processes that read it, one sentence, and the bounds of its value."""
    read_by: JsonDict = {"processes": list(processes)}
    return Field(default, description=description, json_schema_extra=read_by, ge=ge, gt=gt)


class Group(BaseSettings):
    """Settings of one subject: its docstring is the heading in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="SVDIFF_", env_ignore_empty=True, frozen=True, extra="ignore")


class Servers(Group):
    """Database, broker and object store."""

    database_url: SecretStr | None = setting(
        None, CLI, "Postgres as the owner of the schema, for `svdiff migrate` alone."
    )
    app_database_url: SecretStr | None = setting(
        None, EVERY, "Postgres as the role `svdiff_app`, which sees one tenant at a time."
    )
    engine_database_url: SecretStr | None = setting(
        None, EVERY, "Postgres as the role `svdiff_engine`, which schedules the jobs of all tenants."
    )
    broker_url: SecretStr | None = setting(None, SERVERS, "The broker, by the Redis protocol.")
    s3_endpoint: str | None = setting(None, SERVERS, "The object store, by the S3 protocol.")
    s3_public_endpoint: str | None = setting(
        None, API, "The same store as clients reach it, for the links in answers; `s3_endpoint` where it is not set."
    )
    s3_access_key: SecretStr | None = setting(None, SERVERS, "The name of the object store's key.")
    s3_secret_key: SecretStr | None = setting(None, SERVERS, "The secret of the object store's key.")
    s3_bucket: str = setting("svdiff", SERVERS, "The bucket, which must be this installation's alone.")
    s3_region: str = setting("us-east-1", SERVERS, "The region of the bucket.")


class Requests(Group):
    """What clients may send."""

    max_upload_bytes: int = setting(20 * 2**20, API, "The largest picture that may be uploaded.")
    max_body_bytes: int = setting(2**20, API, "The largest JSON body, and the longest line of a batch.")
    max_image_side: int = setting(8192, API, "The longest side of an uploaded picture, in pixels.")
    max_image_pixels: int = setting(40_000_000, API, "The most pixels of an uploaded picture.")
    allowed_methods: tuple[MethodName, ...] = setting(
        ("svdiff",), API, "The [methods](methods.md) that a fine-tune may use; a JSON list."
    )
    url_expiry_seconds: int = setting(3600, API, "How long the links in answers work.")
    tenant_max_running: int = setting(2, CLI, "Jobs of a new tenant that may run at a time.")
    tenant_max_pending: int = setting(1000, CLI, "Jobs of a new tenant that may wait.")
    tenant_max_batch_pending: int = setting(100_000, CLI, "Batch lines of a new tenant that may wait.")
    max_event_streams: int = setting(2000, API, "Event streams and waiting calls that one API process keeps open.")
    tenant_max_event_streams: int = setting(500, API, "Of these, the most of one tenant.")


class JobEngine(Group):
    """The job engine."""

    lease_seconds: float = setting(20.0, DEVICE, "How long an attempt keeps its job without a heartbeat.")
    heartbeat_interval_seconds: float = setting(5.0, API + DEVICE, "The time between two heartbeats of an attempt.")
    poll_interval_seconds: float = setting(
        3.0, SERVERS, "How often an idle worker looks for a job without a message from the broker."
    )
    progress_interval_seconds: float = setting(1.0, DEVICE, "The shortest time between two progress events.")
    maintenance_interval_seconds: float = setting(5.0, UPKEEP, "How often expired leases and deadlines are handled.")
    expiry_interval_seconds: float = setting(3600.0, UPKEEP, "How often old pictures and orphan objects are deleted.")
    max_attempts: int = setting(5, WORKERS, "Attempts after which a job fails.")
    retry_seconds: float = setting(2.0, WORKERS, "The wait before the second attempt; it doubles with each one after.")
    retry_max_seconds: float = setting(300.0, WORKERS, "The longest wait between two attempts.")
    retry_avoid_worker_seconds: float = setting(
        10.0, WORKERS, "After an internal error, how long only other workers may try the job."
    )
    checkpoint_steps: int = setting(25, DEVICE, "Training steps between two stored training states.")
    stall_seconds: float = setting(
        120.0, DEVICE, "A step that takes longer than this, and than ten usual steps, ends the attempt."
    )
    shutdown_grace_seconds: float = setting(30.0, CLI, "How long `svdiff up` waits for its processes to stop.")
    result_retention_days: float = setting(30.0, UPKEEP, "How long generated pictures are kept; 0 keeps them.", ge=0)
    orphan_age_seconds: float = setting(
        21_600.0, UPKEEP, "The age at which an object that no row refers to is deleted from the bucket.", ge=60
    )


class Batches(Group):
    """Batches."""

    max_batch_bytes: int = setting(64 * 2**20, API, "The largest file of a batch.")
    max_batch_lines: int = setting(50_000, API, "The most lines of a batch.", ge=1)
    max_batch_uploads: int = setting(2, API, "Uploads of batches that one API process handles at a time.", ge=1)
    batch_upload_seconds: float = setting(300.0, API, "How long the upload of a batch may take.", gt=0)


class Webhooks(Group):
    """Webhooks."""

    max_webhooks: int = setting(10, API, "The most webhooks of a tenant.", ge=0)
    webhook_allow_http: bool = setting(False, API + UPKEEP, "Whether a webhook may have a URL without TLS.")  # noqa: FBT003 — its default
    webhook_allowed_networks: tuple[Network, ...] = setting(
        (), API + UPKEEP, 'Networks that deliveries may go to besides public addresses, such as `["10.1.0.0/16"]`.'
    )
    webhook_retry_seconds: tuple[float, ...] = setting(
        (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0), UPKEEP, "The waits between the attempts."
    )
    webhook_timeout_seconds: float = setting(
        15.0, UPKEEP, "How long an attempt may take, from the resolution of the name to the answer.", gt=0
    )
    webhook_poll_interval_seconds: float = setting(
        1.0, UPKEEP, "How often due deliveries are looked for without a message from the broker."
    )
    webhook_concurrency: int = setting(
        16, UPKEEP, "Deliveries that one process makes at a time, and half as many to endpoints that fail.", ge=1
    )
    webhook_endpoint_concurrency: int = setting(
        4, UPKEEP, "Deliveries that all processes make to one endpoint at a time.", ge=1
    )
    webhook_breaker_failures: int = setting(5, UPKEEP, "Failures in a row after which deliveries pause.", ge=1)
    webhook_breaker_seconds: float = setting(
        60.0, UPKEEP, "The first pause before a probe; it doubles with each further one."
    )
    webhook_breaker_max_seconds: float = setting(900.0, UPKEEP, "The longest pause before a probe.")
    webhook_rotation_seconds: float = setting(
        86_400.0, API, "How long a replaced secret signs messages beside the new one."
    )
    webhook_log_retention_days: float = setting(30.0, UPKEEP, "How long delivered and dead messages are kept.", gt=0)


class Device(Group):
    """The device worker."""

    devices: tuple[str, ...] = setting(
        ("auto",),
        DEVICE,
        'The devices that run jobs, such as `["cuda:0", "cuda:1"]`; `auto` is all GPUs, or the CPU.',
    )
    dtype: Literal["float32", "bfloat16", "float16"] = setting(
        "float32", DEVICE + CLI, "The number format in which bases are loaded."
    )
    factors_dir: Path = setting(
        Path("data/factors"), DEVICE + CLI, "The folder of the factors of bases, which workers may share."
    )
    max_batch_size: int = setting(8, DEVICE, "The most pictures that are sampled at a time.", ge=1)
    max_loaded_bases: int = setting(2, DEVICE, "The most bases that a device keeps in memory.", ge=1)
    max_adapter_bytes: int = setting(
        8 * 2**30, DEVICE, "The largest adapter file, other than a shift, that is loaded; it is in memory twice.", ge=1
    )


class Metrics(Group):
    """Metrics."""

    clip_folder: Path | None = setting(
        None, API + DEVICE, "The folder of a CLIP model for [early stopping](metrics.md)."
    )
    lpips_folder: Path | None = setting(
        None, API + DEVICE, "The folder of an LPIPS model for [early stopping](metrics.md)."
    )


class Logs(Group):
    """Logs."""

    log_format: Literal["json", "console"] = setting("console", EVERY, "The form of the log, on standard error.")


class Settings(Logs, Metrics, Device, Webhooks, Batches, JobEngine, Requests, Servers):
    """Everything an installation may choose. Times are in seconds, sizes in bytes."""

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these settings."""
        plain = {name: reveal(value) for name, value in self if value is not None}
        return {f"SVDIFF_{name.upper()}": value for name, value in plain.items()}


def reveal(value: object) -> str:
    """A value as its variable is written."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, tuple) else str(value)
