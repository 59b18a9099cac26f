"""The job engine: Postgres is the truth, Celery rings the bell (docs/architecture.md)."""
