"""What handlers ask for in their signatures: the tenant's scope, idempotency, preferences, parameters."""
