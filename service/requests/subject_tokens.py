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


def derive_token_and_class(instance_prompt: str, class_prompt: str) -> tuple[str | None, str | None]:
    """(token, class): the words that only the instance prompt has, and the noun after them; None if unclear.

    An article may stand for them in the class prompt: "photo of sks dog" and "photo of a dog".
    """
    instance, plain = split_words(instance_prompt), split_words(class_prompt)
    operations = SequenceMatcher(a=plain, b=instance, autojunk=False).get_opcodes()
    changes = [operation for operation in operations if operation[0] != "equal"]
    if len(changes) != 1:
        return None, None
    _, old_start, old_stop, start, stop = changes[0]
    token = strip_function_words(instance[start:stop])
    if not token or not FUNCTION_WORDS.issuperset(plain[old_start:old_stop]):
        return None, None
    return " ".join(token), leading_noun(instance[stop:])


def strip_function_words(changed: list[str]) -> list[str]:
    """The words without function words at either end: "a sks" names the subject no better than "sks"."""
    while changed and changed[0] in FUNCTION_WORDS:
        changed = changed[1:]
    while changed and changed[-1] in FUNCTION_WORDS:
        changed = changed[:-1]
    return changed


def contains_token(prompt: str, token: str) -> bool:
    """Whether the token's words, at least one, stand in the prompt side by side."""
    wanted, there = split_words(token), split_words(prompt)
    return bool(wanted) and any(there[i : i + len(wanted)] == wanted for i in range(len(there)))


def leading_noun(rest: list[str]) -> str | None:
    """The words up to the next function word: "teddy bear" of "teddy bear on a chair"."""
    taken: list[str] = []
    for word in rest:
        if word in FUNCTION_WORDS:
            break
        taken.append(word)
    return " ".join(taken) or None


def split_words(prompt: str) -> list[str]:
    """Lower-case words, without punctuation around them."""
    return re.findall(r"[^\s,.;:!?\"()]+", prompt.lower())
