"""The words that the glossary replaced do not come back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "api",
    "worker",
    "svdiff_core",
    "service",
    "migrations",
    "tests",
    "bench",
    "docs",
    "examples",
    "demo",
    "publish",
)
READ = {".py", ".md", ".toml", ".yml", ".sql"}
# What is history, or lists the words itself.
EXCEPT = (
    "migrations/versions/",
    "tests/upgrades/recordings/",
    "tests/contracts/test_words.py",
    "bench/emoji_base/data/words.py",
)
OLD_WORDS = {
    r"rate_matrix|rate_vector": "learning_rate, learning_rate_1d",
    r"dead_share": "clipped_fraction",
    r"cut_mix_smallest": "cut_mix_min_scale",
    r"stop_when": "early_stopping",
    r"text_encoder_rate\b": "text_encoder_learning_rate_scale",
    r"gradient_clip\b": "max_grad_norm",
    r"\bprior_weight": "prior_loss_weight",
    r"seconds_a_step|steps_a_second": "seconds_per_step, steps_per_second",
    r"no_place_left": "stream_limit_reached",
    r"tuned_file": "adapter_file",
    r"look_seconds|sweep_seconds|elsewhere_seconds|product_bytes": "see docs/settings.md",
    r"\bdoom(s|ed)?\b|doomed_|\bbury\b": "mark_for_deletion, dead letter",
    r"mailroom": "WebhookDispatcher",
    r"workshop|workbench": "JobContext, Resources",
    r"door_?bell|(?<!\()\bbells?\b(?!\")|\brings\b": "Notifier, wake-up",
    r"level_up": "align_fair_share",
    r"\blessons?\b": "training batch",
    r"\bshelves\b|prior_shelves": "prior pools",
    r"plain_words|token_places|joint_words": "class_prompts, token_positions, stitched_prompts",
    r"\bWanted\b|\bwanted\(": "JobDraft",
    r"\b(lay|lays|laid|laying) ([\w-]+ ){0,2}aside\b": "pause",
    r"\bis minded\b": "is honored",
    r"laid on white": "composited on white",
    r"cannot be meant": "is not valid",
    r"machinery failed": "internal error",
    r"colour|behaviour|neighbour|catalogue|licence|personalis|centred\b|\bgrey\b": "American spelling",
    r"\bcancelled(?!Error)|cancelling": "canceled, canceling",
}


def own_files() -> Iterator[Path]:
    """The texts that this project writes."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in READ and path.is_file() and not name.startswith(EXCEPT):
                yield path
    yield from (path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md")  # which names what was renamed


def old_words(name: str, text: str) -> Iterator[str]:
    """Each old word that the text has, with its line and what to write instead."""
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, instead in OLD_WORDS.items():
            if found := re.search(pattern, line, 0 if "Wanted" in pattern else re.IGNORECASE):
                yield f"{name}:{number}: {found[0]!r}; write: {instead}"


def test_no_old_word_is_left() -> None:
    """docs/glossary.md has the terms."""
    found = [
        hit
        for path in own_files()
        for hit in old_words(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line", ["rate_matrix = 1", "the bell rings", "Lay a fine-tune aside", "a doomed object", "its colour", "lessons"]
)
def test_an_old_word_is_found(line: str) -> None:
    """The lint itself works."""
    assert list(old_words("x.py", line))
