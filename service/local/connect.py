"""Settings for a command line tool: from the SVDIFF_* variables, or from the folder of a local stack."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import SecretStr

from service.infra.database import APP_ROLE, ENGINE_ROLE, Database, role_url
from service.infra.migrate import migrate
from service.local.stack import Addresses, LocalStack, S3Address, running_addresses
from service.settings import Settings


@contextmanager
def connect(data: Path | None) -> Iterator[Settings]:
    """Settings of the stack in `data`: the running one, or Postgres alone started for as long as the block lasts.

    Without a folder, those of the SVDIFF_* variables.
    """
    settings = Settings()
    if data is None:
        yield settings
        return
    addresses = running_addresses(data)
    if addresses is not None:
        yield settings_for_stack(settings, addresses, data)
        return
    with local_stack(data, settings) as stack:
        owner_url = stack.start_database_only()
        migrate(owner_url)
        yield settings_for_database(settings, owner_url, data)


@contextmanager
def connect_database(data: Path | None) -> Iterator[tuple[Settings, Database]]:
    """As `connect`, with the connection pools of the app and engine roles open."""
    with connect(data) as settings, closing(Database.from_settings(settings)) as database:
        yield settings, database


def local_stack(data: Path, settings: Settings) -> LocalStack:
    """The local stack of a folder; servers that the settings name are not started."""
    return LocalStack(
        data,
        database_url=settings.database_url.get_secret_value() if settings.database_url else None,
        broker_url=settings.broker_url.get_secret_value() if settings.broker_url else None,
        s3=s3_address(settings),
    )


def s3_address(settings: Settings) -> S3Address | None:
    """The configured store, if there is one."""
    if settings.s3_endpoint is None or settings.s3_access_key is None or settings.s3_secret_key is None:
        return None
    access, secret = settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
    return S3Address(settings.s3_endpoint, access, secret, settings.s3_bucket)


def settings_for_stack(settings: Settings, addresses: Addresses, data: Path) -> Settings:
    """The settings with the servers of a stack."""
    servers = {
        "broker_url": SecretStr(addresses.broker_url),
        "s3_endpoint": addresses.s3_endpoint,
        "s3_access_key": SecretStr(addresses.s3_access_key),
        "s3_secret_key": SecretStr(addresses.s3_secret_key),
        "s3_bucket": addresses.s3_bucket,
    }
    return settings_for_database(settings, addresses.database_url, data).model_copy(update=servers)


def settings_for_database(settings: Settings, owner_url: str, data: Path) -> Settings:
    """The settings with a database; where the app and engine roles have no URL, it follows from the owner's."""
    changes: dict[str, object] = {
        "database_url": SecretStr(owner_url),
        "app_database_url": settings.app_database_url or SecretStr(role_url(owner_url, APP_ROLE)),
        "engine_database_url": settings.engine_database_url or SecretStr(role_url(owner_url, ENGINE_ROLE)),
    }
    is_configured = "SVDIFF_FACTORS_DIR" in os.environ
    changes["factors_dir"] = (settings.factors_dir if is_configured else data / "factors").resolve()
    return settings.model_copy(update=changes)
