"""Webhooks: notifications of a tenant's jobs to its own servers, stored as rows and sent apart from any device work."""
