"""The whole job engine: priorities, deadlines, dependencies, batches, workers, and the claim as one statement."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def upgrade() -> None:
    add_batches()
    extend_jobs()
    extend_loads()
    add_dependencies()
    add_workers()
    add_functions()


def add_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("batches_tenant_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("batches_pkey")),
    )
    op.create_index(op.f("batches_tenant_id_idx"), "batches", ["tenant_id"], unique=False)
    op.create_index("batches_open_idx", "batches", ["created_at"], postgresql_where=sa.text("ended_at IS NULL"))
    own_and_engine("batches", "SELECT, UPDATE")


def extend_jobs() -> None:
    op.add_column("jobs", sa.Column("priority", sa.String(), server_default="interactive", nullable=False))
    op.add_column(
        "jobs", sa.Column("urgent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.execute("UPDATE jobs SET urgent_at = created_at + make_interval(secs => handicap_seconds)")
    op.drop_column("jobs", "handicap_seconds")
    op.add_column("jobs", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("avoided_worker", sa.String(), nullable=True))
    op.add_column("jobs", sa.Column("avoided_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("interrupted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.add_column("jobs", sa.Column("custom_id", sa.String(), nullable=True))
    op.add_column("jobs", sa.Column("line", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("jobs_batch_id_fkey"), "jobs", "batches", ["batch_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint(op.f("jobs_priority_check"), "jobs", "priority IN ('interactive', 'batch', 'training')")
    op.drop_index("jobs_waiting_idx", "jobs")
    queued = sa.text("state = 'queued'")
    op.create_index("jobs_waiting_idx", "jobs", ["tenant_id", "urgent_at", "id"], postgresql_where=queued)
    interrupted = sa.text("state = 'queued' AND interrupted_at IS NOT NULL")
    op.create_index("jobs_interrupted_idx", "jobs", ["tenant_id", "interrupted_at"], postgresql_where=interrupted)
    op.create_index("jobs_batch_line_key", "jobs", ["batch_id", "line"], unique=True)
    op.create_index(
        "jobs_open_lines_idx",
        "jobs",
        ["batch_id", "state"],
        postgresql_where=sa.text("batch_id IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "jobs_deadlines_idx",
        "jobs",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL AND started_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index("artifacts_created_at_idx", "artifacts", ["kind", "created_at"])
    op.execute("GRANT UPDATE ON artifacts TO svdiff_engine")  # to lock what it deletes


def extend_loads() -> None:
    op.add_column("tenant_loads", sa.Column("batch_pending", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tenant_loads", sa.Column("max_batch_pending", sa.Integer(), server_default="100000", nullable=False))
    op.alter_column("tenant_loads", "max_batch_pending", server_default=None)
    op.drop_constraint(op.f("tenant_loads_counts_check"), "tenant_loads")
    op.create_check_constraint(
        op.f("tenant_loads_counts_check"), "tenant_loads", "running >= 0 AND pending >= 0 AND batch_pending >= 0"
    )


def add_dependencies() -> None:
    op.create_table(
        "job_dependencies",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("needs_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("job_dependencies_job_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["needs_id"], ["jobs.id"], name=op.f("job_dependencies_needs_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("job_dependencies_tenant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "needs_id", name=op.f("job_dependencies_pkey")),
    )
    op.create_index(op.f("job_dependencies_needs_id_idx"), "job_dependencies", ["needs_id"], unique=False)
    op.create_index(op.f("job_dependencies_tenant_id_idx"), "job_dependencies", ["tenant_id"], unique=False)
    own_and_engine("job_dependencies", "SELECT, DELETE")


def add_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("workers_pkey")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO svdiff_engine")


def own_and_engine(table: str, engine_rights: str) -> None:
    """A tenant sees its rows alone, and the engine what it schedules."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own ON {table} TO svdiff_app USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    op.execute(f"CREATE POLICY engine ON {table} TO svdiff_engine USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO svdiff_app")
    op.execute(f"GRANT {engine_rights} ON {table} TO svdiff_engine")


def add_functions() -> None:
    op.execute(
        """
        CREATE OR REPLACE FUNCTION lowest_active_share() RETURNS double precision
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$
            SELECT coalesce(min(served_seconds / weight), 0) FROM tenant_loads
            WHERE running + pending + batch_pending > 0
        $$
        """
    )
    op.execute(CLAIM)
    op.execute("REVOKE ALL ON FUNCTION claim_job(text, double precision, text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION claim_job(text, double precision, text[]) TO svdiff_engine")
    op.execute("CREATE POLICY owner_reads ON jobs FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(PLACE)
    op.execute("REVOKE ALL ON FUNCTION queue_place(uuid, double precision) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION queue_place(uuid, double precision) TO svdiff_app")


# A waiting job that this claimer may start now.
MAY_START = """(
    j.state = 'queued' AND j.available_at <= moment
    AND (j.expires_at IS NULL OR j.expires_at > moment OR j.started_at IS NOT NULL)
    AND (j.avoided_worker IS DISTINCT FROM claimer OR j.avoided_until <= moment)
)"""

# One statement that commits by itself: a claimer that freezes in between holds no lock that others wait for.
# Claims go one at a time: of two that ran side by side, the second would take the tenant that was fairest before the
# first charged it. A tenant whose row is locked for long (somebody froze in a transaction) is passed over.
# A job that a fault or a shutdown interrupted had won its turn already: it goes before whatever waits for a first one.
CLAIM = f"""
CREATE FUNCTION claim_job(claimer text, lease_seconds double precision, warm text[])
RETURNS TABLE (
    job_id uuid, tenant_id uuid, kind text, spec jsonb, fingerprint text,
    attempt integer, token bigint, estimate_seconds double precision
)
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
    passed uuid[] := '{{}}';
    chosen uuid;
    allowed boolean;
    first jobs%ROWTYPE;
    warmed jobs%ROWTYPE;
    taken jobs%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(7340022);
    PERFORM set_config('lock_timeout', '500ms', true);
    moment := clock_timestamp();
    WHILE cardinality(passed) < 8 LOOP
        SELECT l.tenant_id INTO chosen FROM tenant_loads l
        WHERE l.running < l.max_running AND l.tenant_id <> ALL (passed)
          AND EXISTS (SELECT FROM jobs j WHERE j.tenant_id = l.tenant_id AND {MAY_START})
        ORDER BY (
            SELECT min(j.interrupted_at) FROM jobs j
            WHERE j.tenant_id = l.tenant_id AND j.interrupted_at IS NOT NULL AND {MAY_START}
        ), l.served_seconds / l.weight, l.tenant_id
        LIMIT 1;
        IF chosen IS NULL THEN
            RETURN;
        END IF;
        passed := passed || chosen;
        BEGIN
            SELECT l.running < l.max_running INTO allowed FROM tenant_loads l WHERE l.tenant_id = chosen FOR UPDATE;
        EXCEPTION WHEN lock_not_available THEN
            allowed := false;
        END;
        CONTINUE WHEN allowed IS NOT TRUE;
        -- What was interrupted; else the most urgent, or what is up to five seconds less urgent and on a loaded base.
        SELECT * INTO first FROM jobs j
        WHERE j.tenant_id = chosen AND j.interrupted_at IS NOT NULL AND {MAY_START}
        ORDER BY j.interrupted_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF first.id IS NULL THEN
            SELECT * INTO first FROM jobs j
            WHERE j.tenant_id = chosen AND {MAY_START}
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        END IF;
        CONTINUE WHEN first.id IS NULL;
        taken := first;
        IF first.interrupted_at IS NULL AND first.fingerprint <> ALL (warm) THEN
            SELECT * INTO warmed FROM jobs j
            WHERE j.tenant_id = chosen AND {MAY_START}
              AND j.urgent_at <= first.urgent_at + interval '5 seconds' AND j.fingerprint = ANY (warm)
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF warmed.id IS NOT NULL THEN
                taken := warmed;
            END IF;
        END IF;
        UPDATE jobs j SET
            state = 'running', attempt = j.attempt + 1, token = nextval('fencing_tokens'), worker = claimer,
            lease_until = moment + make_interval(secs => lease_seconds), claimed_at = moment,
            started_at = coalesce(j.started_at, moment), phase = 'loading', event_seq = j.event_seq + 1,
            avoided_worker = NULL, avoided_until = NULL, interrupted_at = NULL
        WHERE j.id = taken.id RETURNING j.* INTO taken;
        INSERT INTO job_events (job_id, seq, tenant_id, type, data)
        VALUES (taken.id, taken.event_seq, taken.tenant_id, 'running', jsonb_build_object('attempt', taken.attempt));
        UPDATE tenant_loads l SET
            running = l.running + 1,
            pending = l.pending - (taken.batch_id IS NULL)::integer,
            batch_pending = l.batch_pending - (taken.batch_id IS NOT NULL)::integer,
            served_seconds = l.served_seconds + taken.estimate_seconds
        WHERE l.tenant_id = taken.tenant_id;
        RETURN QUERY SELECT taken.id, taken.tenant_id, taken.kind::text, taken.spec, taken.fingerprint::text,
                            taken.attempt, taken.token, taken.estimate_seconds;
        RETURN;
    END LOOP;
END
$$
"""  # noqa: S608 — of constants

# How many jobs go before this one, by the order in which claims choose: what was interrupted goes first; then a
# tenant's next job is chosen while the tenant's served time (with the estimates of its own jobs before) over its weight
# is the least of all.
PLACE = """
CREATE FUNCTION queue_place(wanted uuid, alive_seconds double precision)
RETURNS TABLE (ahead bigint, ahead_seconds double precision, workers bigint, running bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    WITH waiting AS (
        SELECT j.id, j.tenant_id, j.estimate_seconds, j.interrupted_at,
               (l.served_seconds - j.estimate_seconds + sum(j.estimate_seconds) OVER own) / l.weight AS share
        FROM jobs j JOIN tenant_loads l ON l.tenant_id = j.tenant_id
        WHERE j.state = 'queued'
        WINDOW own AS (PARTITION BY j.tenant_id ORDER BY j.interrupted_at, j.urgent_at, j.id)
    ), mine AS (
        SELECT * FROM waiting
        WHERE id = wanted AND tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid
    ), before AS (
        SELECT count(*) AS ahead, coalesce(sum(w.estimate_seconds), 0) AS seconds
        FROM waiting w, mine m
        WHERE (coalesce(w.interrupted_at, 'infinity'), w.share, w.tenant_id)
            < (coalesce(m.interrupted_at, 'infinity'), m.share, m.tenant_id)
    ), busy AS (
        SELECT count(*) AS running,
               coalesce(sum(greatest(estimate_seconds - extract(epoch FROM clock_timestamp() - claimed_at), 0)), 0)
                   AS seconds
        FROM jobs WHERE lease_until IS NOT NULL
    )
    SELECT before.ahead, before.seconds + busy.seconds,
           (SELECT count(*) FROM workers WHERE seen_at > now() - make_interval(secs => alive_seconds)), busy.running
    FROM mine, before, busy
$$
"""


def downgrade() -> None:
    op.execute("DROP FUNCTION queue_place(uuid, double precision), claim_job(text, double precision, text[])")
    op.execute("DROP POLICY owner_reads ON jobs")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION lowest_active_share() RETURNS double precision
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ SELECT coalesce(min(served_seconds / weight), 0) FROM tenant_loads WHERE running + pending > 0 $$
        """
    )
    op.drop_table("workers")
    op.drop_table("job_dependencies")
    op.drop_constraint(op.f("tenant_loads_counts_check"), "tenant_loads")
    op.create_check_constraint(op.f("tenant_loads_counts_check"), "tenant_loads", "running >= 0 AND pending >= 0")
    op.drop_column("tenant_loads", "max_batch_pending")
    op.drop_column("tenant_loads", "batch_pending")
    op.execute("REVOKE UPDATE ON artifacts FROM svdiff_engine")
    op.drop_index("artifacts_created_at_idx", "artifacts")
    for index in ("deadlines_idx", "open_lines_idx", "batch_line_key", "interrupted_idx", "waiting_idx"):
        op.drop_index(f"jobs_{index}", "jobs")
    queued = sa.text("state = 'queued'")
    op.create_index("jobs_waiting_idx", "jobs", ["tenant_id", "available_at"], postgresql_where=queued)
    op.add_column("jobs", sa.Column("handicap_seconds", sa.Double(), server_default="0", nullable=False))
    op.execute("UPDATE jobs SET handicap_seconds = extract(epoch FROM urgent_at - created_at)")
    op.alter_column("jobs", "handicap_seconds", server_default=None)
    op.drop_constraint(op.f("jobs_priority_check"), "jobs")
    op.drop_constraint(op.f("jobs_batch_id_fkey"), "jobs")
    for column in (
        "line",
        "custom_id",
        "interrupted_at",
        "batch_id",
        "avoided_until",
        "avoided_worker",
        "expires_at",
        "urgent_at",
        "priority",
    ):
        op.drop_column("jobs", column)
    op.drop_table("batches")
