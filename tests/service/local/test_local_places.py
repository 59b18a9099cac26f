"""Whoever runs it, and wherever the folder lies."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from service.local.stack import LocalStack
from service.local.stack.postgres import Postgres
from tests.service.local.ledger import Ledger

ROOT = Path(__file__).parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
needs_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")


@as_root
def test_root_with_a_private_folder_above_keeps_it_private(place: Path) -> None:
    """Postgres runs, as another user, without a change to the folder that is closed to that user."""
    private = place / "private"
    private.mkdir(mode=0o700)
    with LocalStack(private / "data") as stack:
        url = stack.start_database_only()
        with psycopg.connect(url.replace("+psycopg", "")) as database:
            assert database.execute("select 1").fetchone() == (1,)
        postgres = next(server for server in stack.servers if server.name == "postgres")
        assert Path(f"/proc/{postgres.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert (private.stat().st_uid, stat.S_IMODE(private.stat().st_mode)) == (0, 0o700)


def as_nobody(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code as a user who may read this checkout, and nothing else."""
    nobody = pwd.getpwnam("nobody")
    who = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    may_read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    return subprocess.run(
        [*who, *may_read, "--", sys.executable, "-c", code, folder],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@as_root
@needs_setpriv
def test_a_normal_user_runs_the_whole_stack(place: Path) -> None:
    """All three servers work for a user without any right."""
    nobody = pwd.getpwnam("nobody")
    home = place / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    code = (
        "import os, sys, pathlib; from service.local.stack import LocalStack\n"
        "with LocalStack(pathlib.Path(sys.argv[1])) as stack:\n"
        "    stack.start(); print(os.geteuid(), [server.name for server in stack.servers if server.alive()])"
    )
    ran = as_nobody(code, home / "data")
    assert ran.stdout.splitlines()[-1:] == [f"{nobody.pw_uid} ['seaweed', 'valkey', 'postgres']"], ran.stderr


@as_root
@needs_setpriv
@pytest.mark.parametrize("call", ["LocalStack(folder).start()", "running_addresses(folder)"])
def test_another_users_folder_is_refused_with_a_sentence(place: Path, call: str) -> None:
    """Neither a start nor a look at the addresses ends in a bare permission error."""
    (place / "logs").mkdir()
    (place / "lock").touch(0o600)
    code = (
        "import sys, pathlib; from service.local.stack import *; folder = pathlib.Path(sys.argv[1])\n"
        f"try: {call}\nexcept StackError as error: print(error)"
    )
    assert as_nobody(code, place).stdout.startswith(f"The data folder {place} belongs to another user")


def test_a_path_too_long_for_a_socket_and_full_of_odd_letters_works(place: Path) -> None:
    """Spaces, commas, quotes, percent signs and 150 bytes: everything stays in the folder but the socket."""
    folder = place / "a, 'b' \"c\" %20 ü" / ("long" * 30)
    with LocalStack(folder) as stack:
        Ledger(stack.start()).write("one")
        assert Ledger(stack.addresses).read() == (["one"],) * 3
    assert (folder / "postgres" / "PG_VERSION").exists()


def test_an_interrupted_first_start_leaves_nothing_half_made(place: Path) -> None:
    """A cluster that was killed while it was being made is made again."""
    stack = LocalStack(place / "data")
    unfinished = place / "data" / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with stack:
        stack.start_database_only()
        assert not unfinished.exists()


def test_a_lock_file_with_a_reused_process_number_does_not_stop_postgres(place: Path) -> None:
    """After a reboot the number in it may be anybody's: here it is this test's own."""
    with LocalStack(place / "data") as stack:
        stack.start_database_only()
        postgres = next(server for server in stack.servers if isinstance(server, Postgres))
        lines = (postgres.home / "postmaster.pid").read_text().splitlines()
    (postgres.home / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    with stack:
        stack.start_database_only()
        assert postgres.alive()
