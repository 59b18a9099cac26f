"""Responses that stream: events of a job, lines of a batch."""
