"""Where the servers of a stack are."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class S3Address:
    """One bucket of an S3-protocol store."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str


@dataclass(frozen=True)
class Addresses:
    """Where the three servers are. Keys and passwords stay out of its repr, and so out of logs."""

    database_url: str  # as the owner of the cluster: postgresql+psycopg://…
    broker_url: str = field(repr=False)
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    s3_bucket: str
