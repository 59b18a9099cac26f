"""What the product knows: settings, tables, tenants, jobs, artifacts, the local stack."""
