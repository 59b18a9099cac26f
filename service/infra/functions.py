"""The database's functions: made from the `.sql` files of this package each time that the schema is migrated.

A file creates one function and grants the right to call it. To change a function, change its file; no migration names
one. A change that later code relies on needs a new revision all the same, if only an empty one: an older replica that
starts then refuses to migrate, where it would otherwise bring its own text back.

Workers of version 0.2.0 and later may run beside a newer schema. So a function that a released version calls keeps its
name, its parameters and its result for as long as such workers may run: what needs others becomes a new function in a
new file, and the old file stays.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from service.infra.locks import AdvisoryLock
from service.infra.sql_files import statement

PACKAGE = Path(__file__).parents[1]
HEADER = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)\((.*?)\)\s+RETURNS (.+?)\s+LANGUAGE ", re.MULTILINE | re.DOTALL)
OWN_FUNCTIONS = statement(__file__, "own_functions")


@dataclass(frozen=True)
class Signature:
    """What a caller relies on, in Postgres' spelling. CREATE OR REPLACE can change nothing of it."""

    name: str
    arguments: str
    result: str


@cache
def function_files() -> dict[Signature, str]:
    """The text of each file that creates a function, with the numbers of locks in place of their names."""
    texts = [with_lock_numbers(file.read_text()) for file in sorted(PACKAGE.rglob("sql/*.sql"))]
    return {signature_of(header): text for text in texts if (header := HEADER.search(text))}


def with_lock_numbers(text: str) -> str:
    """The text with a number for each `:claim_lock` and its like: a function's body has no parameters to bind."""
    for lock in AdvisoryLock:
        text = text.replace(f":{lock.name.lower()}_lock", str(lock.value))
    return text


def signature_of(header: re.Match[str]) -> Signature:
    """The signature on one line, as Postgres writes it."""
    return Signature(*(re.sub(r"(?<=\() | (?=\))", "", " ".join(part.split())) for part in header.groups()))


def create_functions(connection: Connection) -> None:
    """Make the schema's functions those of the files, in the transaction that migrated the tables.

    A function that stays is replaced, not dropped: a statement that a running worker has prepared goes on with it.
    """
    files = function_files()
    drop_functions(connection, files)
    for text in files.values():
        connection.exec_driver_sql(text.replace("%", "%%"))


def drop_functions(connection: Connection, kept: Collection[Signature] = ()) -> None:
    """Drop the owner's functions but those of these signatures; one whose signature changed is dropped too."""
    for row in connection.execute(OWN_FUNCTIONS).all():
        if Signature(row.name, row.arguments, row.result) not in kept:
            connection.exec_driver_sql(f"DROP FUNCTION {row.identity}")
