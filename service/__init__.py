"""The service itself, shared by API and workers: settings, tables, tenants, jobs, artifacts, the local stack."""
