"""Alembic's entry: one connection handed over by `service.infra.migrate`, one migration at a time."""

from alembic import context

from service.infra.locks import AdvisoryLock, lock
from service.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
with context.begin_transaction():
    lock(connection, AdvisoryLock.MIGRATION)
    context.run_migrations()
