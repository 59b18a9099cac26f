"""Alembic's entry: one connection handed over by `service.infra.migrate`, one migration at a time."""

from alembic import context
from sqlalchemy import text

from service.tables import Table

MIGRATION_LOCK = 7_340_021  # any number, the same in every process that migrates

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
with context.begin_transaction():
    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    context.run_migrations()
