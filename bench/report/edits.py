"""One picture under other words, by three methods, with and without inversion; and how exactly inversion comes back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from bench.report.choices import plain
from bench.report.stage import ReportStage, Task
from bench.report.studio import SEED, Learned, Studio, save_strip
from svdiff_core.emoji.evaluation.personalization import training_pictures
from svdiff_core.parameters.editing import EditingSpec
from svdiff_core.parameters.methods import FULL, LORA, SVDIFF
from svdiff_core.sampling.editing import edit
from svdiff_core.sampling.sampler import SampleDone
from svdiff_core.training.subjects import subject_of

PICTURES = {"dog": "grass", "lion": "table", "gift": "city"}  # by word: the scene it is in
TARGETS = {
    "dog": (
        "a photo of a cat on the grass",
        "a photo of a fox on the grass",
        "a photo of a dog in the snow",
        "a photo of a dog at night",
    ),
    "lion": (
        "a photo of a bear on a wooden table",
        "a photo of a tiger on a wooden table",
        "a photo of a lion in the snow",
        "a photo of a lion at night",
    ),
    "gift": (
        "a photo of a cake in the city",
        "a photo of an apple in the city",
        "a photo of a gift in the snow",
        "a photo of a gift at night",
    ),
}
METHODS = (SVDIFF, FULL, LORA)
FRESH, INVERTED, BACK, BACK_PLAIN = "fresh", "inverted", "back", "back, no refinements"
STEPS = 50
GUIDANCE = {FRESH: 4.0, INVERTED: 3.0}


def tasks() -> list[Task]:
    """Each picture by each method."""
    return [{"picture": word, "method": method} for word in PICTURES for method in METHODS]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """Four edits in both ways; then the picture's own words through the inversion and back."""
    word, method = task["picture"], task["method"]
    scene = PICTURES[word]
    picture, description = _picture(studio, word, scene), f"a photo of a {word} {studio.renders.scene_phrases[scene]}"
    recipe = replace(plain(studio, method), prior_loss_weight=0.0, steps=500)
    learned = studio.learned(f"{word} edit {method}", [subject_of(picture, description)], recipe)
    for way in (FRESH, INVERTED):
        spec = EditingSpec(TARGETS[word], seed=SEED, steps=STEPS, guidance=GUIDANCE[way], inversion=way == INVERTED)
        drawn = _edited(studio, learned, picture, spec)
        save_strip(f"{word} edit {method} {way}", drawn)
        yield {"way": way} | _kept(studio, drawn, picture, TARGETS[word])
    own = studio.base.family.decode_latents(studio.base.family.encode_pictures(picture[None])[0]).cpu()
    for way, refinements in ((BACK, 3), (BACK_PLAIN, 0)):
        spec = EditingSpec((description,), steps=STEPS, guidance=1.0, refinements=refinements)
        back = _edited(studio, learned, picture, spec)
        yield {
            "way": way,
            "psnr_latent": psnr(back, own),
            "psnr_picture": psnr(back, (picture[None] + 1) / 2),
            "psnr_autoencoder": psnr(own, (picture[None] + 1) / 2),
        }


def psnr(a: Tensor, b: Tensor) -> float:
    """Decibels, of pixels in [0, 1]."""
    return round(float(-10 * (a - b).square().mean().log10()), 2)


def _picture(studio: Studio, word: str, scene: str) -> Tensor:
    """The subject's first picture in a scene, (3, H, W) in [-1, 1]."""
    return training_pictures(studio.renders.subjects.of(word, [scene])[:1], studio.base.recipe.resolution)[0]


def _edited(studio: Studio, learned: Learned, picture: Tensor, spec: EditingSpec) -> Tensor:
    *_, last = edit(studio.base, learned, picture, spec)
    if not isinstance(last, SampleDone):
        raise TypeError("edit ends with SampleDone")
    return last.pictures


def _kept(studio: Studio, drawn: Tensor, picture: Tensor, prompts: Sequence[str]) -> dict[str, Any]:
    """Alignment with the words and with the picture that was edited, and the mean difference of its pixels."""
    source = (picture[None] + 1) / 2
    return {
        "text": round(studio.text_alignment(drawn, prompts), 4),
        "image": round(float(studio.judge.subject_alignment(drawn, source).mean()), 4),
        "pixels": round(float((drawn - source).abs().mean()), 4),
    }


EDITS = ReportStage(
    "edits",
    ("picture", "method"),
    ("way", "text", "image", "pixels", "psnr_latent", "psnr_picture", "psnr_autoencoder"),
    tasks,
    run,
)
