"""The judge's model card: what it was made from, what it measures, and what it cannot do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.emoji_base.data import held_out
from bench.emoji_base.data.emoji_sets import EMOJI_SETS, EmojiSet
from bench.emoji_base.data.words import SCENES
from bench.emoji_base.judge.data.more_sets import MORE_SETS
from bench.emoji_base.judge.examples import Icons
from bench.emoji_base.judge.facts import NOUNS
from bench.emoji_base.judge.measure import PAIRS
from bench.emoji_base.judge.recipe import JudgeRecipe
from svdiff_core.emoji.judge import Judge


@dataclass(frozen=True)
class Facts:
    """What only the finished training knows."""

    scenes: int
    icon_scenes: int
    icons: int
    drawings: int
    steps: int
    hours: float

    @classmethod
    def of(cls, scenes: int, singles: Icons, steps: int, seconds: float) -> "Facts":
        """Count what was trained on."""
        drawings, icons = int(singles.drawing.max()) + 1, int(singles.icon.max()) + 1
        return cls(scenes, len(singles.pixels), icons, drawings, steps, seconds / 3600)


CARD = """---
license: apache-2.0
---

# The judge of the emoji base

Two small towers that say how well a 64-pixel picture fits a text, and how much of a subject is in it. They measure
the emoji base and what is personalized on it, on any computer. They were trained on rendered scenes alone: no
generated picture was ever seen, so no model can have taught them its own faults.

## Use

    from svdiff_core.emoji.judge import load_judge
    judge = load_judge("emoji")                          # pictures: (n, 3, 64, 64) in [0, 1]
    judge.text_alignment(pictures, prompts)              # (n,) cosine
    judge.subject_alignment(pictures, references)        # (n,) mean cosine with a subject's own pictures
    judge.top_noun(pictures), judge.top_scene(pictures)  # by heads on the image tower
    judge.top_nouns_by_side(pictures)                    # the same noun head, half by half

A word that the judge does not know says nothing to it: "a sks dog" reads as "a dog".

## Parts

| part | parameters |
|---|---|
| image tower: a residual network with group norm, strides 2 to 4 by 4 places, and its heads | {image:,} |
| text tower: {layers} transformer layers, {width} wide, over {words} known words | {text:,} |

Stored in fp16, the configuration in the file's metadata. Nouns: {nouns}. Scenes: {scenes}.

## Data

{facts.scenes:,} captioned scenes of the same kind as the base's; and {facts.icon_scenes:,} scenes of single
icons: {facts.icons:,} icons in {facts.drawings:,} drawings, a drawing being one set's icon, or the same with its hues
turned or its colors exchanged. Relatives of a noun carry
its name too: a poodle is a dog, a black cat a cat. No people, no symbols, nothing from the web.

| set | package | license | used |
|---|---|---|---|
{sets}

Attribution: {attribution}. Changes: rendered to pixels, cut to the outline, resized, turned, mirrored, toned or
recolored, and placed on backgrounds that this project draws. CC BY 4.0:
https://creativecommons.org/licenses/by/4.0/. No drawing of the held-out set, and no icon of {held_out},
was seen in training. `renders/` holds renders of the held-out set for measuring.

## Training

`python -m bench.emoji_base judge`, seed {seed}: {facts.steps:,} steps of {batch} pictures in {facts.hours:.2f} hours
on one core. Losses: captions against pictures, contrastive, where a caption that is also true of another picture is not
counted as wrong, and each comes with one that is almost right; the noun, that of each half, and the scene; the name of
the icon over all sets; and for the subject embedding, to find the same drawing in another scene among other drawings
of the same icon. Pictures are moved, softened, recolored, partly erased and made noisy on the way. The curve is in
`judge.csv`.

## Measured on real renders

Shares of right answers, nouns among {noun_count}, scenes among {scene_count}; one thing in a scene, {checks} pictures
a row, and {pairs} pairs.

| | new scenes of trained drawings | drawings of the held-out set |
|---|---|---|
{rows}

Retrieval: a held-out drawing is nearer to itself in another scene than to its noun in each of the five training
sets in {retrieval} of {checks} cases.

## Limits

- It knows the nouns, scenes and colors above; of everything else it says something that means nothing.
- It reads 64 pixels; other sizes are reduced to that.
- Subject alignment compares drawings, most of all their colors, marks and outlines. It is not meant for photographs.
- A held-out drawing that resembles another noun more than its own is taken for that one; the figures above count it.
  Nearly all are five drawings: the held-out set's ghost is green, its cat black, its dog a pug, its crown closed
  and its cake red; no set to learn from draws them so. More sets, exchanged colors and relatives did not mend that.
"""

ROWS = (
    ("noun, by its head", "noun"),
    ("scene, by its head", "scene"),
    ("two things: both nouns, each on its side", "sides"),
    ("noun, by the text tower", "text_noun"),
    ("scene, by the text tower", "text_scene"),
    ('"left" and "right" told from their exchange, by the text tower', "text_sides"),
)


def write(judge: Judge, recipe: JudgeRecipe, facts: Facts, figures: Mapping[str, float], folder: Path) -> None:
    """Write the card as README.md."""
    (folder / "README.md").write_text(text(judge, recipe, facts, figures))


def text(judge: Judge, recipe: JudgeRecipe, facts: Facts, figures: Mapping[str, float]) -> str:
    """Return the card as Markdown."""
    parameters = {name: sum(p.numel() for p in tower.parameters()) for name, tower in judge.towers.items()}
    batch = recipe.batch
    return CARD.format(
        **parameters,
        layers=recipe.text.layers,
        width=recipe.text.width,
        words=len(judge.config.words),
        nouns=", ".join(judge.nouns),
        scenes=", ".join(judge.scenes),
        facts=facts,
        sets="\n".join(_set_row(entry) for entry in (*EMOJI_SETS, *MORE_SETS)),
        attribution="; ".join(
            f"{entry.author} ({entry.source}, {entry.license})" for entry in (*EMOJI_SETS, *MORE_SETS)
        ),
        held_out=", ".join(sorted(held_out.NOUN_WORDS)),
        seed=recipe.seed,
        batch=batch.scenes + 2 * batch.icons * batch.drawings,
        noun_count=len(judge.nouns),
        scene_count=len(judge.scenes),
        checks=len(NOUNS) * len(SCENES),
        pairs=PAIRS,
        rows="\n".join(_row(title, name, figures) for title, name in ROWS),
        retrieval=_percent(figures["retrieval"]),
    )


def _row(title: str, name: str, figures: Mapping[str, float]) -> str:
    return f"| {title} | {_percent(figures[f'trained_{name}'])} | {_percent(figures[f'held_out_{name}'])} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _set_row(entry: EmojiSet) -> str:
    use = "held out: it only measures" if entry.name == held_out.SUBJECT_SET else "training"
    return f"| {entry.author} | `{entry.package}` {entry.version} | {entry.license} | {use} |"
