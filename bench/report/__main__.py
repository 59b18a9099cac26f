"""Train and measure all that the report shows (hours), or render it from the stored results (minutes).

python -m bench.report train      what the tables in bench/results/report lack; stop and go on at any time
python -m bench.report render     docs/report from these tables
"""

import argparse
import sys
from pathlib import Path

from bench.report.comparison import COMPARISON, DRAWN, WEIGHED
from bench.report.edits import EDITS
from bench.report.pairs import PAIRS_STAGE
from bench.report.stage import run_stages
from bench.report.strips import STRIPS
from bench.report.studio import ROOT
from bench.report.subsets import SUBSETS_STAGE
from bench.report.sweeps import SWEEPS
from bench.report.twins import TWINS

STAGES = (
    *SWEEPS,
    COMPARISON,
    DRAWN,
    WEIGHED,
    PAIRS_STAGE,
    SUBSETS_STAGE,
    TWINS,
    EDITS,
    STRIPS,
)


def main() -> None:
    """Do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "render"])
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "emoji" / "bases" / "emoji")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="where factors, priors and shifts are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes, each of one thread")
    parser.add_argument("--stages", nargs="+", default=[stage.name for stage in STAGES])
    parser.add_argument("--only", nargs="+", help="tasks with one of these values: a method, a subject, a way")
    arguments = parser.parse_args()
    if arguments.what == "render":
        from bench.report.render.page import render

        for name in render():
            print(f"left out, because its results are not complete: {name} (`train` completes them)", file=sys.stderr)
        return
    stages = [stage for stage in STAGES if stage.name in arguments.stages]
    run_stages(stages, arguments.workers, arguments.build, arguments.base, arguments.only)


if __name__ == "__main__":
    main()
