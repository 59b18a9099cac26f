import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation import personalization, prompts
from svdiff_core.emoji.evaluation.base_rows import psnr_row
from svdiff_core.emoji.evaluation.command import evaluate
from svdiff_core.emoji.evaluation.figures import Figure, to_csv, to_json, to_table
from svdiff_core.emoji.evaluation.personalization import Alignment, Case, PersonalizedCase
from svdiff_core.emoji.evaluation.renders import Renders, RendersInvalid, load_renders
from svdiff_core.emoji.evaluation.sampling import SamplingSettings, sample_pictures
from svdiff_core.emoji.judge import Judge
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.shift.file import Shift, ShiftMetadata

TWO_STEPS = SamplingSettings(steps=2, guidance=3.0, seed=5)


def quiet(what: str, done: int, total: int) -> None:
    """Progress that is not shown."""


def test_every_thing_stands_in_every_scene_of_the_held_out_sheet(renders: Renders) -> None:
    """The real renders cover all nouns and all places once, and each subject has four pictures of its own."""
    cases = Counter(zip(renders.held_out.things, renders.held_out.scenes, strict=True))
    assert set(cases.values()) == {1}
    assert len(cases) == len(renders.nouns) * len(renders.scene_phrases)
    assert Counter(renders.subjects.things) == {(word,): 4 for word in renders.figures + renders.sweep}
    assert len(renders.held_out.of("dog", ("beach", "snow"))) == 2
    assert set(renders.figures).isdisjoint(renders.sweep)


def test_prompts_spread_evenly_over_things_and_scenes(renders: Renders) -> None:
    """No noun stands in two more prompts than another, nor a scene; pairs are of two different things."""
    one = prompts.one_thing(renders, 200)
    for counts in (Counter(expected.things[0] for expected in one), Counter(expected.scene for expected in one)):
        assert max(counts.values()) - min(counts.values()) <= 1
    assert len({(expected.things, expected.scene) for expected in one}) == 200
    assert one[0].prompt == f"a photo of a dog {renders.scene_phrases[one[0].scene]}"
    for expected in prompts.two_things(renders, 200):
        assert expected.things[0] != expected.things[1]
    counts = Counter(thing for expected in prompts.two_sides(renders, 204) for thing in expected.things)
    assert set(counts.values()) == {12}


def test_sampling_many_prompts_equals_sampling_each(base: Base) -> None:
    """Picture i of a common batch is what a generation of its prompt with seed + i gives."""
    texts = ["a dog", "a cat on the beach", "a dog"]
    together = sample_pictures(base, texts, TWO_STEPS)
    for i, prompt in enumerate(texts):
        *_, alone = sample(base, SamplingSpec(prompt, seed=5 + i, steps=2, guidance=3.0))
        assert isinstance(alone, SampleDone)
        torch.testing.assert_close(together[i : i + 1], alone.pictures, rtol=0, atol=2 / 255)


def test_the_psnr_of_the_table_is_that_of_its_definition(base: Base, renders: Renders) -> None:
    """The row's value is the mean over pictures of -10 log10 of the mean squared error."""
    pictures = renders.pairs.pictures[:40]
    sheet = type(renders.pairs)(pictures, renders.pairs.things[:40], renders.pairs.scenes[:40])
    mean, _ = base.family.encode_pictures(pictures * 2 - 1)
    errors = (base.family.decode_latents(mean) - pictures).square().flatten(1).mean(1)
    assert psnr_row(base, sheet).value == pytest.approx(float((-10 * errors.log10()).mean()), abs=1e-3)


def test_the_share_of_the_way_is_0_for_the_base_and_1_for_real_renders(judge: Judge, renders: Renders) -> None:
    """The base's own pictures have gone no way, fresh renders of the subject all of it; both keep their scene."""
    scenes, word = personalization.SCENES, "dog"
    own = renders.subjects.pictures[[i for i, things in enumerate(renders.subjects.things) if things == (word,)]]
    real, plain = renders.held_out.of(word, scenes), renders.held_out.of("car", scenes)
    order = tuple(s for s in renders.scene_phrases if s in scenes)
    case = Case(word, own, real, order, order, plain, None)
    nothing = Shift({}, ShiftMetadata("svd1-none"))
    stayed, arrived = (personalization.align(judge, PersonalizedCase(case, nothing, after)) for after in (plain, real))
    assert stayed.share == pytest.approx(0, abs=1e-6)
    assert arrived.share == pytest.approx(1, abs=1e-6)
    assert (stayed.scene, arrived.scene) == (1, 1)


def test_a_base_is_personalized_on_every_subject_and_is_itself_afterwards(
    base: Base, judge: Judge, renders: Renders, assert_base_untouched: Callable[[], None]
) -> None:
    """Each subject gets pictures before and after for every scene, and rows in the table."""
    recipe = Recipe(steps=2, batch_size=1, prior_count=2, prior_steps=1, learning_rate=0.05, learning_rate_1d=0.05)
    cases = [personalization.prepare(base, renders, word, recipe, TWO_STEPS, quiet) for word in ("dog", "gift")]
    found = [personalization.personalize(base, case, recipe, TWO_STEPS, quiet) for case in cases]
    for one in found:
        assert one.case.before.shape == one.after.shape == (16, 3, 32, 32)
        assert not torch.equal(one.case.before, one.after)
        assert len(one.case.scenes) == 16
    rows = list(personalization.rows([personalization.align(judge, one) for one in found]))
    assert [row.pictures for row in rows] == [32, 32, 16, 16]
    assert_base_untouched()


def test_means_are_over_subjects() -> None:
    """A subject that went far does not hide one that went nowhere."""
    alignments = [Alignment("dog", 0.2, 0.8, 0.8, 1.0), Alignment("gift", 0.5, 0.5, 0.9, 0.5)]
    share, scene, *_ = personalization.rows(alignments)
    assert (share.value, scene.value) == pytest.approx((0.5, 0.75))
    assert (share.reached, scene.reached) == (False, False)


def test_a_table_says_what_was_reached() -> None:
    """Shares and decibels must be high, seconds low; what has no target has no verdict."""
    figures = [
        Figure("noun", 0.9, target=0.85, pictures=200),
        Figure("psnr", 26.94, "dB", target=27.0),
        Figure("seconds", 1.4, "s", target=1.5),
        Figure("other", 0.5),
    ]
    assert [figure.reached for figure in figures] == [True, False, True, None]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in to_table(figures).splitlines()]
    assert lines[2:] == [
        ["noun", "≥ 85 %", "90.0 %", "200", "reached"],
        ["psnr", "≥ 27 dB", "26.9 dB", "", "missed"],
        ["seconds", "≤ 1.5 s", "1.40 s", "", "reached"],
        ["other", "", "50.0 %", "", ""],
    ]
    assert json.loads(to_json(figures, {"seed": 1}))["figures"][1]["reached"] is False
    assert [row["name"] for row in csv.DictReader(io.StringIO(to_csv(figures)))] == [f.name for f in figures]


def test_the_command_writes_table_picture_and_numbers(tiny_pipeline: Path, factors_dir: Path, tmp_path: Path) -> None:
    """Standard output is the table alone; the picture and the numbers lie where the options say."""
    files = {"grid": tmp_path / "grid.png", "out": tmp_path / "numbers.json"}
    options = ["base", "--base", str(tiny_pipeline), "--pictures", "3", "--steps", "2", "--no-personalize"]
    options += [
        "--factors",
        str(factors_dir),
        *(text for name, path in files.items() for text in (f"--{name}", str(path))),
    ]
    result = CliRunner().invoke(_app(), options)
    assert result.exit_code == 0, result.output
    numbers = json.loads(files["out"].read_text())
    assert result.stdout.startswith("| ")
    assert len(result.stdout.splitlines()) == 2 + len(numbers["figures"])
    assert "one object: 3 of 3" in result.stderr
    assert Image.open(files["grid"]).format == "PNG"


@pytest.mark.parametrize(("option", "value"), [("--out", "numbers.txt"), ("--subject", "zebra")])
def test_a_wrong_option_is_reported_before_any_work(tiny_pipeline: Path, option: str, value: str) -> None:
    """A sentence on standard error and exit code 1."""
    result = CliRunner().invoke(_app(), ["base", "--base", str(tiny_pipeline), option, value])
    assert result.exit_code == 1
    assert value in result.stderr
    assert result.stdout == ""


def test_missing_renders_are_reported(tmp_path: Path) -> None:
    """A folder without them is named."""
    with pytest.raises(RendersInvalid, match=tmp_path.name):
        load_renders(tmp_path)


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(evaluate)
    return app
