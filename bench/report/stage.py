"""A stage of the report: independent tasks that each give rows of one table, run where the table lacks them."""

import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from bench import table
from bench.report.studio import RESULTS, Studio

Task = Mapping[str, str]
_STUDIO: list[Studio] = []  # of a worker process


@dataclass(frozen=True)
class ReportStage:
    """`fields` begin with a task's own; `run` gives a task's rows without these."""

    name: str
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    tasks: Callable[[], Sequence[Task]]
    run: Callable[[Studio, Task], Iterable[Mapping[str, Any]]]

    @property
    def path(self) -> Path:
        """The table."""
        return RESULTS / f"{self.name}.csv"

    def missing(self, only: Sequence[str] | None = None) -> list[Task]:
        """The tasks that the table has no row of, if wished only those with one of these values."""
        done = {tuple(row[key] for key in self.keys) for row in read(self.name)}
        tasks = [task for task in self.tasks() if only is None or set(only) & set(task.values())]
        return [task for task in tasks if tuple(task[key] for key in self.keys) not in done]


def run_stages(
    stages: Sequence[ReportStage], workers: int, build: Path, base: Path, only: Sequence[str] | None
) -> None:
    """Run what is missing, stage after stage, each on `workers` processes of one thread."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_open, initargs=(build, base)) as pool:
        for stage in stages:
            waiting = {pool.submit(_run, stage, task): task for task in stage.missing(only)}
            for number, future in enumerate(as_completed(waiting), 1):
                for row in future.result():
                    table.append(stage.path, (*stage.keys, *stage.fields), {**waiting[future], **row})
                told = " ".join(waiting[future].values())
                print(f"{stage.name} {number}/{len(waiting)}: {told}", flush=True)


def read(name: str) -> list[dict[str, str]]:
    """The rows of a table so far."""
    return table.read(RESULTS / f"{name}.csv")


def _open(build: Path, base: Path) -> None:
    torch.set_num_threads(1)
    _STUDIO.append(Studio(build, base))


def _run(stage: ReportStage, task: Task) -> list[Mapping[str, Any]]:
    return list(stage.run(_STUDIO[0], task))
