"""Webhooks: endpoints, deliveries, and the log of attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.pieces import child_of, engine_rows, identity, moment, own_rows, tenant, tenant_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ENGINE_RIGHTS = {
    "webhook_endpoints": "SELECT, UPDATE",
    "webhook_deliveries": "SELECT, INSERT, UPDATE, DELETE",
    "webhook_attempts": "SELECT, INSERT",
}


def upgrade() -> None:
    add_endpoints()
    add_deliveries()
    add_attempts()
    for table, rights in ENGINE_RIGHTS.items():
        own_rows(table)
        engine_rows(table, rights)


def add_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        identity(),
        tenant(),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        moment("secret_created_at"),
        sa.Column("old_secret", sa.String(), nullable=True),
        moment("old_secret_until", nullable=True),
        moment("disabled_at", nullable=True),
        sa.Column("disabled_reason", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        moment("paused_until", nullable=True),
        moment("served_at", nullable=True),
        moment("created_at"),
        tenant_key("webhook_endpoints"),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_endpoints_pkey")),
    )
    op.create_index(op.f("webhook_endpoints_tenant_id_idx"), "webhook_endpoints", ["tenant_id"])


def add_deliveries() -> None:
    table = "webhook_deliveries"
    op.create_table(
        table,
        identity(),
        tenant(),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        moment("begun_at"),
        moment("next_at"),
        sa.Column("token", sa.BigInteger(), nullable=True),
        moment("lease_until", nullable=True),
        moment("created_at"),
        moment("delivered_at", nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name=op.f("webhook_deliveries_state_check")),
        child_of("webhook_endpoints", table, "endpoint_id"),
        child_of("jobs", table, "job_id"),
        child_of("batches", table, "batch_id"),
        tenant_key(table),
        sa.PrimaryKeyConstraint("id", name=op.f("webhook_deliveries_pkey")),
    )
    pending, leased = sa.text("state = 'pending'"), sa.text("lease_until IS NOT NULL")
    op.create_index("webhook_deliveries_due_idx", table, ["endpoint_id", "next_at", "id"], postgresql_where=pending)
    op.create_index("webhook_deliveries_leased_idx", table, ["endpoint_id"], postgresql_where=leased)
    op.create_index("webhook_deliveries_event_key", table, ["job_id", "endpoint_id", "seq"], unique=True)
    op.create_index("webhook_deliveries_endpoint_id_idx", table, ["endpoint_id", "id"])
    op.create_index("webhook_deliveries_created_at_idx", table, ["created_at"])
    op.create_index(op.f("webhook_deliveries_batch_id_idx"), table, ["batch_id"])
    op.create_index(op.f("webhook_deliveries_tenant_id_idx"), table, ["tenant_id"])


def add_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        tenant(),
        moment("at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        child_of("webhook_deliveries", "webhook_attempts", "delivery_id"),
        tenant_key("webhook_attempts"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("webhook_attempts_pkey")),
    )
    op.create_index(op.f("webhook_attempts_tenant_id_idx"), "webhook_attempts", ["tenant_id"])


def downgrade() -> None:
    for table in reversed(ENGINE_RIGHTS):
        op.drop_table(table)
