"""A function or two that may be meant: the caller is asked whether or which, and the answer settles it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telephony_agent.offline.model.meaning import Read
from telephony_agent.offline.model.ranking import Known
from telephony_agent.offline.model.request import deed
from telephony_agent.offline.model.slots.consent import yes_or_no
from telephony_agent.offline.model.slots.said import normal

FIRST = re.compile(r"\b(?:1st|former|1)\b")
SECOND = re.compile(r"\b(?:2nd|latter|last|2|other)\b")
BOTH = re.compile(r"\bboth\b")
NEITHER = re.compile(r"^(?:no|nope)\b|\b(?:neither|none|nothing)\b")
CLEARLY = 0.08  # by which one must be likelier than the other where only the meaning tells
AT_ALL = 0.15  # likeness below which it is neither
FEWEST_LETTERS = 4  # of a word that says which


@dataclass(frozen=True)
class Choice:
    """`text` is what the caller said that may mean either, or `one` alone."""

    one: Known
    other: Known | None
    text: str

    @property
    def functions(self) -> tuple[Known, ...]:
        return (self.one, self.other) if self.other else (self.one,)

    @property
    def question(self) -> str:
        if self.other is None:
            return f"Do you want me to {deed(self.one.function)}?"
        return f"Do you want me to {deed(self.one.function)}, or to {deed(self.other.function)}?"


def chosen(choice: Choice, answer: str, meant: Read) -> tuple[Known, ...] | None:
    """The one, the other, both or neither of them; None: the answer tells nothing."""
    if choice.other is None:
        agreed = yes_or_no(answer)
        return None if agreed is None else (choice.one,) if agreed else ()
    said = normal(answer)
    if BOTH.search(said):
        return (choice.one, choice.other)
    if NEITHER.search(said):
        return ()
    words = {word for word in re.findall(r"[a-z]+", said) if len(word) >= FEWEST_LETTERS}
    one, other = (set(re.findall(r"[a-z]+", each.about)) for each in (choice.one, choice.other))
    if difference := len(words & (one - other)) - len(words & (other - one)):
        return (choice.one,) if difference > 0 else (choice.other,)
    if len(said.split()) <= 6 and bool(FIRST.search(said)) != bool(SECOND.search(said)):
        return (choice.one,) if FIRST.search(said) else (choice.other,)
    one_is, other_is = meant.likeness(choice.one.meaning), meant.likeness(choice.other.meaning)
    if abs(one_is - other_is) < CLEARLY or max(one_is, other_is) < AT_ALL:
        return None
    return (choice.one,) if one_is > other_is else (choice.other,)
