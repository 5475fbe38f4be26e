"""Which function is meant: all of them by how near what was said is to what the operator declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from telephony_agent.offline.model.declared import declared, spoken
from telephony_agent.offline.model.meaning import Meaning, Vectors
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.slots.filling import Parameter, parameters

BARE = 2  # words at most of an answer that is no sentence


@dataclass(frozen=True)
class Known:
    """A function, and what it means to ask for it."""

    function: Function
    parameters: tuple[Parameter, ...]
    meaning: Vectors = field(repr=False)

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def about(self) -> str:
        return f"{spoken(self.function.name)} {self.function.description}".lower()


def known(functions: Iterable[Function], meaning: Meaning) -> tuple[Known, ...]:
    """Slow: some milliseconds for each that was not met before."""
    each_with = [(each, tuple(parameters(each.parameters, f"{each.name} {each.description}"))) for each in functions]
    texts = [declared(each.name, each.description, [one.words for one in theirs]) for each, theirs in each_with]
    meanings = meaning.of_all(texts) if texts else ()
    return tuple(Known(each, theirs, vector) for (each, theirs), vector in zip(each_with, meanings, strict=True))


@dataclass(frozen=True)
class Meant:
    """What was said."""

    text: str
    meaning: Vectors = field(repr=False)

    def likeness(self, meaning: Vectors) -> float:
        """To another meaning, -1 to 1."""
        return float(self.meaning @ meaning)

    def likenesses(self, meanings: Vectors) -> list[float]:
        """To each of these, shape (meanings, dimensions)."""
        return [float(each) for each in meanings @ self.meaning]


def meant(text: str, meaning: Meaning) -> Meant:
    bare = text.rstrip(".") if len(text.split()) <= BARE else text  # "Tuesday." is no sentence, and means less as one
    return Meant(text, meaning.of(bare))


def ranked(functions: tuple[Known, ...], said: Meant) -> list[tuple[float, Known]]:
    """The functions with their likenesses, the likeliest first."""
    return sorted(((said.likeness(each.meaning), each) for each in functions), key=lambda pair: -pair[0])
