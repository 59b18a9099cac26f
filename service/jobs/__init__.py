"""The job engine: Postgres is the truth, Celery wakes the workers (docs/architecture.md)."""
