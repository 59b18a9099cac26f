"""The figures of a run, counted from the same evidence that the auditor has."""

from collections import Counter
from typing import Any

from tests.chaos.audit.evidence import Evidence, Finding
from tests.chaos.audit.twins import trained
from tests.chaos.faults.recoveries import faults, percentile, recoveries

LOST = frozenset({"lost", "not_ended", "event_gap", "webhook_untold", "webhook_undelivered", "usage_missing"})
DOUBLED = frozenset(
    {"unasked", "doubled_answer", "terminal_events", "ended_twice", "usage_doubled", "webhook_doubled", "orphan"}
)
STALE = frozenset({"stale_artifact", "result_without_artifact", "result_of_no_success", "twin_differs", "state_left"})
DELIVERIES = "SELECT state, count(*) AS count FROM webhook_deliveries GROUP BY state"
DISTURBANCES = ("kill", "freeze", "terminate", "flushall", "pause")


def figures(evidence: Evidence, findings: list[Finding], timings: dict[str, Any]) -> dict[str, Any]:
    """As JSON has them."""
    broken = Counter(finding.rule for finding in findings)
    disturbed, _ = trained(evidence)
    return {
        "jobs": len(evidence.jobs),
        "accepted": len(evidence.accepted) + sum(map(len, evidence.lines.values())),
        "batches": len(evidence.lines),
        "ends": ends(evidence),
        "attempts": dict(sorted(Counter(str(job.attempt) for job in evidence.jobs.values()).items())),
        "failures": dict(Counter(job.error["code"] for job in evidence.jobs.values() if job.state == "failed")),
        "disturbances": disturbances(evidence),
        "repeated posts": repeated(evidence),
        "fine-tunes equal to their twins": sum(map(len, disturbed.values())) - broken["twin_differs"],
        "webhooks": webhooks(evidence),
        "lost": sum(broken[rule] for rule in LOST),
        "doubled": sum(broken[rule] for rule in DOUBLED),
        "stale": sum(broken[rule] for rule in STALE),
        "findings": dict(broken),
        "queued again": spread([found.queued for found in recoveries(evidence)]),
        "running again": spread([found.running for found in recoveries(evidence)]),
        "recovery seconds": recovered(evidence),
        "default leases": {name: spread_of(values) for name, values in timings.get("recovered", {}).items()},
        "timings": timings,
    }


def ends(evidence: Evidence) -> dict[str, dict[str, int]]:
    """How many jobs of each kind ended how."""
    counted: dict[str, Counter[str]] = {}
    for job in evidence.jobs.values():
        kind = job.kind.replace("_", "-")
        if job.kind == "generation" and job.spec.get("shifts"):
            kind = "generation with shifts"
        counted.setdefault(f"{kind}, of a batch" if job.batch_id else kind, Counter())[job.state] += 1
    return {kind: dict(counter) for kind, counter in sorted(counted.items())}


def disturbances(evidence: Evidence) -> dict[str, int]:
    """How often what was done, by its place or its target."""
    counted = Counter(
        f"{entry['what']} {entry.get('place') or entry['target']}"
        for entry in faults(evidence)
        if entry["what"] in DISTURBANCES
    )
    return dict(sorted(counted.items()))


def repeated(evidence: Evidence) -> int:
    """POSTs that were answered more than once."""
    answers = Counter(entry["key"] for entry in evidence.requests if "key" in entry)
    return sum(count > 1 for count in answers.values())


def webhooks(evidence: Evidence) -> dict[str, int]:
    """Deliveries by their end, and how many the receiver got."""
    states = {row.state: row.count for row in evidence.rows(DELIVERIES)}
    received = Counter(entry["id"] for entry in evidence.webhooks)
    return states | {"received": len(received), "received again": received.total() - len(received)}


def recovered(evidence: Evidence) -> dict[str, dict[str, float | int | None]]:
    """From a kill until the part does its work again, as the driver's probes saw it."""
    seconds: dict[str, list[float]] = {}
    for entry in faults(evidence):
        if entry["what"] == "recovered":
            seconds.setdefault(entry["target"].rsplit("-", 1)[0], []).append(entry["seconds"])
    return {target: spread(values) for target, values in sorted(seconds.items())}


def spread(values: list[float]) -> dict[str, float | int | None]:
    """How many, the middle, the 99th percentile, the worst."""
    named = {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "worst": max(values, default=None)}
    return {"count": len(values)} | {name: value and round(value, 2) for name, value in named.items()}


def spread_of(values: list[dict[str, float]]) -> dict[str, dict[str, float | int | None]]:
    """Of each of the moments that were measured."""
    return {name: spread([value[name] for value in values]) for name in ("running", "training")}
