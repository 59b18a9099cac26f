"""Batches: a file of jobs, one a line (docs/batches.md). A batch's progress is read from its jobs' rows."""
