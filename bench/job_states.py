"""The states of a job and the moves between them as a picture: docs/job-states.svg.

    python -m bench.job_states

The moves are those of `service.jobs.transitions`; where each state stands, and who causes a move, is written here. An
arrow from a frame stands for one from each state in it. The picture is not written if its arrows are not the table's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from service.enums import LEASED, TERMINAL, JobState
from service.jobs.transitions import ALLOWED, is_waiting, states_before

PICTURE = Path(__file__).parents[1] / "docs" / "job-states.svg"
WIDTH, HEIGHT = 1270, 780
BOX_WIDTH, BOX_HEIGHT = 130, 46
INK = "#1f2328"
COLORS = {"client": "#0b57d0", "worker": "#137333", "upkeep": "#b3541e"}
LEGEND = (
    ("client", "client: by a request"),
    ("worker", "worker: the device worker that takes the lease or holds it"),
    ("upkeep", "upkeep: the service by itself; an idle worker does it too, but for deadlines"),
)
FRAME_NOTE = "An arrow from a frame starts in each state inside it."

Point = tuple[int, int]
Cause = tuple[str, str]  # who, and what they do


@dataclass(frozen=True)
class Frame:
    """A group of states, and the corner and size of its rectangle."""

    title: str
    members: frozenset[JobState]
    x: int
    y: int
    width: int
    height: int
    fill: str
    dashed: bool = False


@dataclass(frozen=True)
class Arrow:
    """Moves to one state along a line, with its causes written from a point on; `anchor` is SVG's."""

    origins: frozenset[JobState]
    target: JobState
    line: tuple[Point, ...]
    causes: tuple[Cause, ...]
    text_at: Point
    anchor: str = "start"


CENTERS: dict[JobState, Point] = {
    JobState.BLOCKED: (160, 150),
    JobState.QUEUED: (160, 290),
    JobState.PAUSED: (160, 430),
    JobState.RUNNING: (700, 290),
    JobState.PAUSING: (700, 430),
    JobState.CANCELING: (700, 570),
    JobState.FAILED: (1170, 265),
    JobState.SUCCEEDED: (1170, 365),
    JobState.CANCELED: (1170, 570),
    JobState.EXPIRED: (1170, 710),
}
WAITING = frozenset(state for state in JobState if is_waiting(state))
WORKING = states_before(JobState.SUCCEEDED)
FRAMES = (
    Frame("waiting: no worker has it", WAITING, 20, 80, 340, 420, "#f6f8fa"),
    Frame("leased: a worker has it", LEASED, 600, 200, 240, 420, "#e8f1ff"),
    Frame("", WORKING, 620, 240, 200, 240, "#f3f8ff", dashed=True),
    Frame("final", TERMINAL, 1080, 200, 170, 560, "#f6f8fa"),
)


def one(state: JobState) -> frozenset[JobState]:
    """The origin of an arrow from a single state."""
    return frozenset({state})


ARROWS = (
    Arrow(
        one(JobState.BLOCKED),
        JobState.QUEUED,
        ((160, 173), (160, 267)),
        (("upkeep", "its needs are met"),),
        (170, 224),
    ),
    Arrow(
        one(JobState.QUEUED),
        JobState.PAUSED,
        ((140, 313), (140, 407)),
        (("client", "pauses"),),
        (130, 364),
        "end",
    ),
    Arrow(
        one(JobState.PAUSED),
        JobState.QUEUED,
        ((180, 407), (180, 313)),
        (("client", "resumes"),),
        (190, 364),
    ),
    Arrow(
        one(JobState.QUEUED),
        JobState.RUNNING,
        ((225, 278), (635, 278)),
        (("worker", "claims"),),
        (480, 269),
        "middle",
    ),
    Arrow(
        one(JobState.RUNNING),
        JobState.QUEUED,
        ((635, 302), (225, 302)),
        (("worker", "fails or shuts down"), ("upkeep", "the lease ran out")),
        (480, 322),
        "middle",
    ),
    Arrow(
        one(JobState.PAUSING),
        JobState.PAUSED,
        ((635, 430), (225, 430)),
        (("worker", "stops at a step"), ("upkeep", "the lease ran out")),
        (480, 450),
        "middle",
    ),
    Arrow(
        one(JobState.RUNNING),
        JobState.PAUSING,
        ((700, 313), (700, 407)),
        (("client", "pauses"),),
        (710, 364),
    ),
    Arrow(
        WORKING,
        JobState.CANCELING,
        ((700, 480), (700, 547)),
        (("client", "cancels"),),
        (710, 518),
    ),
    Arrow(
        WORKING,
        JobState.FAILED,
        ((820, 265), (1105, 265)),
        (("worker", "no retry would help"), ("upkeep", "every attempt lost")),
        (848, 285),
    ),
    Arrow(
        WORKING,
        JobState.SUCCEEDED,
        ((820, 365), (1105, 365)),
        (("worker", "stores the result"),),
        (848, 385),
    ),
    Arrow(
        one(JobState.CANCELING),
        JobState.CANCELED,
        ((765, 570), (1105, 570)),
        (("worker", "stops at a step"), ("upkeep", "the lease ran out")),
        (848, 590),
    ),
    Arrow(
        one(JobState.BLOCKED),
        JobState.FAILED,
        ((225, 150), (1170, 150), (1170, 242)),
        (("upkeep", "what it needs did not succeed"),),
        (720, 141),
        "middle",
    ),
    Arrow(
        WAITING,
        JobState.CANCELED,
        ((260, 500), (260, 650), (1170, 650), (1170, 593)),
        (("client", "cancels it or its batch"),),
        (720, 641),
        "middle",
    ),
    Arrow(
        WAITING,
        JobState.EXPIRED,
        ((140, 500), (140, 710), (1105, 710)),
        (("upkeep", "the deadline passed before a first attempt"),),
        (720, 701),
        "middle",
    ),
)


class WrongPicture(ValueError):
    """The arrows are not the table's moves."""

    def __init__(self, missing: Iterable[object], invented: Iterable[object]) -> None:
        super().__init__(f"The picture lacks {sorted(map(str, missing))} and invents {sorted(map(str, invented))}.")


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(picture())
    print(PICTURE)


def picture() -> str:
    """The whole SVG; WrongPicture if the table has other moves."""
    allowed = {(state, target) for state, targets in ALLOWED.items() for target in targets}
    if drawn_moves() != allowed:
        raise WrongPicture(allowed - drawn_moves(), drawn_moves() - allowed)
    parts = [
        HEAD,
        *map(frame, FRAMES),
        *map(arrow, ARROWS),
        *(box(state, CENTERS[state]) for state in JobState),
        START,
        *legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def drawn_moves() -> set[tuple[JobState, JobState]]:
    """The moves that the arrows stand for."""
    return {(origin, one_arrow.target) for one_arrow in ARROWS for origin in one_arrow.origins}


def frame(group: Frame) -> str:
    """A rectangle behind its states, with its title."""
    dashes = ' stroke-dasharray="5 4"' if group.dashed else ""
    return (
        f'<rect x="{group.x}" y="{group.y}" width="{group.width}" height="{group.height}" rx="10" '
        f'fill="{group.fill}" stroke="#8c959f"{dashes}/>'
        f'<text class="title" x="{group.x + 14}" y="{group.y + 24}">{group.title}</text>'
    )


def box(state: JobState, center: Point) -> str:
    """A state; a final one has a double edge."""
    x, y = center[0] - BOX_WIDTH // 2, center[1] - BOX_HEIGHT // 2
    inner = (
        f'<rect x="{x + 4}" y="{y + 4}" width="{BOX_WIDTH - 8}" height="{BOX_HEIGHT - 8}" rx="5" '
        f'fill="none" stroke="{INK}"/>'
        if state in TERMINAL
        else ""
    )
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" fill="#fff" stroke="{INK}" '
        f'stroke-width="1.5"/>{inner}'
        f'<text class="state" x="{center[0]}" y="{center[1] + 5}" text-anchor="middle">{state}</text>'
    )


def arrow(one_arrow: Arrow) -> str:
    """The line in the color of its first cause, and the causes below each other."""
    who = one_arrow.causes[0][0]
    points = " ".join(f"{x},{y}" for x, y in one_arrow.line)
    x, y = one_arrow.text_at
    causes = "".join(
        f'<text x="{x}" y="{y + 17 * row}" text-anchor="{one_arrow.anchor}" fill="{COLORS[actor]}">'
        f"{actor}: {label}</text>"
        for row, (actor, label) in enumerate(one_arrow.causes)
    )
    line = f'<polyline points="{points}" fill="none" stroke="{COLORS[who]}" stroke-width="2" marker-end="url(#{who})"/>'
    return line + causes


def legend() -> Iterable[str]:
    """What colors and frames mean."""
    for row, (who, meaning) in enumerate(LEGEND):
        yield f'<text x="400" y="{30 + 20 * row}" fill="{COLORS[who]}">{meaning}</text>'
    yield f'<text class="title" x="400" y="{30 + 20 * len(LEGEND)}">{FRAME_NOTE}</text>'


def marker(who: str, color: str) -> str:
    """An arrow's tip."""
    return (
        f'<marker id="{who}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{color}"/></marker>'
    )


HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="14">
<title>The states of a job</title>
<defs>
{"".join(marker(who, color) for who, color in COLORS.items())}
<style>.title{{fill:#57606a;font-size:14px}}.state{{fill:{INK};font-weight:bold}}</style>
</defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"""
START = f"""\
<circle cx="160" cy="28" r="8" fill="{INK}"/>
<polyline points="160,36 160,80" fill="none" stroke="{COLORS["client"]}" stroke-width="2" marker-end="url(#client)"/>
<text x="170" y="62" fill="{COLORS["client"]}">client: submits</text>"""


if __name__ == "__main__":
    main()
