-- How many jobs go before this one and their seconds, by the order in which claims choose: what was interrupted goes
-- first; then a tenant's next job is chosen while the tenant's served time (with the estimates of its own jobs before)
-- over its weight is the least of all. No row for a job that does not wait, or is not the tenant's that asks.
-- It runs as the owner, and tells the app role counts alone: which jobs the other tenants have, row-level security hides.
CREATE OR REPLACE FUNCTION queue_position(wanted uuid, alive_seconds double precision)
RETURNS TABLE(ahead bigint, ahead_seconds double precision, workers bigint, running bigint)
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
$$;

REVOKE ALL ON FUNCTION queue_position FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_position TO svdiff_app;
