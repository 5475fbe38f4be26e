"""The brain of the offline model: a router with slots, not a conversationalist.

What was said goes to the function whose description means the same; its parameters are filled from what was said, and
what is missing is asked for, one thing at a time. Else the nearest sentence of the instructions is the answer, else an
honest "I did not get that".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import numpy as np

from telephony_agent.offline.model.answers import spoken
from telephony_agent.offline.model.asked import words_for
from telephony_agent.offline.model.facts import facts, questions, today
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Decision, Prompted, Say, Told
from telephony_agent.offline.model.meaning import Meaning, Vectors
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.ranking import Known, Meant, known, meant, ranked
from telephony_agent.offline.model.slots.filling import Kind, Parameter, fill
from telephony_agent.offline.model.slots.said import normal

# Likenesses, 0..1, measured on requests to functions of other people.
REQUEST = 0.31  # from here on it is a request for that function
OTHER_REQUEST = 0.42  # the same, in the middle of another
OTHER_DESPITE_ANSWER = 0.60  # the same, if it also holds what was asked for
FACT = 0.32  # from here on a sentence of the instructions is the answer
CLEARER = 0.05  # by which a sentence must beat the best function
FACT_IN_BETWEEN = 0.37  # to answer a question in the middle of a request
ANYTHING_ELSE = "Is there anything else?"  # a "no" to it is a goodbye
OFFERED = 3  # functions named to a caller who was not understood

REPEAT = re.compile(r"\b(?:repeat|say (?:that|it) again|pardon|come again|what did you say|didn't (?:hear|catch) )")
GOODBYE = re.compile(r"\b(?:good ?bye|bye|hang up|that is all|that all|nothing else|that's all|that would be all)\b")
HUMAN = re.compile(
    r"\b(?:speak|talk|connect\w*|put me through|transfer me|get me)\b.{0,20}"
    r"\b(?:someone|somebody|anyone|person|manager|operator|colleague|staff|receptionist)\b"
    r"|\b(?:humans?|real person|representative|live agent)\b"
)
THANKS = re.compile(r"^(?:(?:thank you|thanks|great|okay|ok|perfect|very much|so much|a lot|[,.!]) ?)+$")
HELLO = re.compile(r"^(?:(?:hello|hi|hey|good (?:morning|afternoon|evening)|there|[,.!?]) ?)+$")
NO_MORE = re.compile(r"^(?:(?:no|nope|thank you|thanks|that is fine|i am fine|[,.!]) ?)+$")
NEVER_MIND = re.compile(r"\b(?:never mind|nevermind|forget it|cancel that|leave it)\b")
ENDS_CALL = re.compile(r"\b(?:hang up|hangup|end (?:the |this )?(?:phone )?call|goodbye|farewell)\b")
TO_HUMAN = re.compile(
    r"\b(?:humans?|operator|representative|colleague|staff|real person|receptionist|reception)\b"
    r"|\btransfer(?: the| a)? call\b"
)


@dataclass(frozen=True)
class Fact:
    """A sentence of the instructions, and the meanings of it and of the questions to it."""

    sentence: str
    meanings: Vectors = field(repr=False)


@dataclass(frozen=True)
class Request:
    """A function that the caller wants, with what is known so far and what was asked for last."""

    known: Known
    given: Mapping[str, Any]
    asked: Parameter | None = None

    @property
    def missing(self) -> list[Parameter]:
        return [p for p in self.known.parameters if p.required and p.name not in self.given]


@dataclass(frozen=True)
class Router:
    """A Brain. `pending` is the request that waits for the caller's answer, `called` the one that was run last."""

    meaning: Meaning
    today: dt.date = dt.date.min
    functions: tuple[Known, ...] = ()
    facts: tuple[Fact, ...] = ()
    pending: Request | None = None
    called: Request | None = None
    last: str = "Hello."

    def meet(self, setup: Setup) -> Router:
        return replace(
            self,
            today=today(setup.instructions) or dt.date.today(),
            functions=tuple(known(function, self.meaning) for function in setup.functions),
            facts=tuple(
                Fact(fact, self.meaning.of_all([fact, *questions(fact)])) for fact in facts(setup.instructions)
            ),
        )

    def think(self, told: Told) -> tuple[Router, Decision]:
        match told:
            case Asked(text):
                return self._hear(text)
            case Prompted(turns):
                text = " ".join(turn.text for turn in turns if turn.role == "user").strip()
                words = words_for(text) if text else "Hello! How can I help you?"
                return self._say(words) if words else self._hear(text)
            case Answered(results):
                return self._report(" ".join(spoken(result.response) for result in results))
            case never:
                assert_never(never)

    # What the caller said

    def _hear(self, text: str) -> tuple[Router, Decision]:
        return self._universal(text) or self._go_on(text) or self._route(text)

    def _universal(self, text: str) -> tuple[Router, Decision] | None:
        """What every telephone service must understand."""
        said = normal(text)
        if REPEAT.search(said):
            return self, Say(self.last)
        if THANKS.match(said) and not self.pending:
            return self._say(f"You are welcome. {ANYTHING_ELSE}")
        if NO_MORE.match(said) and not self.pending:
            said = "goodbye" if self.last.endswith(ANYTHING_ELSE) else said
        if HELLO.match(said):
            return self._say("Hello! How can I help you?" if not self.pending else f"Hello! {self._question()}")
        if self.pending and NEVER_MIND.search(said):
            return replace(self, pending=None)._say("All right. What else can I do for you?")
        for wanted, about, otherwise in (
            (GOODBYE, ENDS_CALL, "Goodbye!"),
            (HUMAN, TO_HUMAN, "I am sorry, there is nobody here but me. What can I do for you?"),
        ):
            if wanted.search(said):
                wished = next((each for each in self.functions if about.search(each.about)), None)
                return self._request(Request(wished, {}), text) if wished else self._say(otherwise)
        return None

    def _go_on(self, text: str) -> tuple[Router, Decision] | None:
        """The answer to what was asked, a question in between, or None: something else."""
        if not (pending := self.pending):
            return None
        asked = pending.asked.name if pending.asked else None
        given = fill(list(pending.known.parameters), text, self.today, asked)
        said = meant(text, self.meaning)
        best, likeness = self._best(said)
        if best is not pending.known and likeness >= (OTHER_DESPITE_ANSWER if given else OTHER_REQUEST):
            return None
        if given:
            return self._request(Request(pending.known, {**pending.given, **given}), "")
        fact, fact_likeness = self._fact(said)
        if fact_likeness >= FACT_IN_BETWEEN:
            return self._say(f"{fact} {self._question()}")
        return self._say(f"Sorry, I did not get that. {self._question()}") if pending.missing else None

    def _route(self, text: str) -> tuple[Router, Decision]:
        said = meant(text, self.meaning)
        best, likeness = self._best(said)
        fact, fact_likeness = self._fact(said)
        if fact_likeness >= FACT and fact_likeness > likeness + CLEARER:
            return self._say(fact)
        if best and likeness >= REQUEST:
            return self._request(Request(best, {}), text)
        return self._say(f"Sorry, I did not get that.{self._offer()}")

    def _request(self, request: Request, text: str) -> tuple[Router, Decision]:
        """Call the function, or ask for what it needs."""
        given = {**request.given, **fill(list(request.known.parameters), text, self.today)} if text else request.given
        request = replace(request, given=given)
        if request.missing:
            asked = replace(request, asked=request.missing[0])
            return replace(self, pending=asked)._say(request.missing[0].question)
        called = replace(self, pending=None, called=request)
        return called, Call(((request.known.function.name, dict(given)),))

    def _report(self, result: str) -> tuple[Router, Decision]:
        """Say what a function gave. If that is a question, the answer may mend the call."""
        brain = self
        if self.called and result.endswith("?") and self.called.known.parameters:
            asked = _asked_in(result, self.called.known.parameters)
            brain = replace(self, pending=replace(self.called, asked=asked))
        return brain._say(result)

    def _say(self, text: str) -> tuple[Router, Decision]:
        return replace(self, last=text), Say(text)

    # What it is like

    def _best(self, said: Meant) -> tuple[Known | None, float]:
        likeness, best = next(iter(ranked(self.functions, said, self.today)), (0.0, None))
        return best, likeness

    def _fact(self, said: Meant) -> tuple[str, float]:
        likenesses = [said.likeness(fact.meanings) - said.chatter for fact in self.facts]
        if not likenesses:
            return "", 0.0
        best = int(np.argmax(likenesses))
        return self.facts[best].sentence, likenesses[best]

    def _question(self) -> str:
        return self.pending.asked.question if self.pending and self.pending.asked else ""

    def _offer(self) -> str:
        offered = [_short(each.function) for each in self.functions if not ENDS_CALL.search(each.about)][:OFFERED]
        return f" You can ask me to {', or to '.join(offered)}." if offered else ""


def _short(function: Function) -> str:
    first = re.split(r"[.,:;(]", function.description)[0].strip() or function.name.replace("_", " ")
    return first[:1].lower() + first[1:]


def _asked_in(question: str, declared: tuple[Parameter, ...]) -> Parameter | None:
    """The parameter that a function's own question is about."""
    kinds = {Kind.DAY: "day", Kind.TIME: "time", Kind.NAME: "name", Kind.NUMBER: "how many"}
    asked = normal(question)
    named = [p for p in declared if p.words in asked]
    return next(iter(named or [p for p in declared if kinds.get(p.kind, p.words) in asked]), None)
