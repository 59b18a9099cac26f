"""An attempt at a job: its heartbeat, its progress, and how it stops."""
