from dataclasses import dataclass
from typing import Any

import boto3
import psycopg
import redis
from botocore.config import Config

from service.local.stack import Addresses


@dataclass(frozen=True)
class Ledger:
    """Lines kept in each of the three servers."""

    addresses: Addresses

    def write(self, line: str) -> None:
        """Into all three; returns once all three have acknowledged it."""
        with self._database() as database:
            database.execute("create table if not exists ledger (line text)")
            database.execute("insert into ledger values (%s)", (line,))
        with redis.Redis.from_url(self.addresses.broker_url) as broker:
            broker.rpush("ledger", line)
        self._store().put_object(Bucket=self.addresses.s3_bucket, Key=f"ledger/{line}", Body=line.encode())

    def read(self) -> tuple[list[str], list[str], list[str]]:
        """What each of them says."""
        with self._database() as database:
            rows = [row[0] for row in database.execute("select line from ledger order by line")]
        with redis.Redis.from_url(self.addresses.broker_url) as broker:
            items = sorted(item.decode() for item in broker.lrange("ledger", 0, -1))
        store, bucket = self._store(), self.addresses.s3_bucket
        keys = [one["Key"] for one in store.list_objects_v2(Bucket=bucket, Prefix="ledger/").get("Contents", [])]
        return rows, items, [store.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]

    def _database(self) -> psycopg.Connection:
        return psycopg.connect(self.addresses.database_url.replace("+psycopg", ""), connect_timeout=5)

    def _store(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.addresses.s3_endpoint,
            aws_access_key_id=self.addresses.s3_access_key,
            aws_secret_access_key=self.addresses.s3_secret_key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}, connect_timeout=2),
        )
