"""A function that the caller wants: what is known of it, what is missing, and how it is read back before it is done."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telephony_agent.offline.model.declared import spoken
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.ranking import Known
from telephony_agent.offline.model.slots.filling import Kind, Parameter, fill
from telephony_agent.offline.model.slots.said import normal

SHALL_I = "Shall I do that?"
# A function that begins with one of these changes something, as long as it does not begin with one of those.
CHANGE_WORDS = (
    "add apply approve arrange block book buy cancel change charge close create delete deliver disable dispatch end "
    "enroll extend file forward have hire make modify move open order pay place postpone prolong purchase put record "
    "redirect refund register remove renew rent report request reschedule reserve reset return schedule send set sign "
    "stop submit subscribe transfer update upgrade withdraw write"
)
LOOK_WORDS = "ask calculate check compute describe estimate explain find get give list look read say search show tell"
CHANGES, LOOKS = frozenset(CHANGE_WORDS.split()), frozenset(LOOK_WORDS.split())
ENDS_CALL = re.compile(r"\b(?:hang up|hangup|end (?:the |this )?(?:phone )?call|goodbye|farewell)\b")
TO_HUMAN = re.compile(
    r"\b(?:humans?|operator|representative|colleague|staff|real person|receptionist|reception)\b"
    r"|\btransfer(?: the| a)? call\b"
)
CURRENCY = re.compile(r"\b(?:dollars|euros|pounds|francs)\b", re.IGNORECASE)
BARE = (Kind.NUMBER, Kind.DIGITS, Kind.MONEY, Kind.TIME)  # what "no, five" may mean, in this order
REFUSAL = re.compile(r"^\s*(?:no|nope|not quite|wait|sorry)\b[\s,.]*", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """`asked` is what was asked for last; `read_back`: all is known, and the caller was asked to agree. `said` is all
    that was said for it, for a day and a time that come one by one.
    """

    known: Known
    given: Mapping[str, Any]
    asked: Parameter | None = None
    read_back: bool = False
    said: str = ""

    @property
    def missing(self) -> list[Parameter]:
        return [each for each in self.known.parameters if each.required and each.name not in self.given]

    @property
    def ready(self) -> bool:
        """Whether it can be done without another word."""
        return not self.missing and (self.read_back or not changes(self.known))

    @property
    def call(self) -> tuple[str, dict[str, Any]]:
        return self.known.name, dict(self.given)

    @property
    def question(self) -> str:
        """What the caller must say next."""
        if self.asked:
            return self.asked.question_after(self.said)
        return f"{summary(self)} {SHALL_I}" if self.read_back else ""


def changes(known: Known) -> bool:
    """Whether it changes something, so that the caller should agree first; ending the call is the caller's own wish."""
    if ENDS_CALL.search(known.about) or TO_HUMAN.search(known.about):
        return False
    first = {words[0] for words in (spoken(known.name).split(), normal(known.function.description).split()) if words}
    return bool(first & CHANGES) and not first & LOOKS


def deed(function: Function) -> str:
    """What it does, in a few words: "book a table"."""
    first = re.split(r"[.,:;(]", function.description)[0].strip() or spoken(function.name)
    return first[:1].lower() + first[1:]


def summary(request: Request) -> str:
    """What would be done, with all arguments."""
    details = [
        _detail(each, request.given[each.name]) for each in request.known.parameters if each.name in request.given
    ]
    return f"You want me to {deed(request.known.function)}{': ' if details else ''}{', '.join(details)}."


def heard(request: Request, given: Mapping[str, Any]) -> str:
    """The digits and sums among what was just given, read back."""
    kinds = (Kind.DIGITS, Kind.MONEY)
    said = [
        _detail(each, given[each.name])
        for each in request.known.parameters
        if each.name in given and each.kind in kinds
    ]
    return f"I heard {', '.join(said)}." if said else ""


def corrected(request: Request, text: str, today: dt.date) -> dict[str, Any]:
    """What the caller says otherwise than it was read back."""
    declared = list(request.known.parameters)
    given = fill(declared, text, today)
    for each in declared:
        if each.kind is Kind.MOMENT and each.name not in given and (known := str(request.given.get(each.name, ""))):
            day, _, time = known.partition("T")
            given |= fill([each], f"{day} {text}", today) or fill([each], f"{text} at {time[:5]}", today)
    bare = REFUSAL.sub("", text)
    if not given and bare != text:
        numbers = [each for kind in BARE for each in declared if each.kind is kind]
        tried = (fill([each], bare, today, each.name) for each in numbers)
        given = next((found for found in tried if found), {})
    return {name: value for name, value in given.items() if request.given.get(name) != value}


def about(text: str, declared: tuple[Parameter, ...]) -> Parameter | None:
    """The parameter that a question, or a wish to change something, is about."""
    kinds = {Kind.DAY: "day", Kind.TIME: "time", Kind.NAME: "name", Kind.NUMBER: "how many"}
    said = normal(text)
    named = [each for each in declared if each.words in said]
    return next(iter(named or [each for each in declared if kinds.get(each.kind, each.words) in said]), None)


def _detail(parameter: Parameter, value: Any) -> str:
    words = parameter.words
    match parameter.kind, value:
        case (_, list()):
            return f"{words} {' and '.join(spoken(str(each)) for each in value)}"
        case ((Kind.DAY | Kind.TIME | Kind.MOMENT), str()):
            return _when(value)
        case Kind.NAME, _ if "name" in words:
            return f"under the name {value}"
        case Kind.DIGITS, _:
            return f"{words} {' '.join(str(value))}"
        case Kind.MONEY, _:
            unit = CURRENCY.search(parameter.description)
            return f"{words} {value:g}{' ' + unit[0].lower() if unit else ''}"
        case Kind.NUMBER, _ if words == "people":
            return f"for {value} {words if value != 1 else 'person'}"
        case Kind.NUMBER, _ if words.endswith("s"):
            return f"{value:g} {words if value != 1 else words.removesuffix('s')}"
        case Kind.FLAG, _:
            return words if value else f"no {words}"
        case Kind.CHOICE, _:
            return f"{words} {spoken(str(value))}"
    return f"{words} {str(value).rstrip(' .')}"


def _when(value: str) -> str:
    """A date, a time or both, as they are said; else the words they are."""
    day, _, time = value.partition("T") if re.match(r"\d{4}-", value) else ("", "", value)
    try:
        date = dt.date.fromisoformat(day) if day else None
        moment = dt.time.fromisoformat(time) if time else None
    except ValueError:
        return value
    said = [f"on {date:%A}, {date:%B} {date.day}"] if date else []
    if moment:
        minutes = f":{moment.minute:02}" if moment.minute else ""
        said.append(f"at {moment.hour % 12 or 12}{minutes} {'AM' if moment.hour < 12 else 'PM'}")
    return ", ".join(said)
