"""A process for the tests to end: a supervisor over programs given as JSON, with the local stack where asked."""

import json
import sys
from pathlib import Path

from service.local.stack import LocalStack
from service.local.supervisor import Program, Supervisor


def main(folder: Path, programs: list[Program], *, with_stack: bool) -> None:
    """Tell in `folder/ready` when everything has been started, then run until a signal."""
    stack = LocalStack(folder / "data") if with_stack else None
    if stack:
        stack.start()
    supervisor = Supervisor(programs, logs=folder / "logs", stack=stack)
    ready = folder / "ready"

    def write_pids() -> None:
        if not ready.exists():
            ready.write_text(json.dumps(supervisor.pids))

    supervisor.run_until_stopped(write_pids)
    if stack:
        stack.stop()


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        [Program(name, tuple(argv), grace=grace) for name, argv, grace in json.loads(sys.argv[2])],
        with_stack="stack" in sys.argv[3:],
    )
