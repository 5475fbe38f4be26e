"""Which function is meant: all of them by how much what was said is like asking for them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from telephony_agent.offline.model.meaning import Meaning, Vectors
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.sentences import core, parts
from telephony_agent.offline.model.slots.filling import Parameter, fill, parameters
from telephony_agent.offline.model.slots.said import normal
from telephony_agent.offline.model.wishes import EVERYBODY, frames, phrasings, spoken

# What counts how much towards a likeness, fitted to requests to other trades than those that are measured.
OWN, FRAME, WORD = 0.38, 0.45, 0.22  # of what the operator wrote, of what everybody says, of single words
NAMED = 0.12  # for one of its choices by name
FILLED = 0.08  # for all its arguments being said; less for some
CHATTER_COUNTS = 0.365  # against all functions

MOST_PARTS = 12  # of what was said that are looked at; who talks longer is not understood sooner

# What people also say on a telephone, to whomever: what is more like this than like a function is no request.
CHATTER = (
    "What is the weather like?",
    "Will it rain tomorrow?",
    "Tell me a joke.",
    "Sing a song for me.",
    "Who won the match yesterday?",
    "I need directions to the station.",
    "How do I get to the museum?",
    "What is the capital of France?",
    "How old are you?",
    "Are you a real person?",
    "Who is the president?",
    "I am looking for a job.",
    "How do I cook rice?",
    "My computer does not work.",
    "I would like to order a pizza.",
    "I need a taxi.",
    "Which film should I watch?",
    "I have a headache.",
    "How high is the mountain?",
    "Who wrote this book?",
    "I want to sell you something.",
    "Can you recommend a restaurant?",
    "You are very friendly.",
    "I am just calling to chat.",
    "What time is it?",
    "My dog is ill.",
    "What is five times five?",
    "I do not like the government.",
    "What do you think about that?",
    "Who is the owner?",
    "The traffic was bad today.",
    "I want to buy a house.",
    "Do you speak Spanish?",
    "How long do cats live?",
    "When does the train leave?",
    "What is on television tonight?",
    "I need a lawyer.",
    "Can you help me with my homework?",
)


@dataclass(frozen=True)
class Known:
    """A function, and what it means to ask for it: (phrasings, dimensions) in the operator's words and in everybody's,
    and (words, dimensions) of the operator's single words.
    """

    function: Function
    parameters: tuple[Parameter, ...]
    own: Vectors = field(repr=False)
    frames: Vectors = field(repr=False)
    words: Vectors = field(repr=False)

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def about(self) -> str:
        return f"{spoken(self.function.name)} {self.function.description}".lower()

    @property
    def choices(self) -> list[str]:
        return [choice for parameter in self.parameters for choice in parameter.options]


def prepared(meaning: Meaning) -> Meaning:
    """Which has met what is the same for all agents, so that the first call need not wait for it."""
    meaning.meet((*EVERYBODY, *CHATTER))
    return meaning


def known(functions: Iterable[Function], meaning: Meaning) -> tuple[Known, ...]:
    """Slow: some milliseconds for each phrasing that was not met before."""
    declared = [(each, tuple(parameters(each.parameters, f"{each.name} {each.description}"))) for each in functions]
    own = [phrasings(each.name, each.description, [one.words for one in theirs]) for each, theirs in declared]
    others = [frames(each.name, each.description) or [spoken(each.name)] for each, _ in declared]
    meaning.meet(chain(*own, *others))
    return tuple(
        Known(each, theirs, meaning.of_all(said), meaning.of_all(framed), meaning.read(said[0]).words)
        for (each, theirs), said, framed in zip(declared, own, others, strict=True)
    )


@dataclass(frozen=True)
class Meant:
    """What was said, as a whole and in its parts: shape (dimensions, parts), its words: (words, dimensions), and how
    like it is to mere chatter.
    """

    text: str
    vectors: Vectors = field(repr=False)
    words: Vectors = field(repr=False)
    chatter: float

    def likeness(self, meanings: Vectors) -> float:
        """To the nearest of these, shape (meanings, dimensions)."""
        return float((meanings @ self.vectors).max())

    def likeness_of_words(self, words: Vectors) -> float:
        """Of each word to the nearest of these, on average."""
        return float((self.words @ words.T).max(axis=1).mean())


def meant(text: str, meaning: Meaning) -> Meant:
    left = core(text)
    reads = meaning.read_all(list(dict.fromkeys([left, *parts(left)][:MOST_PARTS])))
    vectors = np.stack([read.whole for read in reads]).T
    chatter = CHATTER_COUNTS * float((meaning.of_all(CHATTER) @ vectors).max())
    return Meant(text, vectors, reads[0].words, chatter)


def ranked(functions: tuple[Known, ...], said: Meant, today: dt.date) -> list[tuple[float, Known]]:
    """The functions with their likenesses, about 0 to 1, the likeliest first."""
    normally = normal(said.text)
    found = [(_likeness(each, said, normally, today), each) for each in functions]
    return sorted(found, key=lambda pair: -pair[0])


def _likeness(each: Known, said: Meant, normally: str, today: dt.date) -> float:
    own, framed = said.likeness(each.own), said.likeness(each.frames)
    named = any(re.search(rf"\b{re.escape(normal(choice))}s?\b", normally) for choice in each.choices)
    given = len(fill(list(each.parameters), said.text, today)) / max(1, len(each.parameters))
    meanings = OWN * own + FRAME * framed + WORD * said.likeness_of_words(each.words)
    return meanings + NAMED * named + FILLED * given - said.chatter
