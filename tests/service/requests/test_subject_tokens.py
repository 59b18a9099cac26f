import pytest

from service.requests.subject_tokens import contains_token, derive_token_and_class

EXAMPLES = [
    ("photo of a sks dog", "photo of a dog", "sks", "dog"),
    ("a photo of sks dog", "a photo of a dog", "sks", "dog"),
    ("a photo of a sks dog", "a photo of dog", "sks", "dog"),
    ("A Photo of a SKS Dog.", "a photo of a dog", "sks", "dog"),
    ("sks dog", "dog", "sks", "dog"),
    ("photo of a sks teddy bear", "photo of a teddy bear", "sks", "teddy bear"),
    ("a sks dog on the beach", "a dog on the beach", "sks", "dog"),
    ("a sks dog, wearing a hat", "a dog, wearing a hat", "sks", "dog"),
    ("photo of a <new1> cat", "photo of a cat", "<new1>", "cat"),
    ("photo of a zwx pll cat in a box", "photo of a cat in a box", "zwx pll", "cat"),
    ("a house in sks style", "a house", "sks", None),
    ("photo of a V* cat", "photo of a cat", "v*", "cat"),
    ("ein Foto von einem ßks Hund", "ein Foto von einem Hund", "ßks", "hund"),
]
UNCLEAR = [
    ("photo of a dog", "photo of a dog"),
    ("photo of dog", "photo of a dog"),
    ("photo of the dog", "photo of dog"),
    ("photo of rex", "photo of a dog"),
    ("photo of my dog rex", "photo of a dog"),
    ("a painting of a sks dog", "photo of a dog"),
    ("photo of a sks dog and a xyz cat", "photo of a dog and a cat"),
    ("", "photo of a dog"),
    ("...", "!!!"),
]


@pytest.mark.parametrize(("instance", "plain", "token", "class_word"), EXAMPLES)
def test_the_words_that_only_the_instance_prompt_has_are_the_token(
    instance: str, plain: str, token: str, class_word: str | None
) -> None:
    """And the noun after them is the class."""
    assert derive_token_and_class(instance, plain) == (token, class_word)
    assert contains_token(instance, token)


@pytest.mark.parametrize(("instance", "plain"), UNCLEAR)
def test_nothing_is_guessed_where_the_prompts_do_not_tell(instance: str, plain: str) -> None:
    """Equal prompts, several differences, or a difference that is no name."""
    assert derive_token_and_class(instance, plain) == (None, None)


def test_a_token_is_found_as_whole_words_side_by_side() -> None:
    """Not inside a word, not scattered, and nothing is no token."""
    assert contains_token("photo of a Sks dog.", "sks")
    assert contains_token("photo of a zwx pll cat", "ZWX pll")
    assert not contains_token("photo of a sksy dog", "sks")
    assert not contains_token("photo of a zwx and pll cat", "zwx pll")
    assert not contains_token("photo of a dog", "...")
