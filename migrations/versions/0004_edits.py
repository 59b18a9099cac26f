"""Edits: the shifts that they learned, by what they learned them from. Bases: where their singular values lie."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "edit_shifts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("edit_shifts_shift_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("edit_shifts_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("edit_shifts_pkey")),
    )
    op.create_index(op.f("edit_shifts_shift_id_idx"), "edit_shifts", ["shift_id"], unique=False)
    op.execute("ALTER TABLE edit_shifts ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE edit_shifts FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own ON edit_shifts TO svdiff_app USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON edit_shifts TO svdiff_app")

    op.add_column("bases", sa.Column("spectrum_key", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("bases", "spectrum_key")
    op.drop_table("edit_shifts")
