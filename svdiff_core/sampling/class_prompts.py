"""What a prompt says to one who does not know the subjects: "a sks dog in the snow" is "a dog in the snow"."""

import re
from collections.abc import Sequence

from svdiff_core.shift.file import SubjectWords


def named_subjects(prompt: str, words: Sequence[SubjectWords]) -> list[bool]:
    """Which subjects a prompt names by their tokens; all of them where it names none."""
    named = [bool(word.token) and word_pattern(word.token).search(prompt) is not None for word in words]
    return named if any(named) else [True] * len(words)


def class_prompt(prompt: str, words: Sequence[SubjectWords]) -> str:
    """The prompt as one who does not know the subjects would put it: "a sks dog in the snow" is "a dog in the snow".

    A token that stands without its class becomes the class.
    """
    for word in words:
        if word.token:
            prompt = without_token(prompt, word)
    return " ".join(prompt.split())


def without_token(prompt: str, word: SubjectWords) -> str:
    """The prompt with the class alone where the token and the class, or the token, stood."""
    phrases = [f"{word.token} {word.class_word}", word.token]
    for phrase in phrases:
        prompt = word_pattern(phrase).sub(lambda _: word.class_word, prompt)
    return prompt


def word_pattern(words: str) -> re.Pattern[str]:
    """These words side by side, in any case, and not as a part of longer ones."""
    inner = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE)
