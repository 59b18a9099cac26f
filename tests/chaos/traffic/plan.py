"""What a run asks for: which jobs, of whom, how fast, with which settings. All of it follows from one seed."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TINY = "tiny"
EMOJI = "emoji"
MAX_BATCH_LINES = 6


class Errand(StrEnum):
    """What a client does in one go."""

    GENERATION = "generation"
    EMOJI_GENERATION = "generation on the emoji base"
    EXPIRING = "generation with a deadline"
    CANCELED = "generation, then cancel"
    SHIFTED = "generation with a shift"
    FINE_TUNE = "fine-tune"
    PAUSED = "fine-tune, then pause and resume"
    STOPPED = "fine-tune, then cancel"
    BATCH = "batch that trains and generates"
    DROPPED = "batch, then cancel"

    @property
    def jobs(self) -> int:
        """How many jobs it asks for."""
        return MAX_BATCH_LINES if self in {Errand.BATCH, Errand.DROPPED} else 1


WEIGHTS = {
    Errand.GENERATION: 46,
    Errand.EMOJI_GENERATION: 3,
    Errand.EXPIRING: 6,
    Errand.CANCELED: 7,
    Errand.SHIFTED: 14,
    Errand.FINE_TUNE: 12,
    Errand.PAUSED: 4,
    Errand.STOPPED: 3,
    Errand.BATCH: 3,
    Errand.DROPPED: 1,
}


@dataclass(frozen=True)
class Recipe:
    """A fine-tune that many clients ask for; undisturbed, under the same name, it is their twin."""

    name: str
    base: str
    noun: str
    steps: int
    seed: int

    def body(self, images: list[str]) -> dict[str, Any]:
        """What is sent."""
        subject = {
            "images": images,
            "instance_prompt": f"a photo of a sks {self.noun}",
            "class_prompt": f"a photo of a {self.noun}",
        }
        sizes = {"steps": self.steps, "batch_size": 1, "prior_count": 2}
        return {"base": self.base, "name": self.name, "subjects": [subject], "seed": self.seed} | sizes


@dataclass(frozen=True)
class Task:
    """One errand, and the seed of every choice in it."""

    errand: Errand
    seed: int


@dataclass(frozen=True)
class Plan:
    """A run. Times are in seconds."""

    seed: int
    jobs: int
    tenants: int
    recipes: int
    window: int  # jobs that wait or run at a time: clients send more once there are fewer
    calm_seconds: float  # from one disturbance of a hand to its next, on average; there are two hands
    limit_seconds: float  # for the disturbed part; a run that takes longer has failed
    server_calm_seconds: float  # between two deaths of one server: the back-off of its restarts is the product's own
    freezes: tuple[float, ...]
    dead_letters: bool = True  # whether one tenant has a second webhook, which nobody listens to
    emoji: bool = True  # whether some jobs are on the base that ships
    cards: frozenset[str] = frozenset()  # the disturbances, by name; all where it is empty
    decks: int | None = None  # how often each is dealt; as long as there is something to disturb where it is None
    kills_beside_another: int = 0  # with default leases
    kills_alone: int = 0
    lives: tuple[float, float] = (20.0, 61.0)  # of the workers then: at work, and no crash loop for the supervisor
    changes: dict[str, Any] = field(default_factory=dict)  # of the settings

    def pool(self) -> list[Recipe]:
        """The fine-tunes that clients ask for."""
        rng = random.Random(f"recipes {self.seed}")
        nouns = ("dog", "cat", "panda")
        tiny = [
            Recipe(f"tiny-{number}", TINY, nouns[number % 3], rng.randint(3, 10), rng.randrange(2**31))
            for number in range(self.recipes)
        ]
        return [*tiny, Recipe("emoji", EMOJI, "dog", 3, rng.randrange(2**31))] if self.emoji else tiny

    def tasks(self) -> list[list[Task]]:
        """What each tenant does, in its order; every errand comes up at least once."""
        rng = random.Random(f"tasks {self.seed}")
        weights = {errand: weight for errand, weight in WEIGHTS.items() if self.emoji or "emoji" not in errand}
        dealt: list[list[Task]] = [[] for _ in range(self.tenants)]
        once, left = list(weights), self.jobs
        while left > 0:
            errand = once.pop() if once else rng.choices(list(weights), list(weights.values()))[0]
            dealt[rng.randrange(self.tenants)].append(Task(errand, rng.randrange(2**31)))
            left -= errand.jobs
        for tasks in dealt:
            rng.shuffle(tasks)
        return dealt


# Leases, back-off and the webhooks' schedule as short as the run must be.
SHORTENED: dict[str, Any] = {
    "lease_seconds": 4.0,
    "heartbeat_interval_seconds": 0.5,
    "poll_interval_seconds": 0.5,
    "maintenance_interval_seconds": 1.0,
    "retry_seconds": 0.5,
    "retry_max_seconds": 5.0,
    "retry_avoid_worker_seconds": 2.0,
    "max_attempts": 8,
    "checkpoint_steps": 2,
    "progress_interval_seconds": 0.2,
    "expiry_interval_seconds": 15.0,
    "orphan_age_seconds": 60.0,
    "webhook_allow_http": True,
    "webhook_allowed_networks": ("127.0.0.0/8",),
    "webhook_retry_seconds": (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0),
    "webhook_timeout_seconds": 3.0,
    "webhook_breaker_seconds": 1.0,
    "webhook_breaker_max_seconds": 5.0,
}
FULL = Plan(
    seed=4,
    jobs=5000,
    tenants=20,
    recipes=12,
    window=80,
    calm_seconds=20.0,
    limit_seconds=58 * 60.0,
    server_calm_seconds=61.0,
    freezes=(7.0, 9.0, 20.0),
    kills_beside_another=12,
    kills_alone=6,
    changes=SHORTENED,
)
# What must not be missing, in two minutes.
SHORT = Plan(
    seed=4,
    jobs=120,
    tenants=5,
    recipes=3,
    window=25,
    calm_seconds=1.0,
    limit_seconds=240.0,
    server_calm_seconds=61.0,
    freezes=(7.0,),
    decks=1,
    emoji=False,
    dead_letters=False,
    cards=frozenset(
        {
            "kill after_claim",
            "kill after_upload",
            "kill in_state",
            "kill in_finish",
            "freeze before_finish",
            "kill before_answer",
            "kill after_send",
            "kill postgres",
            "kill seaweed",
            "kill valkey",
            "flush valkey",
            "terminate a device",
        }
    ),
    changes=SHORTENED,
)
