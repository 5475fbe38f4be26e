"""The brain of the offline model: a router with slots, not a conversationalist.

What was said goes to the function whose description means the same; its parameters are filled from what was said, and
what is missing is asked for, one thing at a time. Else the nearest sentence of the instructions is the answer, else an
honest "I did not get that".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from telephony_agent.offline.model.answers import spoken
from telephony_agent.offline.model.asked import followed, words_for
from telephony_agent.offline.model.choosing import Choice, chosen
from telephony_agent.offline.model.english import foreign
from telephony_agent.offline.model.facts import facts, questions, today
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Decision, Prompted, Say, Told
from telephony_agent.offline.model.meaning import Meaning, Read
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.ranking import Known, known, meant, ranked
from telephony_agent.offline.model.request import ENDS_CALL, TO_HUMAN, Request, about, changes, corrected, deed, heard
from telephony_agent.offline.model.slots.consent import yes_or_no
from telephony_agent.offline.model.slots.filling import Kind, fill
from telephony_agent.offline.model.slots.said import normal
from telephony_agent.offline.model.universal import (
    GOODBYE,
    HELLO,
    HELP,
    HOLD_ON,
    HUMAN,
    NEVER_MIND,
    NO_MORE,
    REPEAT,
    THANKS,
    WHO_IS_THERE,
)
from telephony_agent.offline.model.wishes import wishes

# Likenesses, -1..1, measured on requests to functions of other people.
REQUEST = 0.44  # from here on it is a request for that function
ALL_SAID = 0.25  # the same, if it holds all that the function needs: "Tuesday."
LIKELY = 0.34  # from here on who asks which it is need not say sorry
MAYBE = 0.2  # from here on it may be the only one that can be meant, and the caller is asked whether it is
UNSURE = 0.08  # from here on it may be one, and the caller is asked which
OTHER_REQUEST = 0.38  # the same, in the middle of another
OTHER_DESPITE_ANSWER = 0.6  # the same, if it also holds what was asked for
OTHER_DESPITE_YES = 0.45  # the same, where a yes or a correction is awaited
FACT = 0.4  # from here on a sentence of the instructions is the answer
CLEARER = 0.12  # by which a sentence must beat the best function
ANYBODY_ASKS = 0.2  # by which questions are liker each other than a question and its answer
FACT_IN_BETWEEN = 0.4  # to answer a question in the middle of a request
CLOSE = 0.02  # two functions that are no further apart are both offered
EACH_OF_TWO = 0.44  # from here on a half of what was said is a request of its own
SHARED = (Kind.DAY, Kind.NAME, Kind.DIGITS)  # what is said once for two requests
NOT_UNDERSTOOD = (  # in turn, so that nobody hears the same words again and again
    "Sorry, I did not get that.",
    "I am afraid I did not understand you.",
    "Sorry, that was not clear to me.",
)
WHAT_TO_CHANGE = "All right. What should I change?"
ONLY_ANSWERS = " I can do nothing for you here but answer what I was told."
NOTHING = " I was not told of anything that I can do for you here."
WHAT_CAN_I = "What can I do for you?"
ANYTHING_ELSE = "Is there anything else?"  # a "no" to it is a goodbye
OFFERED = 3  # functions named to a caller who was not understood


def least(known: Known, text: str) -> float:
    """The likeness from which on what was said may be this. Nobody ends a call with a question, nor is asked one."""
    if ENDS_CALL.search(known.about):
        return 1.0 if text.rstrip().endswith("?") else REQUEST
    return UNSURE


def enough(request: Request) -> float:
    """The likeness from which on what was said is this request."""
    return ALL_SAID if request.given and not request.missing else REQUEST


@dataclass(frozen=True)
class Fact:
    """A sentence of the instructions, read, and the questions to it."""

    sentence: str
    meanings: Sequence[Read] = field(repr=False)

    def likeness(self, said: Read) -> float:
        """Of what was said to this, be it in its own words or in those that anybody asks for it in."""
        own, *asked = (said.likeness(each) for each in self.meanings)
        return max([own, *(each - ANYBODY_ASKS for each in asked)])


@dataclass(frozen=True)
class Router:
    """A Brain. `pending` waits for the caller's answer, or `choice` does; `called` was run last.

    `later` are requests to go on with after that, and `aside` is said with its result.
    """

    meaning: Meaning
    today: dt.date = dt.date.min
    functions: tuple[Known, ...] = ()
    facts: tuple[Fact, ...] = ()
    pending: Request | None = None
    choice: Choice | None = None
    called: Request | None = None
    later: tuple[Request, ...] = ()
    aside: str = ""
    last: str = "Hello."
    misses: int = 0  # times in a row that the caller was not understood

    def meet(self, setup: Setup) -> Router:
        return replace(
            self,
            today=today(setup.instructions) or dt.date.today(),
            functions=known(setup.functions, self.meaning),
            facts=tuple(
                Fact(fact, self.meaning.of_all([fact, *questions(fact)])) for fact in facts(setup.instructions)
            ),
        )

    def think(self, told: Told) -> tuple[Router, Decision]:
        match told:
            case Asked(text):
                return self._hear(text)
            case Prompted(turns):
                text = next((turn.text.strip() for turn in reversed(turns) if turn.role == "user"), "")
                words = words_for(text) if text else "Hello! How can I help you?"
                return self._say(words) if words else self._hear(text)
            case Answered(results):
                failed = any(result.response.get("error") for result in results)
                return self._report(" ".join(spoken(result.response) for result in results), failed)
            case never:
                assert_never(never)

    # What the caller said

    def _hear(self, text: str) -> tuple[Router, Decision]:
        return self._universal(text) or self._chosen(text) or self._go_on(text) or self._route(text)

    def _universal(self, text: str) -> tuple[Router, Decision] | None:
        """What every telephone service must understand."""
        said = normal(text)
        if not re.search(r"\w", said):
            return None
        if REPEAT.search(said):
            return self, Say(self.last)
        if THANKS.match(said) and not self.pending:
            return self._say(f"You are welcome. {ANYTHING_ELSE}")
        if NO_MORE.match(said) and not self.pending:
            said = "goodbye" if self.last.endswith(ANYTHING_ELSE) else said
        if HELLO.match(said):
            return self._say("Hello! How can I help you?" if not self.pending else f"Hello! {self.pending.question}")
        if HOLD_ON.match(said):
            return self, Say("Of course. Take your time.")
        if HELP.match(said):
            return replace(self, choice=None)._say(self._offer().strip())
        if WHO_IS_THERE.search(said):
            return self._say(f"I am an AI assistant. {self._open_question or 'How can I help you?'}")
        open_ = self.pending or self.choice
        if NEVER_MIND.search(said) if open_ else NEVER_MIND.fullmatch(said.rstrip(" .!")):
            return self._drop()
        for wanted, does, otherwise in (
            (GOODBYE, ENDS_CALL, "Goodbye!"),
            (HUMAN, TO_HUMAN, f"I am sorry, there is nobody here but me. {self._open_question or WHAT_CAN_I}"),
        ):
            if wanted.search(said):
                wished = next((each for each in self.functions if does.search(each.about)), None)
                return self._take_up([Request(wished, {})]) if wished else self._say(otherwise)
        return None

    def _chosen(self, text: str) -> tuple[Router, Decision] | None:
        """The answer to "A or B?", or None: something else."""
        if not (choice := self.choice):
            return None
        said = meant(text, self.meaning)
        best, likeness = self._best(said)
        wanted = chosen(choice, text, said)
        if wanted is None or (best not in choice.functions and likeness >= OTHER_REQUEST):
            return None
        return (
            self._take_up([self._request(each, f"{choice.text} {text}") for each in wanted]) if wanted else self._drop()
        )

    def _go_on(self, text: str) -> tuple[Router, Decision] | None:
        """The answer to what was asked, a question in between, or None: something else."""
        if not (pending := self.pending):
            return None
        said = meant(text, self.meaning)
        best, likeness = self._best(said)
        other = best is not pending.known
        if (
            pending.read_back
            and not (other and likeness >= OTHER_DESPITE_YES)
            and (agreed := self._agreed(pending, text))
        ):
            return agreed
        asked = pending.asked
        given = fill(list(pending.known.parameters), text, self.today, asked.name if asked else None)
        all_said = f"{pending.said} {text}".strip()
        in_two = asked if asked and asked.kind is Kind.MOMENT and asked.name not in given else None
        if in_two:
            given |= fill([in_two], all_said, self.today, in_two.name)
        if other and likeness >= (OTHER_DESPITE_ANSWER if given else OTHER_REQUEST):
            return None
        if given:
            request = Request(pending.known, {**pending.given, **given}, said=all_said)
            return self._take_up([request, *self.later], heard(request, given) if request.missing else "")
        if in_two and in_two.question_after(text) != in_two.question:  # half of it
            return replace(self, pending=replace(pending, said=all_said))._say(in_two.question_after(all_said))
        fact, fact_likeness = self._fact(said)
        if fact_likeness >= FACT_IN_BETWEEN:
            return self._say(f"{fact} {pending.question}")
        return self._miss(f" {pending.question}") if pending.question else None

    def _agreed(self, pending: Request, text: str) -> tuple[Router, Decision] | None:
        """The caller's yes, no or correction to what was read back; None: neither."""
        if other := corrected(pending, text, self.today):
            return self._take_up([Request(pending.known, {**pending.given, **other}), *self.later])
        match yes_or_no(text):
            case True:
                return self._take_up([pending, *self.later])
            case False if self.last == WHAT_TO_CHANGE:
                return self._drop()
            case False:
                return self._say(WHAT_TO_CHANGE)
        changed = about(text, pending.known.parameters) if self.last == WHAT_TO_CHANGE else None
        if changed is None:
            return None
        return replace(self, pending=replace(pending, asked=changed, read_back=False))._say(changed.question)

    def _route(self, text: str) -> tuple[Router, Decision]:
        brain = replace(self, choice=None)
        if foreign(text):
            return brain._miss(self._offer())
        if both := brain._both(text):
            return both
        said = meant(text, self.meaning)
        found = [pair for pair in ranked(self.functions, said) if pair[0] >= least(pair[1], text)]
        likeness, best = found[0] if found else (0.0, None)
        fact, fact_likeness = self._fact(said)
        if fact_likeness >= FACT and fact_likeness > likeness + CLEARER:
            return brain._say(fact)
        request = self._request(best, text) if best else None
        sure = request is not None and likeness >= enough(request)
        rival, rivals_likeness = (found[1][1], found[1][0]) if len(found) > 1 else (None, 0.0)
        if best and (rival or likeness >= MAYBE) and not (sure and likeness - rivals_likeness >= CLOSE):
            choice = Choice(best, rival, text)
            unsure = "" if likeness >= LIKELY else "I am not sure that I understood. "
            return replace(brain, pending=None, choice=choice)._say(unsure + choice.question)
        if not (request and sure):
            return brain._miss(self._offer())
        return brain._take_up([request, *self._unfinished(request.known)])

    def _both(self, text: str) -> tuple[Router, Decision] | None:
        """Two requests at once, or a request and a question; None: it is not clearly two."""
        parts = wishes(text)
        if len(parts) != 2:
            return None
        requests: list[Request] = []
        told: list[str] = []
        for part in parts:
            said = meant(part, self.meaning)
            best, likeness = self._best(said)
            fact, fact_likeness = self._fact(said)
            if fact_likeness >= FACT and fact_likeness > likeness + CLEARER:
                told.append(fact)
            elif best and likeness >= EACH_OF_TWO and all(best is not other.known for other in requests):
                requests.append(self._request(best, part, text))
        return self._take_up(requests, " ".join(told)) if requests and len(requests) + len(told) == 2 else None

    def _request(self, wanted: Known, text: str, around: str = "") -> Request:
        """With what was said for it, and with a day, a name or a number said for another in the same breath."""
        given = fill(list(wanted.parameters), text, self.today)
        if around:
            shared = [each for each in Request(wanted, given).missing if each.kind in SHARED]
            given |= fill(shared, around, self.today)
        return Request(wanted, given, said=text)

    def _unfinished(self, other: Known) -> tuple[Request, ...]:
        """What was being asked for when a mere question came in between."""
        if not self.pending or changes(other):
            return ()
        return replace(self.pending, read_back=False), *self.later

    # What to do about it

    def _take_up(self, requests: list[Request], aside: str = "") -> tuple[Router, Decision]:
        """Call what can be called, and go on with the rest after it; else ask for what the first one needs."""
        ready = [request for request in requests if request.ready]
        rest = tuple(request for request in requests if not request.ready)
        brain = replace(self, pending=None, choice=None, later=rest)
        if not ready:
            return brain._ask(aside)
        return replace(brain, called=ready[-1], aside=aside), Call(tuple(request.call for request in ready))

    def _ask(self, before: str) -> tuple[Router, Decision]:
        """Ask for what the first of the later requests needs."""
        request, *rest = self.later
        missing = request.missing
        pending = replace(request, asked=missing[0] if missing else None, read_back=not missing)
        return replace(self, pending=pending, later=tuple(rest))._say(f"{before} {pending.question}".strip())

    def _drop(self) -> tuple[Router, Decision]:
        return replace(self, pending=None, choice=None, later=())._say("All right. What else can I do for you?")

    def _report(self, result: str, failed: bool) -> tuple[Router, Decision]:
        """Say what a function gave. If it failed, or is a question, what is said next may mend the call."""
        brain = replace(self, aside="")
        told = f"{self._checked(followed(result))} {self.aside}".strip()
        if self.called and (failed or result.endswith("?")) and self.called.known.parameters:
            asked = about(result, self.called.known.parameters)
            return replace(brain, pending=replace(self.called, asked=asked, read_back=False))._say(told)
        return brain._ask(told) if self.later else brain._say(told)

    def _checked(self, result: str) -> str:
        """With the digits that it was asked for, for who was not asked whether they are right: it may be another's."""
        if not self.called or self.called.read_back:
            return result
        unsaid = {name: value for name, value in self.called.given.items() if str(value) not in result.replace(" ", "")}
        return f"{heard(self.called, unsaid)} {result}".strip()

    def _say(self, text: str) -> tuple[Router, Decision]:
        return replace(self, last=text, misses=0), Say(text)

    def _miss(self, rest: str) -> tuple[Router, Decision]:
        """Nothing was understood; `rest` says how to go on."""
        brain, decision = self._say(f"{NOT_UNDERSTOOD[self.misses % len(NOT_UNDERSTOOD)]}{rest}")
        return replace(brain, misses=self.misses + 1), decision

    # What it is like

    def _best(self, said: Read) -> tuple[Known | None, float]:
        likeness, best = next(iter(ranked(self.functions, said)), (0.0, None))
        return best, likeness

    @property
    def _open_question(self) -> str:
        return self.pending.question if self.pending else self.choice.question if self.choice else ""

    def _fact(self, said: Read) -> tuple[str, float]:
        told = ((fact.likeness(said), fact.sentence) for fact in self.facts)
        likeness, sentence = max(told, default=(0.0, ""))
        return sentence, likeness

    def _offer(self) -> str:
        offered = [deed(each.function) for each in self.functions if not ENDS_CALL.search(each.about)][:OFFERED]
        if offered:
            return f" You can ask me to {', or to '.join(offered)}."
        return ONLY_ANSWERS if self.facts else NOTHING
