"""What happened to each job: one end, numbered events, one bill, counters that add up."""

from collections.abc import Iterator

from tests.chaos.audit.evidence import ENDS, Evidence, Finding

LEASED = frozenset({"running", "pausing", "canceling"})
EVENTS = """
    SELECT j.id, j.state, j.event_seq, count(e.seq) AS count, min(e.seq) AS first, max(e.seq) AS last,
           count(*) FILTER (WHERE e.type IN ('succeeded', 'failed', 'canceled', 'expired')) AS ends,
           (array_agg(e.type ORDER BY e.seq DESC))[1] AS newest
    FROM jobs j LEFT JOIN job_events e ON e.job_id = j.id GROUP BY j.id
"""
MOVES = "SELECT job_id, old_state, state FROM chaos.moves WHERE old_state IS DISTINCT FROM state ORDER BY n"
USAGE = """
    SELECT j.id, j.state, j.started_at, j.kind, j.tenant_id, count(u.job_id) AS bills,
           bool_and(u.kind = j.kind AND u.tenant_id = j.tenant_id AND u.device_seconds >= 0) AS right
    FROM jobs j LEFT JOIN usage u ON u.job_id = j.id GROUP BY j.id
"""
LOADS = "SELECT tenant_id, running, pending, batch_pending, served_seconds FROM tenant_loads"


def events(evidence: Evidence) -> Iterator[Finding]:
    """Numbers from 1 without a gap; one end, the last event, and the one that the row says."""
    for row in evidence.rows(EVENTS):
        if row.first != 1 or not row.count == row.last == row.event_seq:
            yield Finding("event_gap", str(row.id), f"{row.count} events to {row.last}, the row says {row.event_seq}")
        if row.state in ENDS and row.ends != 1:
            yield Finding("terminal_events", str(row.id), f"{row.ends} ends")
        elif row.state in ENDS and row.newest != row.state:
            yield Finding("terminal_events", str(row.id), f"{row.newest} is the last event of a job that {row.state}")


def ended_once(evidence: Evidence) -> Iterator[Finding]:
    """The witness saw a job leave its end."""
    for move in evidence.rows(MOVES):
        if move.old_state in ENDS:
            yield Finding("ended_twice", str(move.job_id), f"{move.old_state} to {move.state}")


def usage(evidence: Evidence) -> Iterator[Finding]:
    """At most one bill a job; one for a success; none for what never ran."""
    for row in evidence.rows(USAGE):
        if row.bills > 1:
            yield Finding("usage_doubled", str(row.id), f"{row.bills} bills")
        elif row.state == "succeeded" and row.bills == 0:
            yield Finding("usage_missing", str(row.id))
        elif row.bills and row.started_at is None:
            yield Finding("usage_unearned", str(row.id), row.state)
        elif row.bills and not row.right:
            yield Finding("usage_wrong", str(row.id))


def counters(evidence: Evidence) -> Iterator[Finding]:
    """Every tenant's counts are what its jobs say."""
    for load in evidence.rows(LOADS):
        own = [job for job in evidence.jobs.values() if job.tenant_id == load.tenant_id]
        waiting = [job for job in own if job.state not in ENDS | LEASED]
        lines = sum(job.batch_id is not None for job in waiting)
        said = (load.running, load.pending, load.batch_pending)
        meant = (sum(job.state in LEASED for job in own), len(waiting) - lines, lines)
        if said != meant or load.served_seconds < 0:
            yield Finding("counters", str(load.tenant_id), f"{said}, its jobs say {meant}")
