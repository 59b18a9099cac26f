"""Batches: a file of jobs, one a line (docs/batches.md). What a batch is and how far it is, its jobs' rows say."""
