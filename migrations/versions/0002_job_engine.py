"""The job engine: priorities, deadlines, dependencies, batches, workers."""

import sqlalchemy as sa
from alembic import op

from migrations.pieces import child_of, engine_rows, identity, moment, own_rows, owner_reads, tenant, tenant_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JOB_INDEXES = {
    "jobs_waiting_idx": (["tenant_id", "urgent_at", "id"], "state = 'queued'"),
    "jobs_interrupted_idx": (["tenant_id", "interrupted_at"], "state = 'queued' AND interrupted_at IS NOT NULL"),
    "jobs_open_lines_idx": (["batch_id", "state"], "batch_id IS NOT NULL AND ended_at IS NULL"),
    "jobs_deadlines_idx": (["expires_at"], "expires_at IS NOT NULL AND started_at IS NULL AND ended_at IS NULL"),
}
JOB_COLUMNS = (
    "priority",
    "urgent_at",
    "expires_at",
    "avoided_worker",
    "avoided_until",
    "interrupted_at",
    "batch_id",
    "custom_id",
    "line",
)


def upgrade() -> None:
    add_batches()
    add_job_columns()
    replace_handicap()
    constrain_jobs()
    extend_loads()
    extend_artifacts()
    add_dependencies()
    add_workers()
    owner_reads("jobs")  # for queue_position


def add_batches() -> None:
    op.create_table(
        "batches",
        identity(),
        tenant(),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        moment("created_at"),
        moment("canceled_at", nullable=True),
        moment("ended_at", nullable=True),
        tenant_key("batches"),
        sa.PrimaryKeyConstraint("id", name=op.f("batches_pkey")),
    )
    op.create_index(op.f("batches_tenant_id_idx"), "batches", ["tenant_id"])
    op.create_index("batches_open_idx", "batches", ["created_at"], postgresql_where=sa.text("ended_at IS NULL"))
    own_rows("batches")
    engine_rows("batches", "SELECT, UPDATE")


def add_job_columns() -> None:
    for column in (
        sa.Column("priority", sa.String(), server_default="interactive", nullable=False),
        moment("urgent_at"),
        moment("expires_at", nullable=True),
        sa.Column("avoided_worker", sa.String(), nullable=True),
        moment("avoided_until", nullable=True),
        moment("interrupted_at", nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("custom_id", sa.String(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
    ):
        op.add_column("jobs", column)


def replace_handicap() -> None:
    """The order in a tenant's queue becomes a moment, which an index can hold."""
    op.execute("UPDATE jobs SET urgent_at = created_at + make_interval(secs => handicap_seconds)")
    op.drop_column("jobs", "handicap_seconds")
    op.drop_index("jobs_waiting_idx", "jobs")


def constrain_jobs() -> None:
    op.create_foreign_key(op.f("jobs_batch_id_fkey"), "jobs", "batches", ["batch_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint(op.f("jobs_priority_check"), "jobs", "priority IN ('interactive', 'batch', 'training')")
    for name, (columns, condition) in JOB_INDEXES.items():
        op.create_index(name, "jobs", columns, postgresql_where=sa.text(condition))
    op.create_index("jobs_batch_line_key", "jobs", ["batch_id", "line"], unique=True)


def extend_loads() -> None:
    op.add_column("tenant_loads", sa.Column("batch_pending", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tenant_loads", sa.Column("max_batch_pending", sa.Integer(), server_default="100000", nullable=False))
    op.alter_column("tenant_loads", "max_batch_pending", server_default=None)
    op.drop_constraint(op.f("tenant_loads_counts_check"), "tenant_loads")
    op.create_check_constraint(
        op.f("tenant_loads_counts_check"), "tenant_loads", "running >= 0 AND pending >= 0 AND batch_pending >= 0"
    )


def extend_artifacts() -> None:
    op.create_index("artifacts_created_at_idx", "artifacts", ["kind", "created_at"])
    op.execute("GRANT UPDATE ON artifacts TO svdiff_engine")  # to lock what it deletes


def add_dependencies() -> None:
    op.create_table(
        "job_dependencies",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("needs_id", sa.Uuid(), nullable=False),
        tenant(),
        child_of("jobs", "job_dependencies", "job_id"),
        child_of("jobs", "job_dependencies", "needs_id"),
        tenant_key("job_dependencies"),
        sa.PrimaryKeyConstraint("job_id", "needs_id", name=op.f("job_dependencies_pkey")),
    )
    op.create_index(op.f("job_dependencies_needs_id_idx"), "job_dependencies", ["needs_id"])
    op.create_index(op.f("job_dependencies_tenant_id_idx"), "job_dependencies", ["tenant_id"])
    own_rows("job_dependencies")
    engine_rows("job_dependencies", "SELECT, DELETE")


def add_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.String(), nullable=False),
        moment("started_at"),
        moment("seen_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("workers_pkey")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO svdiff_engine")


def downgrade() -> None:
    op.execute("DROP POLICY owner_reads ON jobs")
    op.drop_table("workers")
    op.drop_table("job_dependencies")
    op.execute("REVOKE UPDATE ON artifacts FROM svdiff_engine")
    op.drop_index("artifacts_created_at_idx", "artifacts")
    reduce_loads()
    reduce_jobs()
    op.drop_table("batches")


def reduce_loads() -> None:
    op.drop_constraint(op.f("tenant_loads_counts_check"), "tenant_loads")
    op.create_check_constraint(op.f("tenant_loads_counts_check"), "tenant_loads", "running >= 0 AND pending >= 0")
    op.drop_column("tenant_loads", "max_batch_pending")
    op.drop_column("tenant_loads", "batch_pending")


def reduce_jobs() -> None:
    for index in (*JOB_INDEXES, "jobs_batch_line_key"):
        op.drop_index(index, "jobs")
    queued = sa.text("state = 'queued'")
    op.create_index("jobs_waiting_idx", "jobs", ["tenant_id", "available_at"], postgresql_where=queued)
    op.add_column("jobs", sa.Column("handicap_seconds", sa.Double(), server_default="0", nullable=False))
    op.execute("UPDATE jobs SET handicap_seconds = extract(epoch FROM urgent_at - created_at)")
    op.alter_column("jobs", "handicap_seconds", server_default=None)
    op.drop_constraint(op.f("jobs_priority_check"), "jobs")
    op.drop_constraint(op.f("jobs_batch_id_fkey"), "jobs")
    for column in reversed(JOB_COLUMNS):
        op.drop_column("jobs", column)
