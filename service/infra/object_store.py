"""The object store, by S3's protocol: bytes under keys that this code chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from service.errors import Unavailable
from service.settings import Settings


class ObjectMissing(LookupError):
    """A row refers to an object that the store does not have."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The store has no object {key!r}.")


@dataclass(frozen=True)
class ListedObject:
    """An object in a list of the store's objects."""

    key: str
    modified: datetime


class ObjectStore:
    """Put, get, delete and link. Raises Unavailable when the store does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.s3_bucket
        self._link_seconds = settings.url_expiry_seconds
        self._client = create_client(settings, settings.s3_endpoint)
        self._public = create_client(settings, settings.s3_public_endpoint or settings.s3_endpoint)

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store the bytes under the key; a second put replaces the first."""
        with translate_store_errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=media_type)

    def get(self, key: str) -> bytes:
        """The bytes under the key; ObjectMissing if there are none."""
        with translate_store_errors():
            try:
                body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    raise ObjectMissing(key) from error
                raise
            return body

    def pages(self) -> Iterator[list["ListedObject"]]:
        """All objects, up to a thousand at a time."""
        with translate_store_errors():
            for answer in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                yield [ListedObject(row["Key"], row["LastModified"]) for row in answer.get("Contents", ())]

    def delete(self, key: str) -> None:
        """Delete the object; a key without one is no error."""
        with translate_store_errors():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def link(self, key: str) -> str:
        """A URL at the public endpoint that works without an API key for `url_expiry_seconds`."""
        parameters = {"Bucket": self._bucket, "Key": key}
        url: str = self._public.generate_presigned_url("get_object", parameters, ExpiresIn=self._link_seconds)
        return url

    def ping(self) -> None:
        """Raise Unavailable unless the bucket answers."""
        with translate_store_errors():
            self._client.head_bucket(Bucket=self._bucket)


def create_client(settings: Settings, endpoint: str | None) -> Any:
    """A client with signature 4, path addressing and short timeouts."""
    access, secret = settings.s3_access_key, settings.s3_secret_key
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access.get_secret_value() if access else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        region_name=settings.s3_region,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 2},
            max_pool_connections=20,
            request_checksum_calculation="when_required",
        ),
    )


@contextmanager
def translate_store_errors() -> Iterator[None]:
    """Raise every failure of the store as Unavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("object store") from error
