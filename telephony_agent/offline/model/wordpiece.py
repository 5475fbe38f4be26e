"""BERT's way of cutting text into pieces that a small model has a meaning for. arXiv:1609.08144, section 4.1."""

from __future__ import annotations

import unicodedata
from functools import cache

from telephony_agent.offline.model.weights import WORDS, find

LONGEST_WORD = 100  # letters; a longer one is unknown
LONGEST_TEXT = 128  # pieces that the model takes, its two marks included
CONTINUES = "##"  # begins a piece within a word


@cache
def vocabulary() -> dict[str, int]:
    """Piece -> number, of bert-base-uncased."""
    file = find(WORDS) / "data/bert-base-uncased-vocab.txt"
    return {piece: number for number, piece in enumerate(file.read_text(encoding="utf-8").rstrip("\n").split("\n"))}


def pieces(text: str) -> list[int]:
    """The numbers of a text's pieces, between BERT's two marks."""
    known = vocabulary()
    found = [number for word in words(text) for number in _cut(word, known)]
    return [known["[CLS]"], *found[: LONGEST_TEXT - 2], known["[SEP]"]]


def words(text: str) -> list[str]:
    """Lower case, without accents; each mark of punctuation is a word."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    return "".join(f" {c} " if _punctuation(c) else c for c in plain).split()


def _punctuation(character: str) -> bool:
    """BERT counts all of ASCII's symbols, "$" and "+" too."""
    symbol = character.isascii() and character.isprintable() and not character.isalnum() and character != " "
    return symbol or unicodedata.category(character).startswith("P")


def _cut(word: str, known: dict[str, int]) -> list[int]:
    """The longest known piece from the left, again and again."""
    if len(word) > LONGEST_WORD:
        return [known["[UNK]"]]
    numbers: list[int] = []
    start = 0
    while start < len(word):
        prefix = CONTINUES if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in known), None)
        if end is None:
            return [known["[UNK]"]]
        numbers.append(known[prefix + word[start:end]])
        start = end
    return numbers
