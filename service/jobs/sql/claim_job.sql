-- Take one job for a lease: the next one of the tenant with the least served time for its weight. No row if nothing
-- can be taken now. `warm` are the fingerprints of the bases that the claimer has loaded.
--
-- One statement that commits by itself: a claimer that freezes in between holds no lock that others wait for.
-- Claims go one at a time: of two that ran side by side, the second would take the tenant that was fairest before the
-- first charged it. A tenant whose row is locked for long (somebody froze in a transaction) is passed over.
-- A job that a fault or a shutdown interrupted had won its turn already: it goes before whatever waits for a first one.
CREATE OR REPLACE FUNCTION claim_job(claimer text, lease_seconds double precision, warm text[])
RETURNS TABLE(
    job_id uuid, tenant_id uuid, kind text, spec jsonb, fingerprint text,
    attempt integer, token bigint, estimate_seconds double precision
)
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
    passed uuid[] := '{}';
    chosen uuid;
    allowed boolean;
    first jobs%ROWTYPE;
    warmed jobs%ROWTYPE;
    taken jobs%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(:claim_lock);
    PERFORM set_config('lock_timeout', '500ms', true);
    moment := clock_timestamp();  -- after the wait for the lock: a lease is counted from the claim
    WHILE cardinality(passed) < 8 LOOP
        -- The tenant whose interrupted job has waited longest; else the one with the least served time for its weight.
        SELECT l.tenant_id INTO chosen
        FROM tenant_loads l
        WHERE l.running < l.max_running AND l.tenant_id <> ALL (passed)
          AND EXISTS (SELECT FROM jobs j WHERE j.tenant_id = l.tenant_id AND may_start(j, claimer, moment))
        ORDER BY (
            SELECT min(j.interrupted_at) FROM jobs j
            WHERE j.tenant_id = l.tenant_id AND j.interrupted_at IS NOT NULL AND may_start(j, claimer, moment)
        ), l.served_seconds / l.weight, l.tenant_id
        LIMIT 1;
        IF chosen IS NULL THEN
            RETURN;
        END IF;
        passed := passed || chosen;

        -- Its row, locked: the cap is exact. Not for longer than lock_timeout, since all claims wait for this one.
        BEGIN
            SELECT l.running < l.max_running INTO allowed FROM tenant_loads l WHERE l.tenant_id = chosen FOR UPDATE;
        EXCEPTION WHEN lock_not_available THEN
            allowed := false;
        END;
        CONTINUE WHEN allowed IS NOT TRUE;

        -- What was interrupted; else the most urgent, or what is up to five seconds less urgent and on a loaded base.
        SELECT * INTO first FROM jobs j
        WHERE j.tenant_id = chosen AND j.interrupted_at IS NOT NULL AND may_start(j, claimer, moment)
        ORDER BY j.interrupted_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF first.id IS NULL THEN
            SELECT * INTO first FROM jobs j
            WHERE j.tenant_id = chosen AND may_start(j, claimer, moment)
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
        END IF;
        CONTINUE WHEN first.id IS NULL;
        taken := first;
        IF first.interrupted_at IS NULL AND first.fingerprint <> ALL (warm) THEN
            SELECT * INTO warmed FROM jobs j
            WHERE j.tenant_id = chosen AND may_start(j, claimer, moment)
              AND j.urgent_at <= first.urgent_at + interval '5 seconds' AND j.fingerprint = ANY (warm)
            ORDER BY j.urgent_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF warmed.id IS NOT NULL THEN
                taken := warmed;
            END IF;
        END IF;

        -- The move to running, with its event and the charge by estimate: what transitions.move does for other moves.
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
$$;

REVOKE ALL ON FUNCTION claim_job FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_job TO svdiff_engine;
