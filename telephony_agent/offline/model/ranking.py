"""Which function is meant: all of them by how much what was said is like asking for them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

import numpy as np

from telephony_agent.offline.model.meaning import Meaning, Vectors
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.sentences import core, parts
from telephony_agent.offline.model.slots.filling import Parameter, fill, parameters
from telephony_agent.offline.model.slots.said import normal
from telephony_agent.offline.model.wishes import frames, phrasings, spoken

# Found on requests to other trades than those that are measured.
FRAME = 0.8  # what everybody says counts less than what the operator wrote
AGREED = 0.1  # of the lesser of the two, for agreeing
NAMED = 0.15  # for one of its choices by name
FILLED = 0.04  # for each argument that was said, up to
MOST_FILLED = 2
CHATTER_COUNTS = 0.4  # against all functions

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
    """A function, and what it means to ask for it, in the operator's words and everybody's: (phrasings, dimensions)."""

    function: Function
    parameters: tuple[Parameter, ...]
    own: Vectors = field(repr=False)
    frames: Vectors = field(repr=False)

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def about(self) -> str:
        return f"{spoken(self.function.name)} {self.function.description}".lower()

    @property
    def choices(self) -> list[str]:
        return [choice for parameter in self.parameters for choice in parameter.options]


def known(function: Function, meaning: Meaning) -> Known:
    """Slow: some milliseconds for each phrasing that was not met before."""
    declared = tuple(parameters(function.parameters, f"{function.name} {function.description}"))
    described = {parameter.words: parameter.description for parameter in declared}
    choices = [choice for parameter in declared for choice in parameter.options]
    own = phrasings(function.name, function.description, described, choices)
    others = frames(function.name, function.description) or [function.name]
    return Known(function, declared, meaning.of_all(own), meaning.of_all(others))


@dataclass(frozen=True)
class Meant:
    """What was said, as a whole and in its parts: shape (dimensions, parts), and how like it is to mere chatter."""

    text: str
    vectors: Vectors = field(repr=False)
    chatter: float

    def likeness(self, meanings: Vectors) -> float:
        """To the nearest of these, shape (meanings, dimensions)."""
        return float((meanings @ self.vectors).max())


def meant(text: str, meaning: Meaning) -> Meant:
    left = core(text)
    vectors = np.stack([meaning.of(said) for said in dict.fromkeys([left, *parts(left)])]).T
    return Meant(text, vectors, CHATTER_COUNTS * float((meaning.of_all(CHATTER) @ vectors).max()))


def ranked(functions: tuple[Known, ...], said: Meant, today: dt.date) -> list[tuple[float, Known]]:
    """The functions with their likenesses, about 0 to 1, the likeliest first."""
    found = [(_likeness(each, said) + _evidence(each, said.text, today) - said.chatter, each) for each in functions]
    return sorted(found, key=lambda pair: -pair[0])


def _likeness(each: Known, said: Meant) -> float:
    own, framed = said.likeness(each.own), FRAME * said.likeness(each.frames)
    return max(own, framed) + AGREED * min(own, framed)


def _evidence(each: Known, text: str, today: dt.date) -> float:
    """What was said of its arguments."""
    said = normal(text)
    named = any(re.search(rf"\b{re.escape(normal(choice))}s?\b", said) for choice in each.choices)
    given = fill(list(each.parameters), text, today)
    return NAMED * named + FILLED * min(len(given), MOST_FILLED)
