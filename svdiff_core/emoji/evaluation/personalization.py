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
from svdiff_core.emoji.evaluation import accuracy
from svdiff_core.emoji.evaluation.figures import Figure
from svdiff_core.emoji.evaluation.prompts import with_article
from svdiff_core.emoji.evaluation.renders import Renders
from svdiff_core.emoji.evaluation.sampling import Progress, SamplingSettings, sample_pictures
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
    """A subject's own pictures (m, 3, H, W), and the base's pictures (n, 3, H, W) of its class in each scene."""

    word: str
    references: Tensor
    real: Tensor  # fresh renders in the same scenes
    scenes: tuple[str, ...]  # of each of the base's pictures
    scene_phrases: tuple[str, ...]  # the same in prompts
    before: Tensor
    prior: Tensor | None  # latents (p, c, h, w) of the class

    @property
    def class_prompt(self) -> str:
        """The prompt of the class."""
        return f"a photo of {with_article(self.word)}"

    @property
    def instance_prompt(self) -> str:
        """The prompt of the subject."""
        return f"a photo of a {TOKEN} {self.word}"


@dataclass(frozen=True)
class PersonalizedCase:
    """A subject's case, its trained shift, and the personalized pictures (n, 3, H, W) in each scene."""

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
        """The share of the way from the base's pictures to real ones."""
        return (self.own - self.base) / (self.real - self.base)


def prepare(
    base: Base, renders: Renders, word: str, recipe: Recipe, settings: SamplingSettings, progress: Progress
) -> Case:
    """Collect the subject's pictures, and sample its class from the base: in every scene, and for the prior."""
    scenes = tuple(scene for scene in SCENES for _ in range(PICTURES_A_SCENE))
    phrases = tuple(renders.scene_phrases[scene] for scene in scenes)
    class_prompt = f"a photo of {with_article(word)}"
    return Case(
        word=word,
        references=renders.subjects.of(word),
        real=renders.held_out.of(word, SCENES),
        scenes=scenes,
        scene_phrases=phrases,
        before=sample_pictures(base, [f"{class_prompt} {phrase}" for phrase in phrases], settings),
        prior=_prior(base, class_prompt, recipe, word, progress) if recipe.prior_loss_weight > 0 else None,
    )


def personalize(
    base: Base, case: Case, recipe: Recipe, settings: SamplingSettings, progress: Progress
) -> PersonalizedCase:
    """Train "a sks <word>" on the case's pictures, and sample it in every scene."""
    pictures = training_pictures(case.references, base.recipe.resolution)
    subject = Subject(pictures, case.instance_prompt, case.class_prompt, TOKEN, case.word)
    prior = case.prior if recipe.prior_loss_weight > 0 else None
    training = Training(base, subject, recipe, settings.seed, prior)
    for record in training.steps():
        progress(f"{case.word}: training", record.step, record.steps)
    shift = training.shift()
    prompts = [f"{case.instance_prompt} {phrase}" for phrase in case.scene_phrases]
    return PersonalizedCase(case, shift, sample_pictures(base, prompts, settings, shift))


def align(judge: Judge, personalized: PersonalizedCase) -> Alignment:
    """Compare all pictures of a subject with its own."""
    case = personalized.case

    def mean(pictures: Tensor) -> float:
        return float(judge.subject_alignment(pictures, case.references).mean())

    scene = accuracy.scene_accuracy(judge, personalized.after, case.scenes)
    return Alignment(case.word, mean(case.before), mean(personalized.after), mean(case.real), scene)


def rows(alignments: Sequence[Alignment]) -> Iterator[Figure]:
    """The means over subjects, then every subject's share."""
    count = len(SCENES) * PICTURES_A_SCENE
    shares = torch.tensor([each.share for each in alignments])
    scenes = torch.tensor([each.scene for each in alignments])
    total = count * len(alignments)
    yield Figure("personalization: share of the way", float(shares.mean()), target=0.6, pictures=total)
    yield Figure("personalization: scene still right", float(scenes.mean()), target=0.8, pictures=total)
    for each in alignments:
        name = f"  {each.word}: {each.base:.2f} → {each.own:.2f} of {each.real:.2f}"
        yield Figure(name, each.share, pictures=count)


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
