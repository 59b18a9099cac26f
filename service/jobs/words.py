"""The words of a subject, read off its two prompts: "photo of a sks dog" and "photo of a dog"."""

import re
from difflib import SequenceMatcher

FUNCTION_WORDS = frozenset(
    (
        *("a", "an", "the", "of", "in", "on", "at", "by", "to", "with", "and", "or", "near", "next", "under", "over"),
        *(
            "behind",
            "before",
            "beside",
            "besides",
            "from",
            "into",
            "as",
            "is",
            "wearing",
            "sitting",
            "standing",
            "style",
        ),
    )
)


def derive(instance_prompt: str, class_prompt: str) -> tuple[str | None, str | None]:
    """(token, class): the words that only the instance prompt has, and the noun after them; None if unclear."""
    instance, plain = words(instance_prompt), words(class_prompt)
    operations = SequenceMatcher(a=plain, b=instance, autojunk=False).get_opcodes()
    changes = [operation for operation in operations if operation[0] != "equal"]
    if len(changes) != 1 or changes[0][0] != "insert":
        return None, None
    _, _, _, start, stop = changes[0]
    return " ".join(instance[start:stop]), noun(instance[stop:])


def noun(rest: list[str]) -> str | None:
    """The words up to the next function word: "teddy bear" of "teddy bear on a chair"."""
    taken: list[str] = []
    for word in rest:
        if word in FUNCTION_WORDS:
            break
        taken.append(word)
    return " ".join(taken) or None


def words(prompt: str) -> list[str]:
    """Lower-case words, without punctuation around them."""
    return re.findall(r"[^\s,.;:!?\"()]+", prompt.lower())
