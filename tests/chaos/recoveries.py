"""How long jobs stood still: from the death of a worker to the next claim of the job that it held."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.chaos.evidence import Evidence
from tests.chaos.journal import FAULTS, entries

MOVES = """
    SELECT job_id, state, old_token, token, worker, extract(epoch FROM at)::float AS at FROM chaos.moves ORDER BY n
"""


def recoveries(evidence: Evidence) -> list[float]:
    """Seconds from each kill of a worker that held a job until that job ran again, where it did."""
    killed = {entry["pid"]: entry["at"] for entry in faults(evidence) if entry["what"] == "kill" and "pid" in entry}
    history = defaultdict(list)
    for move in evidence.rows(MOVES):
        history[move.job_id].append(move)
    return sorted(seconds for moves in history.values() for seconds in _standstills(moves, killed))


def _standstills(moves: Sequence[Any], killed: dict[int, float]) -> Iterator[float]:
    for number, move in enumerate(moves):
        if move.state != "running" or move.token == move.old_token:
            continue
        died = killed.get(int(move.worker.split(":")[1]), 0.0)
        after = moves[number + 1 :]
        ended = next((m.at for m in after if m.token != m.old_token and m.old_token == move.token), None)
        again = next((m.at for m in after if m.state == "running" and m.token not in {m.old_token, move.token}), None)
        if again is not None and ended is not None and move.at <= died <= ended:
            yield again - died


def faults(evidence: Evidence) -> list[dict[str, Any]]:
    """The journal of disturbances."""
    return list(entries(evidence.folder / FAULTS))


def percentile(values: Sequence[float], share: float) -> float | None:
    """By nearest rank: the smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None
