"""What a version stored: a database and the objects of its store, as files of this repository."""

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import make_url

from service.infra.object_store import ObjectStore
from service.local.stack.binaries import postgres_binaries

RECORDINGS = Path(__file__).parent / "recordings"
OBJECT = "application/octet-stream"


class Facts(BaseModel):
    """`manifest.json`: where the recording comes from, and what a test must know of it. Ids are those of the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    commit: str
    revision: str  # of the schema
    fingerprint: str  # of the tiny base
    tenant: str
    key: str  # opens nothing but the recording
    shift: str
    sampled: str  # a generation that ended
    waiting_twin: str  # the same generation, still in the queue
    paused: str
    paused_at: int  # step


@dataclass(frozen=True)
class Recording:
    """The folder of one version."""

    folder: Path

    @cached_property
    def facts(self) -> Facts:
        """Its manifest."""
        return Facts.model_validate_json((self.folder / "manifest.json").read_text())

    def write(self, facts: Facts, owner_url: str, store: ObjectStore) -> None:
        """Write the manifest, both halves of the database, and every object of the store."""
        self.folder.mkdir(parents=True)
        (self.folder / "manifest.json").write_text(facts.model_dump_json(indent=2) + "\n")
        (self.folder / "schema.sql").write_text(dump(owner_url, "--schema-only"))
        (self.folder / "data.sql").write_text(dump(owner_url, "--data-only"))
        for page in store.pages():
            for found in (one for one in page if not one.key.startswith(".")):  # the stack's own mark
                file = self.folder / "objects" / found.key
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(store.get(found.key))

    def load_schema(self, owner_url: str) -> None:
        """Give an empty database the recorded tables and functions; the roles must be there."""
        load(owner_url, self.folder / "schema.sql")

    def load_data(self, owner_url: str) -> None:
        """Fill the recorded tables."""
        load(owner_url, self.folder / "data.sql")

    def put_objects(self, store: ObjectStore) -> None:
        """Store every object under its key."""
        root = self.folder / "objects"
        for file in (path for path in root.rglob("*") if path.is_file()):
            store.put(str(file.relative_to(root)), file.read_bytes(), OBJECT)


def recordings() -> list[Recording]:
    """Those of all versions."""
    return [Recording(file.parent) for file in sorted(RECORDINGS.glob("*/manifest.json"))]


def dump(owner_url: str, half: str) -> str:
    """The database as SQL; the restrict key is fixed, since a random one would make every recording differ."""
    options = ("--no-owner", "--restrict-key=recording", half, "--dbname", libpq(owner_url))
    program = str(postgres_binaries() / "pg_dump")
    return subprocess.run([program, *options], check=True, capture_output=True, text=True, timeout=60).stdout


def load(owner_url: str, file: Path) -> None:
    """Run the file in one transaction."""
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file", str(file))
    program = str(postgres_binaries() / "psql")
    ended = subprocess.run(
        [program, *options, "--dbname", libpq(owner_url)], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr


def libpq(owner_url: str) -> str:
    """The URL as Postgres' own programs read it."""
    return make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
