"""Which function is meant: all of them by how near what was said is to what the operator declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from telephony_agent.offline.model.declared import declared, spoken
from telephony_agent.offline.model.meaning import Meaning, Read
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.slots.filling import Parameter, parameters

BARE = 2  # words at most of an answer that is no sentence


@dataclass(frozen=True)
class Known:
    """A function, and what it means to ask for it."""

    function: Function
    parameters: tuple[Parameter, ...]
    meaning: Read = field(repr=False)

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
    meanings = meaning.of_all(texts)
    return tuple(Known(each, theirs, read) for (each, theirs), read in zip(each_with, meanings, strict=True))


def meant(text: str, meaning: Meaning) -> Read:
    """What was said."""
    bare = text.rstrip(".") if len(text.split()) <= BARE else text  # "Tuesday." is no sentence, and means less as one
    return meaning.of(bare)


def ranked(functions: tuple[Known, ...], said: Read) -> list[tuple[float, Known]]:
    """The functions with their likenesses, the likeliest first."""
    return sorted(((said.likeness(each.meaning), each) for each in functions), key=lambda pair: -pair[0])
