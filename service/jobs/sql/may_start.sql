-- Whether the claimer may start the job at this moment: it waits, its back-off is over, its deadline has not passed (or
-- does not matter any more, since it started before), and it does not avoid this claimer, on which it failed just now.
-- The planner puts the body in place of each call, so that the partial indexes of waiting jobs serve it. It does that
-- only for a function without SECURITY DEFINER and without a search_path of its own; claim_job, its caller, sets one.
CREATE OR REPLACE FUNCTION may_start(job jobs, claimer text, moment timestamp with time zone)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT job.state = 'queued' AND job.available_at <= moment
       AND (job.expires_at IS NULL OR job.expires_at > moment OR job.started_at IS NOT NULL)
       AND (job.avoided_worker IS DISTINCT FROM claimer OR job.avoided_until <= moment)
$$;

REVOKE ALL ON FUNCTION may_start FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_start TO svdiff_engine;
