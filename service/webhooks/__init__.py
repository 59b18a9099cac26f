"""Webhooks: what happens to a tenant's jobs, told to its own servers. Rows, never on the device's path."""
