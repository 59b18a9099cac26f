"""The first schema: tables, roles, row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.pieces import (
    TENANT,
    child_of,
    engine_rows,
    force_row_security,
    identity,
    moment,
    own_rows,
    owner_reads,
    tenant,
    tenant_key,
)
from service.infra.functions import drop_functions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "api_keys",
    "artifacts",
    "idempotency_keys",
    "images",
    "job_events",
    "job_inputs",
    "jobs",
    "shifts",
    "tenant_loads",
    "usage",
)
ENGINE_RIGHTS = {
    "tenants": "SELECT, INSERT",
    "tenant_loads": "SELECT, INSERT, UPDATE",
    "jobs": "SELECT, UPDATE",
    "job_events": "SELECT, INSERT",
    "artifacts": "SELECT, DELETE",
    "usage": "SELECT, INSERT",
    "idempotency_keys": "SELECT, DELETE",
}
READ_BY_FUNCTIONS = ("api_keys", "tenant_loads")  # whose key it is, and where a returning tenant's counter starts


def upgrade() -> None:
    create_roles()
    op.execute(sa.schema.CreateSequence(sa.Sequence("fencing_tokens")))
    for create_table in TABLES.values():
        create_table()
    grant()


def create_roles() -> None:
    """Roles belong to the whole cluster, so they may stand already."""
    for role in ("svdiff_app", "svdiff_engine"):
        op.execute(
            f"""
            DO $$ BEGIN
                CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """
        )
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")


def create_bases() -> None:
    op.create_table(
        "bases",
        identity(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_revision", sa.String(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(), nullable=False),
        moment("created_at"),
        moment("retired_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("bases_pkey")),
        sa.UniqueConstraint("name", "revision", name=op.f("bases_name_revision_key")),
    )
    op.create_index(op.f("bases_fingerprint_idx"), "bases", ["fingerprint"])
    op.create_index("bases_one_current_a_name", "bases", ["name"], unique=True, postgresql_where=sa.text("current"))


def create_doomed_objects() -> None:
    op.create_table(
        "doomed_objects",
        sa.Column("object_key", sa.String(), nullable=False),
        moment("created_at"),
        sa.PrimaryKeyConstraint("object_key", name=op.f("doomed_objects_pkey")),
    )


def create_prior_sets() -> None:
    op.create_table(
        "prior_sets",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        moment("lease_until", nullable=True),
        moment("created_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("prior_sets_pkey")),
    )


def create_tenants() -> None:
    op.create_table(
        "tenants",
        identity(),
        sa.Column("name", sa.String(), nullable=False),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
        sa.UniqueConstraint("name", name=op.f("tenants_name_key")),
    )


def create_api_keys() -> None:
    op.create_table(
        "api_keys",
        identity(),
        tenant(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        moment("created_at"),
        moment("revoked_at", nullable=True),
        tenant_key("api_keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
    )
    op.create_index(op.f("api_keys_tenant_id_idx"), "api_keys", ["tenant_id"])


def create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        tenant(),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        moment("created_at"),
        tenant_key("idempotency_keys"),
        sa.PrimaryKeyConstraint("tenant_id", "method", "route", "key", name=op.f("idempotency_keys_pkey")),
    )


def create_jobs() -> None:
    op.create_table(
        "jobs",
        identity(),
        tenant(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("spec", postgresql.JSONB(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("phase", sa.String(), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handicap_seconds", sa.Double(), nullable=False),
        sa.Column("estimate_seconds", sa.Double(), nullable=False),
        sa.Column("device_seconds", sa.Double(), server_default="0", nullable=False),
        moment("available_at"),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        moment("lease_until", nullable=True),
        moment("created_at"),
        moment("claimed_at", nullable=True),
        moment("started_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('blocked', 'queued', 'running', 'pausing', 'paused', 'canceling', "
            "'succeeded', 'failed', 'canceled', 'expired')",
            name=op.f("jobs_state_check"),
        ),
        tenant_key("jobs"),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_pkey")),
    )
    op.create_index(
        "jobs_leases_idx",
        "jobs",
        ["lease_until"],
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(op.f("jobs_tenant_id_idx"), "jobs", ["tenant_id"])
    op.create_index(
        "jobs_waiting_idx",
        "jobs",
        ["tenant_id", "available_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def create_tenant_loads() -> None:
    op.create_table(
        "tenant_loads",
        tenant(),
        sa.Column("running", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("served_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("weight", sa.Double(), server_default="1", nullable=False),
        sa.Column("max_running", sa.Integer(), nullable=False),
        sa.Column("max_pending", sa.Integer(), nullable=False),
        sa.CheckConstraint("running >= 0 AND pending >= 0", name=op.f("tenant_loads_counts_check")),
        sa.CheckConstraint("weight > 0", name=op.f("tenant_loads_weight_check")),
        tenant_key("tenant_loads"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("tenant_loads_pkey")),
    )


def create_artifacts() -> None:
    op.create_table(
        "artifacts",
        identity(),
        tenant(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        moment("created_at"),
        child_of("jobs", "artifacts", "job_id"),
        tenant_key("artifacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("artifacts_pkey")),
        sa.UniqueConstraint("object_key", name=op.f("artifacts_object_key_key")),
    )
    op.create_index(op.f("artifacts_job_id_idx"), "artifacts", ["job_id"])
    op.create_index(op.f("artifacts_tenant_id_idx"), "artifacts", ["tenant_id"])
    op.create_index(
        "artifacts_training_state_key",
        "artifacts",
        ["job_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'training_state'"),
    )


def create_job_events() -> None:
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        tenant(),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        moment("created_at"),
        child_of("jobs", "job_events", "job_id"),
        tenant_key("job_events"),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("job_events_pkey")),
    )
    op.create_index(op.f("job_events_tenant_id_idx"), "job_events", ["tenant_id"])


def create_job_inputs() -> None:
    op.create_table(
        "job_inputs",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("input_id", sa.Uuid(), nullable=False),
        tenant(),
        child_of("jobs", "job_inputs", "job_id"),
        tenant_key("job_inputs"),
        sa.PrimaryKeyConstraint("job_id", "input_id", name=op.f("job_inputs_pkey")),
    )
    op.create_index(op.f("job_inputs_input_id_idx"), "job_inputs", ["input_id"])
    op.create_index(op.f("job_inputs_tenant_id_idx"), "job_inputs", ["tenant_id"])


def create_usage() -> None:
    op.create_table(
        "usage",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        tenant(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("device_seconds", sa.Double(), nullable=False),
        moment("created_at"),
        child_of("jobs", "usage", "job_id"),
        tenant_key("usage"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("usage_pkey")),
    )
    op.create_index(op.f("usage_tenant_id_idx"), "usage", ["tenant_id"])


def create_images() -> None:
    op.create_table(
        "images",
        identity(),
        tenant(),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        moment("created_at"),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifacts.id"], name=op.f("images_artifact_id_fkey")),
        tenant_key("images"),
        sa.PrimaryKeyConstraint("id", name=op.f("images_pkey")),
    )
    op.create_index(op.f("images_tenant_id_idx"), "images", ["tenant_id"])


def create_shifts() -> None:
    op.create_table(
        "shifts",
        identity(),
        tenant(),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("base_name", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        moment("created_at"),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifacts.id"], name=op.f("shifts_artifact_id_fkey")),
        tenant_key("shifts"),
        sa.PrimaryKeyConstraint("id", name=op.f("shifts_pkey")),
    )
    op.create_index(op.f("shifts_tenant_id_idx"), "shifts", ["tenant_id"])


TABLES = {  # in the order of their references
    "bases": create_bases,
    "doomed_objects": create_doomed_objects,
    "prior_sets": create_prior_sets,
    "tenants": create_tenants,
    "api_keys": create_api_keys,
    "idempotency_keys": create_idempotency_keys,
    "jobs": create_jobs,
    "tenant_loads": create_tenant_loads,
    "artifacts": create_artifacts,
    "job_events": create_job_events,
    "job_inputs": create_job_inputs,
    "usage": create_usage,
    "images": create_images,
    "shifts": create_shifts,
}


def grant() -> None:
    """`app` is one tenant at a time, `engine` sees what it schedules, and nobody sees a tenant's rows by default."""
    for table in TENANT_TABLES:
        own_rows(table)
    force_row_security("tenants")
    op.execute(f"CREATE POLICY own ON tenants TO svdiff_app USING (id = {TENANT})")
    op.execute("GRANT SELECT ON tenants, bases, alembic_version TO svdiff_app")
    op.execute("GRANT INSERT ON doomed_objects TO svdiff_app")
    for table, rights in ENGINE_RIGHTS.items():
        engine_rows(table, rights)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON bases, prior_sets, doomed_objects TO svdiff_engine")
    op.execute("GRANT USAGE ON SEQUENCE fencing_tokens TO svdiff_engine")
    for table in READ_BY_FUNCTIONS:
        owner_reads(table)


def downgrade() -> None:
    drop_functions(op.get_bind())
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP SEQUENCE fencing_tokens")
