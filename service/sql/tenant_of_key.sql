-- The tenant whose key has this SHA-256; NULL for a key that is unknown or revoked.
-- It runs as the owner: before the tenant is known, row-level security shows the app role no key at all.
CREATE OR REPLACE FUNCTION tenant_of_key(key_digest bytea)
RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT tenant_id FROM api_keys WHERE digest = key_digest AND revoked_at IS NULL
$$;

REVOKE ALL ON FUNCTION tenant_of_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_of_key TO svdiff_app;
