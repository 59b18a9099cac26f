-- The least served device time for its weight among the tenants that have jobs: where a tenant that returns starts.
-- It runs as the owner: the app role sees one tenant, and this is a number of all of them.
CREATE OR REPLACE FUNCTION lowest_active_share()
RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT coalesce(min(served_seconds / weight), 0)
    FROM tenant_loads
    WHERE running + pending + batch_pending > 0
$$;

REVOKE ALL ON FUNCTION lowest_active_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lowest_active_share TO svdiff_app;
