"""Every number that decides what the judge becomes."""

from dataclasses import dataclass, field

from bench.emoji_base.data.scenes import Mix
from bench.emoji_base.judge.data.icon_scenes import Counts
from bench.emoji_base.recipe import digest
from svdiff_core.emoji.judge_image import ImageShape
from svdiff_core.emoji.judge_text import TextShape


@dataclass(frozen=True)
class Weights:
    """Of the parts of the loss."""

    text: float = 1.0
    noun: float = 1.0
    sides: float = 1.0
    scene: float = 0.5
    icon: float = 1.0
    subject: float = 1.0


@dataclass(frozen=True)
class Batch:
    """A step's pictures: scenes with captions, and icons in some drawings of one kind, each in two scenes."""

    scenes: int = 64
    icons: int = 13
    drawings: int = 5
    noun_share: float = 0.3  # of the icons
    kinds: tuple[float, ...] = (0.6, 0.15, 0.25)  # how likely each is


@dataclass(frozen=True)
class JudgeData:
    """The rendered scenes: captioned ones, and those of single icons."""

    seed: int = 11
    side: int = 64  # pixels
    sprite_side: int = 128  # pixels
    scenes: int = 60_000
    mix: Mix = field(default_factory=lambda: Mix(two=0.42, aside=0.06, animal_weight=1.0, dog_weight=1.0))
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class JudgeRecipe:
    """The whole of it."""

    seed: int = 11
    image: ImageShape = field(default_factory=ImageShape)
    text: TextShape = field(default_factory=TextShape)
    data: JudgeData = field(default_factory=JudgeData)
    batch: Batch = field(default_factory=Batch)
    weights: Weights = field(default_factory=Weights)
    steps: int = 5_500
    rate: float = 2e-3
    warm_up: int = 200  # steps
    decay_share: float = 0.7  # of the steps, at the end, over which the rate falls
    decay: float = 0.05
    clip: float = 1.0
    average: float = 0.998
    filler_dropout: float = 0.3
    subject_scale: float = 18.0  # inverse temperature
    smoothing: float = 0.05  # of the labels


def digest_of(part: JudgeData | JudgeRecipe) -> str:
    """Return the base recipe's short hash, of a part of this one."""
    return digest(part)  # type: ignore[arg-type]  # its annotation names the base's parts; any dataclass will do
