import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from botocore.exceptions import BotoCoreError, ClientError

from service.local.stack import LocalStack, S3Address, running_addresses
from service.local.stack.errors import FolderInUseError
from tests.service.local.eventually import eventually
from tests.service.local.ledger import Ledger

ROOT = Path(__file__).parents[3]
NOT_YET = (psycopg.OperationalError, redis.RedisError, BotoCoreError, ClientError)


@pytest.fixture(scope="module")
def running() -> Iterator[LocalStack]:
    """One stack for the tests that leave it running."""
    folder = Path(tempfile.mkdtemp(prefix="sd", dir="/tmp"))
    with LocalStack(folder / "data") as stack:
        stack.start()
        yield stack
    shutil.rmtree(folder, ignore_errors=True)


def test_a_running_stack_is_not_started_again(running: LocalStack) -> None:
    """A second start answers with the same addresses and the same processes."""
    before = running.addresses, [server.pid for server in running.servers]
    assert (running.start(), [server.pid for server in running.servers]) == before


@pytest.mark.parametrize("name", ["postgres", "valkey", "seaweed"])
def test_a_killed_server_comes_back_with_its_data(running: LocalStack, name: str) -> None:
    """After kill -9, tending alone brings back another process, on the same address, with every line."""
    server = next(one for one in running.servers if one.name == name)
    book, addresses, old = Ledger(running.addresses), running.addresses, server.pid
    book.write(f"before {name} died")
    before = book.read()
    assert old is not None
    time.sleep(1.1)  # the broker syncs its file each second
    os.kill(old, signal.SIGKILL)

    def answers() -> bool:
        running.maintain()
        try:
            return server.alive() and server.pid != old and book.read() == before
        except NOT_YET:
            return False

    assert eventually(answers)
    assert running.addresses == addresses


def test_another_process_finds_the_running_stack(running: LocalStack) -> None:
    """Only while its owner lives and has finished starting are addresses told."""
    code = "import sys, pathlib as p, service.local.stack as s; print(s.running_addresses(p.Path(sys.argv[1])))"
    told = subprocess.run(
        [sys.executable, "-c", code, running.folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == str(running.addresses)
    assert running_addresses(running.folder) == running.addresses


def test_a_second_stack_on_the_folder_is_refused_by_name(running: LocalStack) -> None:
    """The sentence names the folder and the process that owns it."""
    with pytest.raises(FolderInUseError) as refusal:
        LocalStack(running.folder).start()
    assert (refusal.value.pid, refusal.value.folder) == (os.getpid(), running.folder)
    assert all(str(part) in str(refusal.value) for part in (os.getpid(), running.folder))
    assert all(server.alive() for server in running.servers)


def test_whatever_holds_a_secret_is_readable_by_its_owner_alone(running: LocalStack) -> None:
    """Nothing in the folder, apart from the folder itself, lets another user in."""
    open_to_others = [
        path
        for path in running.folder.iterdir()
        if path.stat().st_mode & (stat.S_IRWXO | stat.S_IRWXG) and not path.is_socket()
    ]
    assert open_to_others == []
    assert running.folder.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) == 0


def test_secrets_stay_out_of_the_addresses_repr(running: LocalStack) -> None:
    """A log line with the addresses shows neither the broker's password nor the store's secret key."""
    shown, hidden = repr(running.addresses), running.addresses
    assert hidden.s3_secret_key not in shown
    assert hidden.broker_url not in shown


def test_a_command_line_shows_no_secret(running: LocalStack) -> None:
    """Any user of the machine can list command lines."""
    lines = [Path(f"/proc/{server.pid}/cmdline").read_text() for server in running.servers]
    password = running.addresses.broker_url.split("@")[0].removeprefix("redis://:")
    assert not any(secret in line for line in lines for secret in (password, running.addresses.s3_secret_key))


def test_a_configured_url_is_used_as_it_is(place: Path, running: LocalStack) -> None:
    """Where all three are named nothing is started, and the folder is still owned by one."""
    named = running.addresses
    s3 = S3Address(named.s3_endpoint, named.s3_access_key, named.s3_secret_key, named.s3_bucket)
    with LocalStack(place / "data", database_url=named.database_url, broker_url=named.broker_url, s3=s3) as stack:
        assert stack.start() == named
        assert stack.servers == ()
        assert running_addresses(place / "data") == named
    assert running_addresses(place / "data") is None


def test_a_single_command_gets_the_database_alone(place: Path) -> None:
    """Postgres answers, the other two are not started, and it is gone afterwards."""
    with LocalStack(place / "data") as stack:
        url = stack.start_database_only()
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            assert database.execute("select current_user, current_database()").fetchone() == ("postgres", "svdiff")
        assert [server.name for server in stack.servers if server.alive()] == ["postgres"]
        assert running_addresses(place / "data") is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace("+psycopg", ""))


def test_a_role_without_password_can_enter_through_the_socket(running: LocalStack) -> None:
    """Migrations make roles in this cluster; their URLs differ from the owner's in the name only."""
    owner = running.addresses.database_url.replace("+psycopg", "")
    with psycopg.connect(owner, autocommit=True) as database:
        database.execute("create role visitor login nosuperuser nobypassrls")
    with psycopg.connect(owner.replace("postgres@", "visitor@")) as database:
        assert database.execute("select current_user").fetchone() == ("visitor",)


def test_sqlalchemy_understands_the_database_url(running: LocalStack) -> None:
    """The product reaches Postgres by SQLAlchemy, which has its own way to read a URL."""
    from sqlalchemy import create_engine, make_url, text

    url = make_url(running.addresses.database_url)
    engine = create_engine(url.set(username="postgres"))
    with engine.connect() as connection:
        assert connection.scalar(text("show unix_socket_directories")) == url.query["host"]
    engine.dispose()
