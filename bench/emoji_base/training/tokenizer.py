"""The tokenizer: CLIP's, with byte-pair merges learned from the vocabulary of the emoji world.

Every word of the vocabulary is one token; any other text falls to smaller pieces, at worst to bytes.
"""

import re
from collections import Counter
from itertools import pairwise

from tokenizers import pre_tokenizers

from bench.emoji_base.data.words import COLORS, COMMON_WORDS, NOUNS, PREFIXES, RARE_TOKENS, SCENES
from bench.emoji_base.foreign import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"

Pair = tuple[str, str]


def vocabulary() -> list[str]:
    """Return every word that is to be a single token, in alphabetical order."""
    said = " ".join((*PREFIXES, *(scene.phrase for scene in SCENES), *(noun.word for noun in NOUNS), *COLORS))
    return sorted({*re.findall("[a-z]+", said), *COMMON_WORDS, *RARE_TOKENS})


def train(positions: int) -> CLIPTokenizer:
    """Learn the merges; the same vocabulary always gives the same tokenizer."""
    merges = learn_merges(vocabulary())
    return CLIPTokenizer(vocab=_numbered(merges), merges=merges, model_max_length=positions)


def learn_merges(words: list[str]) -> list[Pair]:
    """Merge the most frequent pair, again and again, until every word is whole (arXiv 1508.07909).

    Ties go to the alphabet: the trainer of the tokenizers package breaks them differently in every process.
    """
    spelled = [[*word[:-1], word[-1] + WORD_END] for word in words]
    merges: list[Pair] = []
    while counts := Counter(pair for pieces in spelled for pair in pairwise(pieces)):
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        spelled = [_merged(pieces, best) for pieces in spelled]
    return merges


def _merged(pieces: list[str], pair: Pair) -> list[str]:
    merged: list[str] = []
    for piece in pieces:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _numbered(merges: list[Pair]) -> dict[str, int]:
    """Number the tokens as CLIP does: bytes, bytes that end a word, merges, start, end."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merged = ("".join(pair) for pair in merges)
    tokens = [*alphabet, *(letter + WORD_END for letter in alphabet), *merged, START, END]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}
