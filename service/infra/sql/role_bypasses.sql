-- Whether the role of this connection could read past row-level security: it may bypass it, or disable it as an owner.
SELECT current_user AS role,
       rolsuper OR rolbypassrls
       OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
       AS bypasses
FROM pg_roles r
WHERE rolname = current_user
