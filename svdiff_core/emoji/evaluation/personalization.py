"""How far a fine-tune by the base's own recipe goes from the base's pictures of a class to the subject itself.

The share of the way is s = (A - A_base) / (A_real - A_base), where A is the mean subject alignment to the
subject's own pictures: of the personalized pictures, of the base's pictures of the class from the same seeds,
and of real renders of the subject in the same scenes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation import answers
from svdiff_core.emoji.evaluation.drawing import Progress, SamplingSettings, draw
from svdiff_core.emoji.evaluation.figures import Figure
from svdiff_core.emoji.evaluation.prompts import with_article
from svdiff_core.emoji.evaluation.renders import Renders
from svdiff_core.emoji.judge import Judge
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import Shift
from svdiff_core.training.loop import Training
from svdiff_core.training.prior import PriorDone, sample_prior
from svdiff_core.training.subjects import Subject

TOKEN = "sks"  # noqa: S105 — a rare word, not a secret
SCENES = ("beach", "snow", "forest", "desert")  # none of the backgrounds of the subjects' own pictures
PICTURES_A_SCENE = 4


@dataclass(frozen=True)
class Case:
    """A subject's own pictures (m, 3, H, W), and the base's answers (n, 3, H, W) to its class in each scene."""

    word: str
    references: Tensor
    real: Tensor  # fresh renders in the same scenes
    scenes: tuple[str, ...]  # of the answers
    places: tuple[str, ...]  # the same in a prompt's words
    before: Tensor
    prior: Tensor | None  # latents (p, c, h, w) of the class

    @property
    def class_prompt(self) -> str:
        """What the class is called."""
        return f"a photo of {with_article(self.word)}"

    @property
    def instance_prompt(self) -> str:
        """What the subject is called."""
        return f"a photo of a {TOKEN} {self.word}"


@dataclass(frozen=True)
class Personalized:
    """A subject's case, what it was fine-tuned to, and the personalized answers (n, 3, H, W) to each scene."""

    case: Case
    shift: Shift
    after: Tensor


@dataclass(frozen=True)
class Alignment:
    """Mean subject alignments of one subject, and how often the scene is still right."""

    word: str
    base: float
    own: float
    real: float
    scene: float

    @property
    def share(self) -> float:
        """Of the way from the base's pictures to real ones."""
        return (self.own - self.base) / (self.real - self.base)


def prepare(
    base: Base, renders: Renders, word: str, recipe: Recipe, settings: SamplingSettings, progress: Progress
) -> Case:
    """Collect the subject's pictures, and let the base draw its class: in every scene, and for the prior."""
    scenes = tuple(scene for scene in SCENES for _ in range(PICTURES_A_SCENE))
    places = tuple(renders.places[scene] for scene in scenes)
    plain = f"a photo of {with_article(word)}"
    return Case(
        word=word,
        references=renders.subjects.of(word),
        real=renders.held_out.of(word, SCENES),
        scenes=scenes,
        places=places,
        before=draw(base, [f"{plain} {place}" for place in places], settings),
        prior=_prior(base, plain, recipe, word, progress) if recipe.prior_loss_weight > 0 else None,
    )


def personalize(base: Base, case: Case, recipe: Recipe, settings: SamplingSettings, progress: Progress) -> Personalized:
    """Learn "a sks <word>" from the case's pictures, and let the base draw it in every scene."""
    pictures = training_pictures(case.references, base.recipe.resolution)
    subject = Subject(pictures, case.instance_prompt, case.class_prompt, TOKEN, case.word)
    prior = case.prior if recipe.prior_loss_weight > 0 else None
    training = Training(base, subject, recipe, settings.seed, prior)
    for record in training.steps():
        progress(f"{case.word}: training", record.step, record.steps)
    shift = training.shift()
    return Personalized(
        case, shift, draw(base, [f"{case.instance_prompt} {place}" for place in case.places], settings, shift)
    )


def align(judge: Judge, one: Personalized) -> Alignment:
    """Compare all pictures of a subject with its own."""
    case = one.case

    def mean(pictures: Tensor) -> float:
        return float(judge.subject_alignment(pictures, case.references).mean())

    scene = answers.scenes_right(judge, one.after, case.scenes)
    return Alignment(case.word, mean(case.before), mean(one.after), mean(case.real), scene)


def rows(alignments: Sequence[Alignment]) -> Iterator[Figure]:
    """The means over subjects, then every subject's share."""
    count = len(SCENES) * PICTURES_A_SCENE
    shares = torch.tensor([one.share for one in alignments])
    scenes = torch.tensor([one.scene for one in alignments])
    total = count * len(alignments)
    yield Figure("personalization: share of the way", float(shares.mean()), reach=0.6, pictures=total)
    yield Figure("personalization: scene still right", float(scenes.mean()), reach=0.8, pictures=total)
    for one in alignments:
        name = f"  {one.word}: {one.base:.2f} → {one.own:.2f} of {one.real:.2f}"
        yield Figure(name, one.share, pictures=count)


def training_pictures(references: Tensor, side: int) -> Tensor:
    """Pictures (m, 3, H, W) in [0, 1] as a training takes them: (m, 3, side, side) in [-1, 1]."""
    resized = F.interpolate(references, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
    return 2 * resized - 1


def _prior(base: Base, class_prompt: str, recipe: Recipe, word: str, progress: Progress) -> Tensor:
    last: object = None
    for last in sample_prior(base, class_prompt, recipe):
        if not isinstance(last, PriorDone):
            progress(f"{word}: prior", last.step, last.steps)
    if not isinstance(last, PriorDone):
        raise TypeError("sample_prior ends with PriorDone")
    return last.latents
