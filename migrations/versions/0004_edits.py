"""Edits: the shifts that they learned, by what they learned them from. Bases: where their singular values lie."""

import sqlalchemy as sa
from alembic import op

from migrations.pieces import child_of, moment, own_rows, tenant, tenant_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edit_shifts",
        tenant(),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        moment("created_at"),
        child_of("shifts", "edit_shifts", "shift_id"),
        tenant_key("edit_shifts"),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("edit_shifts_pkey")),
    )
    op.create_index(op.f("edit_shifts_shift_id_idx"), "edit_shifts", ["shift_id"])
    own_rows("edit_shifts")

    op.add_column("bases", sa.Column("spectrum_key", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("bases", "spectrum_key")
    op.drop_table("edit_shifts")
