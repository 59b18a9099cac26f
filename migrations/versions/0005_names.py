"""Names in the field's terms, before the first release: objects that are to be deleted, singular values of bases."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("doomed_objects", "pending_deletions")
    op.execute("ALTER INDEX doomed_objects_pkey RENAME TO pending_deletions_pkey")
    op.alter_column("bases", "spectrum_key", new_column_name="singular_values_key")


def downgrade() -> None:
    op.alter_column("bases", "singular_values_key", new_column_name="spectrum_key")
    op.execute("ALTER INDEX pending_deletions_pkey RENAME TO doomed_objects_pkey")
    op.rename_table("pending_deletions", "doomed_objects")
