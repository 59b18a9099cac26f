"""What is measured at a check, on pictures that say their own numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.class_prompts import class_prompt, named_subjects
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training.held_out import HeldOut
from svdiff_core.training.subjects import Subject

DOG = SubjectWords("sks", "dog", "a photo of a sks dog", "a photo of a dog")
CAT = SubjectWords("red fluffy", "cat", "a red fluffy cat", "a cat")


@dataclass
class Brightness:
    """Text alignment is the picture's mean, image alignment 1 minus its mean distance to the references'."""

    name: str = "brightness"
    prompts: list[str] = field(default_factory=list)

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """(n,)."""
        self.prompts += prompts
        return pictures.mean(dim=(1, 2, 3))

    def image_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """(n,)."""
        return 1 - (pictures.mean(dim=(1, 2, 3)) - references.mean()).abs()


def subject(words: SubjectWords, brightness: float) -> Subject:
    """Two plain pictures of this brightness in [0, 1]."""
    pictures = torch.full((2, 3, 8, 8), 2 * brightness - 1)
    return Subject(pictures, words.instance_prompt, words.class_prompt, words.token, words.class_word)


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("a photo of a sks dog in the snow", "a photo of a dog in the snow"),
        ("a SKS  dog and a Red fluffy cat", "a dog and a cat"),
        ("sks in a hat", "dog in a hat"),
        ("an asks-mark, sksdog", "an asks-mark, sksdog"),
    ],
)
def test_words_that_only_the_training_knows_are_not_measured(prompt: str, read: str) -> None:
    """A token before its class goes, one that stands alone is its class, and a part of a word is no token."""
    assert class_prompt(prompt, [DOG, CAT]) == read


def test_a_subject_without_a_token_leaves_prompts_as_they_are() -> None:
    """As that of an edit, which has a description alone; without a class the token goes."""
    assert class_prompt("a photo of a dog", [SubjectWords("", "", "a dog", "")]) == "a photo of a dog"
    assert class_prompt("a photo of sks in the snow", [SubjectWords("sks", "", "sks", "")]) == "a photo of in the snow"


def test_a_prompt_is_compared_with_those_that_it_names() -> None:
    """With all where it names none."""
    prompts = ["a sks dog", "a red fluffy cat", "a red  FLUFFY cat by a sks dog", "two animals"]
    named = [named_subjects(prompt, [DOG, CAT]) for prompt in prompts]
    assert named == [[True, False], [False, True], [True, True], [True, True]]


def test_alignments_are_means_over_prompts_and_over_the_subjects_named() -> None:
    """Against numbers by hand: pictures of 0.2, 0.6 and 0.8, subjects of 0.2 and 1."""
    metric = Brightness()
    held_out = HeldOut(("a sks dog on red", "a red fluffy cat", "two animals"), Metrics(metric, metric))
    pictures = torch.tensor([0.2, 0.6, 0.8]).view(3, 1, 1, 1).expand(3, 3, 8, 8)
    text, image = held_out.measure(pictures, [subject(DOG, 0.2), subject(CAT, 1.0)])
    assert text == pytest.approx((0.2 + 0.6 + 0.8) / 3)
    assert image == pytest.approx((1.0 + 0.6 + (0.4 + 0.8) / 2) / 3)
    assert metric.prompts == ["a dog on red", "a cat", "two animals"]


def test_prompt_i_is_sampled_from_seed_plus_i(base: Base) -> None:
    """The same pictures as those of generations, each step reported, whatever the batches."""
    prompts = ("a photo of a dog", "a red cat", "a hat in the snow")
    held_out = HeldOut(prompts, Metrics(Brightness(), Brightness()), seed=5, steps=2, guidance=4.0, max_batch=2)
    sampling, steps = held_out.sample(base), []
    while True:
        try:
            steps.append(next(sampling))
        except StopIteration as end:
            pictures = end.value
            break
    assert steps == [SampleStep(step, 4) for step in range(1, 5)]
    for number, prompt in enumerate(prompts):
        *_, done = sample(base, SamplingSpec(prompt, seed=5 + number, steps=2, guidance=4.0))
        assert isinstance(done, SampleDone)
        torch.testing.assert_close(pictures[number], done.pictures[0], atol=2 / 255, rtol=0)
