"""Has the caller heard that an AI speaks? A model is told to say so first, and may forget it.

Its transcript tells: by the words for it in the languages that people call in, or by most of the operator's own words.
"""

from __future__ import annotations

import re

MOST = 0.6  # share of the operator's words that make the same sentence
SHORT = re.compile(r"(?<![A-Za-z])(?:A\. ?I\.|AI|KI|IA|ИИ)(?![A-Za-z])")  # in capitals: "ai" is a word in French
LONG = (
    "artificial", "artificiel", "artificiale", "künstlich", "kunstmatig", "konstgjord", "sztuczn", "umělou", "tekoäly",
    "yapay ze", "mesterséges", "τεχνητ", "искусственн", "штучн", "एआई", "कृत्रिम", "الاصطناعي", "人工", "인공",
    "virtual assistant", "digital assistant", "automated", "virtueller assistent", "virtuelle assistent", "virtuele",
    "assistant virtuel", "assistente virtual", "asistente virtual", "robot", "robô", "chatbot",
)  # fmt: skip


class Disclosure:
    """`words`: the sentence that must be heard; empty: none must."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._spoken = False  # the agent has been heard

    def heard(self, said: str) -> None:
        """So much of a turn of the agent's reached the caller."""
        self._spoken = self._spoken or bool(said)
        if is_said(said, self._words):
            self._words = ""

    @property
    def is_missing(self) -> bool:
        """Whether the caller has heard the agent, and not that."""
        return self._spoken and bool(self._words)

    def remind(self) -> str:
        """The sentence; the model is told so once."""
        words, self._words = self._words, ""
        return words


def is_said(said: str, words: str) -> bool:
    """Whether this is as much as to say so. `words`: the operator's sentence for it."""
    wanted = _words(words)
    if SHORT.search(said) or any(each in said.lower() for each in LONG):
        return True
    return bool(wanted) and len(wanted & _words(said)) >= MOST * len(wanted)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
