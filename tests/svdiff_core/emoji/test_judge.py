import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from svdiff_core.emoji.evaluation.renders import Renders
from svdiff_core.emoji.judge import SHIPPED, Judge, JudgeConfig, load_judge, save_judge
from svdiff_core.emoji.judge_image import ImageShape
from svdiff_core.emoji.judge_text import TextShape, Words
from svdiff_core.errors import JudgeInvalid
from svdiff_core.metrics.lookup import JUDGE_FILE

TINY = JudgeConfig(
    nouns=("dog", "cat"),
    scenes=("beach", "snow", "red background"),
    words=("a", "beach", "cat", "dog", "on", "the"),
    image=ImageShape(stem=8, channels=(8, 16, 16), hidden=8, text_width=8, subject_width=8),
    text=TextShape(width=8, layers=1, heads=2, positions=8),
)


def untrained(seed: int) -> Judge:
    """A tiny judge of random weights that fp16 holds exactly."""
    torch.manual_seed(seed)
    judge = Judge(TINY)
    judge.towers.half().float()
    return judge


def test_the_judge_fits_the_repository() -> None:
    """Weights and renders together take at most 6 MB."""
    folder = SHIPPED / "emoji"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 6_000_000


def test_an_unknown_word_says_nothing(judge: Judge) -> None:
    """A rare token, wherever it stands, leaves the text's embedding as it is."""
    plain, *named = judge.text_embeddings(
        ["a photo of a dog on the beach", "a photo of a sks dog on the beach", "zwx A photo of a dog on the beach!"]
    )
    for embedding in named:
        torch.testing.assert_close(embedding, plain)


def test_a_text_of_unknown_words_has_an_embedding(judge: Judge) -> None:
    """Not even an empty prompt gives numbers that are no numbers."""
    embeddings = judge.text_embeddings(["", "sks"])
    assert embeddings.isfinite().all()
    torch.testing.assert_close(embeddings[0], embeddings[1])


def test_all_embeddings_have_norm_one(judge: Judge, renders: Renders) -> None:
    """A product of two of them is a cosine."""
    pictures = renders.trained.pictures[:3]
    texts = judge.text_embeddings(["a dog", "a dog on the left and a cat on the right"])
    for embeddings in (judge.subject_embeddings(pictures), judge.text_image_embeddings(pictures), texts):
        torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(len(embeddings)))


def test_a_picture_is_read_the_same_alone_and_in_company(judge: Judge, renders: Renders) -> None:
    """Neither the batch nor a second reading changes an answer."""
    pictures = renders.held_out.pictures[:70]
    whole = judge.read(pictures)
    for name, values in vars(judge.read(pictures[66:67])).items():
        torch.testing.assert_close(values[0], getattr(whole, name)[66], rtol=1e-4, atol=1e-5)


def test_a_larger_picture_is_reduced(judge: Judge, renders: Renders) -> None:
    """A picture of twice the side is the same picture to the judge."""
    pictures = renders.trained.pictures[:6]
    large = pictures.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    cosines = (judge.subject_embeddings(large) * judge.subject_embeddings(pictures)).sum(dim=1)
    assert cosines.min() > 0.9


def test_real_renders_are_named(judge: Judge, renders: Renders) -> None:
    """Things and scenes of new renders of trained drawings are told right, with one error in thirty at most."""
    sheet = renders.trained
    pictures, scenes = sheet.pictures[::2], sheet.scenes[::2]
    nouns = [thing for (thing,) in sheet.things[::2]]
    wrong = sum(a != b for a, b in zip(judge.top_noun(pictures), nouns, strict=True))
    assert wrong <= len(nouns) / 30
    assert judge.top_scene(pictures) == list(scenes)


def test_left_and_right_are_told_apart(judge: Judge, renders: Renders) -> None:
    """A mirrored picture of two things has them exchanged, and its sentence no longer fits best."""
    sheet = renders.pairs
    chosen = [i for i, named in enumerate(judge.top_nouns_by_side(sheet.pictures)) if named == sheet.things[i]]
    pictures = sheet.pictures[chosen]
    mirrored = judge.top_nouns_by_side(pictures.flip(3))
    exchanged = sum(named == sheet.things[i][::-1] for i, named in zip(chosen, mirrored, strict=True))
    assert exchanged >= 0.9 * len(chosen)
    said = [f"a {a} on the left and a {b} on the right" for a, b in (sheet.things[i] for i in chosen)]
    fit = judge.text_alignment(pictures, said) - judge.text_alignment(pictures.flip(3), said)
    assert (fit > 0).float().mean() > 0.9


def test_a_subject_is_nearer_to_itself_than_to_its_class(judge: Judge, renders: Renders) -> None:
    """Held-out drawings in new scenes align with their own pictures, more than other drawings of the noun do."""
    for word in renders.figures:
        own = renders.subjects.pictures[[i for i, things in enumerate(renders.subjects.things) if things == (word,)]]
        others = renders.trained.pictures[[i for i, things in enumerate(renders.trained.things) if things == (word,)]]
        itself = judge.subject_alignment(renders.held_out.of(word, ("beach", "snow")), own)
        assert itself.min() > judge.subject_alignment(others, own).max(), word


def test_a_judge_survives_its_folder(tmp_path: Path) -> None:
    """Weights that fp16 holds come back bit for bit, with the meaning of every answer."""
    judge = untrained(0)
    size = save_judge(judge, tmp_path)
    again = load_judge(tmp_path)
    assert size == (tmp_path / JUDGE_FILE).stat().st_size
    assert again.config == TINY
    pictures = torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(vars(again.read(pictures)), vars(judge.read(pictures)), rtol=0, atol=0)


def test_a_folder_without_a_judge_is_refused(tmp_path: Path) -> None:
    """A missing file, a damaged file, one of another format and one that lacks weights each say so."""
    with pytest.raises(JudgeInvalid, match="there is no"):
        load_judge(tmp_path)
    (tmp_path / JUDGE_FILE).write_bytes(b"no weights")
    with pytest.raises(JudgeInvalid, match="damaged"):
        load_judge(tmp_path)
    save_file({"x": torch.zeros(1)}, tmp_path / JUDGE_FILE, {"format": "another"})
    with pytest.raises(JudgeInvalid, match="format is 'another'"):
        load_judge(tmp_path)
    save_judge(untrained(0), tmp_path)
    tensors = load_file(tmp_path / JUDGE_FILE)
    tensors.pop(min(tensors))
    save_file(tensors, tmp_path / JUDGE_FILE, {"format": "svdiff-judge-1", "config": TINY.to_json()})
    with pytest.raises(JudgeInvalid, match="damaged"):
        load_judge(tmp_path)


def test_a_config_survives_its_text() -> None:
    """Every name and shape comes back, tuples as tuples."""
    other = dataclasses.replace(TINY, nouns=("owl",))
    assert JudgeConfig.from_json(other.to_json()) == other


def test_words_are_read_without_case_and_marks() -> None:
    """Punctuation and capitals change nothing; unknown words have no number."""
    words = Words(("a", "dog"))
    assert words.numbers("A dog, a zwx-dog!") == [2, 3, 2, 3]
