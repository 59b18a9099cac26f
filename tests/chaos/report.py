"""The section of docs/reliability.md that a run writes."""

from pathlib import Path
from typing import Any

from tests.chaos.traffic.plan import Plan

BEGIN, END = "<!-- chaos: written by `make chaos` -->", "<!-- chaos: end -->"
SETTINGS = (
    "lease_seconds",
    "heartbeat_interval_seconds",
    "poll_interval_seconds",
    "maintenance_interval_seconds",
    "retry_seconds",
    "attempts",
    "checkpoint_steps",
    "orphan_age_seconds",
    "webhook_retry_seconds",
)


def write(page: Path, plan: Plan, figures: dict[str, Any]) -> None:
    """Put the section where the last one was, or at the end of the page."""
    text = page.read_text() if page.exists() else "# Reliability\n"
    section = f"{BEGIN}\n{render(plan, figures)}\n{END}"
    before, found, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if found else "\n"
    page.write_text(f"{before if found else text.rstrip() + chr(10) * 2}{section}{after}")


def render(plan: Plan, figures: dict[str, Any]) -> str:
    """The section's text."""
    parts = (verdict(plan, figures), settings(plan), jobs(figures), faults(figures), recovery(figures), times(figures))
    return "\n\n".join(part for part in parts if part)


def verdict(plan: Plan, figures: dict[str, Any]) -> str:
    """What the auditor says."""
    found = figures["findings"]
    told = ", ".join(f"{rule}: {count}" for rule, count in found.items()) or "none"
    hooks = figures["webhooks"]
    started, times = figures["timings"]["started"][:10], sum(figures["disturbances"].values())
    what = f"{figures['jobs']:,} jobs of {plan.tenants} tenants, {times} disturbances"
    counts = f"{figures['lost']} lost, {figures['doubled']} doubled, {figures['stale']} stale"
    facts = (
        f"{figures['fine-tunes equal to their twins']:,} fine-tunes bit-equal to their undisturbed twins",
        f"{figures['repeated posts']:,} POSTs repeated under their key, each one resource",
        f"{hooks['received']:,} webhooks received ({hooks['received again']} of them again)",
        f"{hooks.get('dead', 0)} in the dead-letter list",
        f"{figures['timings'].get('orphans', 0)} objects without a row, collected at the end.",
    )
    return f"Run of {started}, seed {plan.seed}: {what}. **{counts}**; findings: {told}.\n\n{' · '.join(facts)}"


def settings(plan: Plan) -> str:
    """Those that are shorter than the product's."""
    told = ", ".join(f"`{name}` {plan.changes[name]}" for name in SETTINGS if name in plan.changes)
    return f"Settings of the disturbed part, shortened: {told}."


def jobs(figures: dict[str, Any]) -> str:
    """By kind and end."""
    states = ("succeeded", "canceled", "expired", "failed")
    rows = [[kind, *(ends.get(state, 0) for state in states)] for kind, ends in figures["ends"].items()]
    attempts = ", ".join(f"{number}: {count:,}" for number, count in figures["attempts"].items())
    failures = ", ".join(f"`{code}` {count}" for code, count in figures["failures"].items())
    told = f"Jobs by attempts: {attempts}." + (f" Failures: {failures}." if failures else "")
    return f"{table(['Jobs', *states], rows)}\n\n{told}"


def faults(figures: dict[str, Any]) -> str:
    """By what was done, and where."""
    return table(["Disturbance", "times"], [[what, times] for what, times in figures["disturbances"].items()])


def recovery(figures: dict[str, Any]) -> str:
    """Seconds until something goes on."""
    rows = [
        [f"a job runs again after its worker's kill, default leases, {case}", *values[moment].values()]
        if moment == "running"
        else [f"… and trains again, {case}", *values[moment].values()]
        for case, values in figures["default leases"].items()
        for moment in ("running", "training")
    ]
    rows.append(["a job is back in the queue, shortened leases", *figures["queued again"].values()])
    rows.append(["a job has had its turn again, shortened leases", *figures["running again"].values()])
    rows += [[f"{target} works again", *values.values()] for target, values in figures["recovery seconds"].items()]
    return table(["Seconds until", "kills", "p50", "p99", "worst"], rows)


def times(figures: dict[str, Any]) -> str:
    """How long each phase took."""
    phases = ("prepare", "disturbed", "calm down", "twins", "recovery", "tidy", "audit")
    known = figures["timings"]
    told = ", ".join(f"{phase} {known[phase]:.0f} s" for phase in phases if phase in known)
    return f"Took {sum(known.get(phase, 0) for phase in phases) / 60:.0f} minutes: {told}."


def table(head: list[str], rows: list[list[Any]]) -> str:
    """In Markdown, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join("" if cell is None else str(cell) for cell in line) + " |" for line in lines)
