"""What a running worker's statements rely on, read from a database's catalogs."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

FUNCTIONS = """
SELECT proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
RIGHTS = r"""
SELECT grantee, privilege_type, table_name || '.' || column_name
FROM information_schema.column_privileges WHERE table_schema = 'public' AND grantee LIKE 'svdiff\_%'
UNION SELECT grantee, privilege_type, table_name
FROM information_schema.table_privileges WHERE table_schema = 'public' AND grantee LIKE 'svdiff\_%'
    AND privilege_type = 'DELETE'
UNION SELECT grantee, privilege_type, routine_name
FROM information_schema.routine_privileges WHERE routine_schema = 'public' AND grantee LIKE 'svdiff\_%'
UNION SELECT grantee, privilege_type, object_name
FROM information_schema.usage_privileges WHERE object_schema = 'public' AND grantee LIKE 'svdiff\_%'
"""
UNIQUE_KEYS = """
SELECT i.indrelid::regclass::text,
       (SELECT string_agg(a.attname, ', ' ORDER BY a.attname) FROM pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)),
       coalesce(pg_get_expr(i.indpred, i.indrelid), 'always')
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True)
class Catalog:
    """The schema as a client's statements meet it."""

    functions: frozenset[tuple[str, ...]]  # name, arguments, result
    columns: dict[tuple[str, str], str]  # table and column: type
    required: frozenset[tuple[str, str]]  # columns that an INSERT must give
    rights: frozenset[tuple[str, ...]]  # role, right, on what
    unique_keys: frozenset[tuple[str, ...]]  # table, columns, predicate: what ON CONFLICT may name


def read(connection: Connection) -> Catalog:
    """The catalog of the database as this transaction sees it."""
    columns = connection.execute(text(COLUMNS)).all()
    return Catalog(
        functions=rows(connection, FUNCTIONS),
        columns={(table, column): kind for table, column, kind, _ in columns},
        required=frozenset((table, column) for table, column, _, required in columns if required),
        rights=rows(connection, RIGHTS),
        unique_keys=rows(connection, UNIQUE_KEYS),
    )


def rows(connection: Connection, query: str) -> frozenset[tuple[str, ...]]:
    """The rows of a query."""
    return frozenset(tuple(row) for row in connection.execute(text(query)))


def breaks(old: Catalog, new: Catalog) -> Iterator[str]:
    """Each way in which statements written for the old schema would fail on the new one."""
    tables = {table for table, _ in old.columns}
    yield from (f"function {one} is gone" for one in old.functions - new.functions)
    yield from (f"{one} was {kind}" for one, kind in old.columns.items() if new.columns.get(one) != kind)
    yield from (f"{one} has no default" for one in new.required - old.required if one[0] in tables)
    yield from (f"right {one} is gone" for one in old.rights - new.rights)
    yield from (f"unique key {one} is gone" for one in old.unique_keys - new.unique_keys)
