"""How long jobs stood still: from the death of a worker to the next claim of the job that it held."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.audit.evidence import Evidence
from tests.chaos.journal import FAULTS, entries

MEASURED_APART = "device, default leases"
MOVES = """
    SELECT job_id, state, old_token, token, worker, extract(epoch FROM at)::float AS at FROM chaos.moves ORDER BY n
"""


@dataclass(frozen=True)
class Standstill:
    """Seconds from the kill of a worker until the job that it held was in the queue again, and until it ran again."""

    queued: float
    running: float


def recoveries(evidence: Evidence) -> list[Standstill]:
    """Of each kill of a worker that held a job, where that job ran again."""
    kills = [entry for entry in faults(evidence) if entry["what"] == "kill" and entry.get("target") != MEASURED_APART]
    killed = {entry["pid"]: entry["at"] for entry in kills}
    history = defaultdict(list)
    for move in evidence.rows(MOVES):
        history[move.job_id].append(move)
    return [found for moves in history.values() for found in _standstills(moves, killed)]


def _standstills(moves: Sequence[Any], killed: dict[int, float]) -> Iterator[Standstill]:
    for number, move in enumerate(moves):
        if move.state != "running" or move.token == move.old_token:
            continue
        died = killed.get(int(move.worker.split(":")[1]), 0.0)
        after = moves[number + 1 :]
        ended = next((m.at for m in after if m.token != m.old_token and m.old_token == move.token), None)
        again = next((m.at for m in after if m.state == "running" and m.token not in {m.old_token, move.token}), None)
        if again is not None and ended is not None and move.at <= died <= ended:
            yield Standstill(ended - died, again - died)


def faults(evidence: Evidence) -> list[dict[str, Any]]:
    """The journal of disturbances."""
    return list(entries(evidence.folder / FAULTS))


def percentile(values: Sequence[float], share: float) -> float | None:
    """By nearest rank: the smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None
