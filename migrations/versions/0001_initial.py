"""The first schema: tables, roles, row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_roles()
    create_tables()
    secure()


def create_tables() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("fencing_tokens")))
    op.create_table(
        "bases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_revision", sa.String(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("bases_pkey")),
        sa.UniqueConstraint("name", "revision", name=op.f("bases_name_revision_key")),
    )
    op.create_index(op.f("bases_fingerprint_idx"), "bases", ["fingerprint"], unique=False)
    op.create_index("bases_one_current_a_name", "bases", ["name"], unique=True, postgresql_where=sa.text("current"))
    op.create_table(
        "doomed_objects",
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("doomed_objects_pkey")),
    )
    op.create_table(
        "prior_sets",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("prior_sets_pkey")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
        sa.UniqueConstraint("name", name=op.f("tenants_name_key")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("api_keys_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
    )
    op.create_index(op.f("api_keys_tenant_id_idx"), "api_keys", ["tenant_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("idempotency_keys_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "method", "route", "key", name=op.f("idempotency_keys_pkey")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("phase", sa.String(), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handicap_seconds", sa.Double(), nullable=False),
        sa.Column("estimate_seconds", sa.Double(), nullable=False),
        sa.Column("device_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('blocked', 'queued', 'running', 'pausing', 'paused', 'canceling', "
            "'succeeded', 'failed', 'canceled', 'expired')",
            name=op.f("jobs_state_check"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("jobs_tenant_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_pkey")),
    )
    op.create_index(
        "jobs_leases_idx",
        "jobs",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(op.f("jobs_tenant_id_idx"), "jobs", ["tenant_id"], unique=False)
    op.create_index(
        "jobs_waiting_idx",
        "jobs",
        ["tenant_id", "available_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "tenant_loads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("running", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pending", sa.Integer(), server_default="0", nullable=False),
        sa.Column("served_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("weight", sa.Double(), server_default="1", nullable=False),
        sa.Column("max_running", sa.Integer(), nullable=False),
        sa.Column("max_pending", sa.Integer(), nullable=False),
        sa.CheckConstraint("running >= 0 AND pending >= 0", name=op.f("tenant_loads_counts_check")),
        sa.CheckConstraint("weight > 0", name=op.f("tenant_loads_weight_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("tenant_loads_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("tenant_loads_pkey")),
    )
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("artifacts_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("artifacts_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("artifacts_pkey")),
        sa.UniqueConstraint("object_key", name=op.f("artifacts_object_key_key")),
    )
    op.create_index(op.f("artifacts_job_id_idx"), "artifacts", ["job_id"], unique=False)
    op.create_index(op.f("artifacts_tenant_id_idx"), "artifacts", ["tenant_id"], unique=False)
    op.create_index(
        "artifacts_training_state_key",
        "artifacts",
        ["job_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'training_state'"),
    )
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("job_events_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("job_events_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("job_events_pkey")),
    )
    op.create_index(op.f("job_events_tenant_id_idx"), "job_events", ["tenant_id"], unique=False)
    op.create_table(
        "job_inputs",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("input_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("job_inputs_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("job_inputs_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "input_id", name=op.f("job_inputs_pkey")),
    )
    op.create_index(op.f("job_inputs_input_id_idx"), "job_inputs", ["input_id"], unique=False)
    op.create_index(op.f("job_inputs_tenant_id_idx"), "job_inputs", ["tenant_id"], unique=False)
    op.create_table(
        "usage",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("device_seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("usage_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("usage_tenant_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("usage_pkey")),
    )
    op.create_index(op.f("usage_tenant_id_idx"), "usage", ["tenant_id"], unique=False)
    op.create_table(
        "images",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifacts.id"], name=op.f("images_artifact_id_fkey")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("images_tenant_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("images_pkey")),
    )
    op.create_index(op.f("images_tenant_id_idx"), "images", ["tenant_id"], unique=False)
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("base_name", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifacts.id"], name=op.f("shifts_artifact_id_fkey")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("shifts_tenant_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("shifts_pkey")),
    )
    op.create_index(op.f("shifts_tenant_id_idx"), "shifts", ["tenant_id"], unique=False)


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


def secure() -> None:
    """`app` is one tenant at a time, `engine` sees what it schedules, and nobody sees a tenant's rows by default."""
    tenant = "NULLIF(current_setting('app.tenant', true), '')::uuid"
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own ON {table} TO svdiff_app USING (tenant_id = {tenant}) WITH CHECK (tenant_id = {tenant})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO svdiff_app")
    op.execute("ALTER TABLE tenants ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE tenants FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON tenants TO svdiff_app USING (id = {tenant})")
    op.execute("GRANT SELECT ON tenants, bases, alembic_version TO svdiff_app")
    for table, rights in ENGINE_RIGHTS.items():
        op.execute(f"CREATE POLICY engine ON {table} TO svdiff_engine USING (true) WITH CHECK (true)")
        op.execute(f"GRANT {rights} ON {table} TO svdiff_engine")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON bases, prior_sets, doomed_objects TO svdiff_engine")
    op.execute("GRANT INSERT ON doomed_objects TO svdiff_app")
    op.execute("GRANT USAGE ON SEQUENCE fencing_tokens TO svdiff_engine")
    create_functions()


def create_functions() -> None:
    """What `app` may learn beyond its tenant: whose key this is, and where a returning tenant's counter starts."""
    for table in ("api_keys", "tenant_loads"):
        op.execute(f"CREATE POLICY owner_reads ON {table} FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(
        """
        CREATE FUNCTION tenant_of_key(key_digest bytea) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ SELECT tenant_id FROM api_keys WHERE digest = key_digest AND revoked_at IS NULL $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION lowest_active_share() RETURNS double precision
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ SELECT coalesce(min(served_seconds / weight), 0) FROM tenant_loads WHERE running + pending > 0 $$
        """
    )
    for function in ("tenant_of_key(bytea)", "lowest_active_share()"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO svdiff_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION tenant_of_key(bytea), lowest_active_share()")
    for table in (
        "shifts",
        "images",
        "usage",
        "job_inputs",
        "job_events",
        "artifacts",
        "tenant_loads",
        "jobs",
        "idempotency_keys",
        "api_keys",
        "tenants",
        "prior_sets",
        "doomed_objects",
        "bases",
    ):
        op.drop_table(table)
    op.execute("DROP SEQUENCE fencing_tokens")
