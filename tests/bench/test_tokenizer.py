import pytest

from bench.emoji_base.data import sprites
from bench.emoji_base.data.scenes import Mix, ScenePlanner
from bench.emoji_base.data.words import COMMON_WORDS, RARE_TOKENS
from bench.emoji_base.foreign import CLIPTokenizer
from bench.emoji_base.recipe import Recipe
from bench.emoji_base.training import tokenizer

POSITIONS = Recipe().text.positions


@pytest.fixture(scope="module")
def words() -> CLIPTokenizer:
    """The tokenizer that training makes."""
    return tokenizer.train(POSITIONS)


def test_every_caption_is_one_token_a_word(words: CLIPTokenizer) -> None:
    """No caption loses its end or falls to pieces."""
    pairs = {(set_name, word) for set_name in sprites.TRAINING.sets for word in sprites.TRAINING.words}
    planner = ScenePlanner(pairs, Mix(styled=0.3, thing=0.3), seed=1)
    for caption in (planner.plan(i).caption for i in range(300)):
        ids = words(caption)["input_ids"]
        assert len(ids) == len(caption.split()) + 2 <= POSITIONS


def test_identifiers_and_common_words_are_single_tokens(words: CLIPTokenizer) -> None:
    """A personal subject's name costs one position, and "thing" is a word."""
    pieces = {word: len(words(word)["input_ids"]) - 2 for word in (*RARE_TOKENS, *COMMON_WORDS)}
    assert [word for word, count in pieces.items() if count != 1] == []
    assert "thing" in pieces


def test_any_text_comes_back(words: CLIPTokenizer) -> None:
    """Unknown words fall to bytes and lose nothing but case and spacing."""
    ids = words("a Zebra, 3 mice & a ☃!")["input_ids"]
    assert words.unk_token_id not in ids[1:-1]
    assert words.decode(ids, skip_special_tokens=True).replace(" ", "") == "azebra,3mice&a☃!"


def test_training_the_tokenizer_again_gives_the_same_numbers(words: CLIPTokenizer) -> None:
    """Weights of one training fit the tokenizer of the next."""
    assert tokenizer.train(POSITIONS).get_vocab() == words.get_vocab()
