"""What several migrations write alike. A change here would change what they did: add a piece, do not alter one."""

import sqlalchemy as sa
from alembic import op

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"  # the one that the app role acts for


def identity() -> sa.Column[object]:
    """The id that the code gives."""
    return sa.Column("id", sa.Uuid(), nullable=False)


def tenant() -> sa.Column[object]:
    """Whose row it is."""
    return sa.Column("tenant_id", sa.Uuid(), nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A time; now, where it may not be missing."""
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def child_of(parent: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    """A reference; the row is deleted with what it refers to."""
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"{table}_{column}_fkey"), ondelete="CASCADE")


def tenant_key(table: str) -> sa.ForeignKeyConstraint:
    """Every row is a tenant's."""
    return child_of("tenants", table, "tenant_id")


def force_row_security(table: str) -> None:
    """Nobody sees a row without a policy, not even the owner."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def own_rows(table: str) -> None:
    """The app role sees and writes the rows of its tenant alone."""
    force_row_security(table)
    op.execute(
        f"CREATE POLICY own ON {table} TO svdiff_app USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO svdiff_app")


def engine_rows(table: str, rights: str) -> None:
    """The engine role has these rights on the rows of every tenant."""
    op.execute(f"CREATE POLICY engine ON {table} TO svdiff_engine USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {rights} ON {table} TO svdiff_engine")


def owner_reads(table: str) -> None:
    """The owner reads every row: for the functions that run as the owner, which FORCE would blind."""
    op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO CURRENT_USER USING (true)")
