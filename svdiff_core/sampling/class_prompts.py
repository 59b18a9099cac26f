"""Class prompts: a prompt without the subjects' tokens, "a dog in the snow" for "a sks dog in the snow"."""

import re
from collections.abc import Sequence

from svdiff_core.shift.file import SubjectWords


def named_subjects(prompt: str, words: Sequence[SubjectWords]) -> list[bool]:
    """Which subjects a prompt names by their tokens; all of them where it names none."""
    named = [bool(word.token) and word_pattern(word.token).search(prompt) is not None for word in words]
    return named if any(named) else [True] * len(words)


def class_prompt(prompt: str, words: Sequence[SubjectWords]) -> str:
    """The prompt without the subjects' tokens: "a dog in the snow" for "a sks dog in the snow".

    A token that stands without its class becomes the class.
    """
    for word in words:
        if word.token:
            prompt = replace_token(prompt, word)
    return " ".join(prompt.split())


def replace_token(prompt: str, word: SubjectWords) -> str:
    """The prompt with the class alone where the token and the class, or the token, stood."""
    phrases = [f"{word.token} {word.class_word}", word.token]
    for phrase in phrases:
        prompt = word_pattern(phrase).sub(lambda _: word.class_word, prompt)
    return prompt


def word_pattern(words: str) -> re.Pattern[str]:
    """A pattern of these words side by side, in any case, and not within longer ones."""
    inner = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE)
