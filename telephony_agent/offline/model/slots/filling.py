"""A function's parameters and what was said, put together: which arguments are known, and how to ask for the next."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from telephony_agent.offline.model.slots import clock, consent, days, names, numbers
from telephony_agent.offline.model.slots.said import normal
from telephony_agent.offline.model.slots.schema import allows, properties, required

Schema = Mapping[str, Any]


class Kind(Enum):
    """What an argument is, whatever its type: how it is found, and in this order, and how it is asked for."""

    CHOICE = "one of a few"
    MOMENT = "a day and a time"
    DIGITS = "a string of digits"
    DAY = "a day"
    TIME = "a time of day"
    MONEY = "an amount of money"
    NUMBER = "an amount"
    FLAG = "yes or no"
    NAME = "a person's name"
    EMAIL = "an e-mail address"
    PLACE = "a place"
    TEXT = "free words"


# What a parameter is called says more than its description: the first that matches, in the name, then in both.
NAMED = (
    (Kind.MONEY, re.compile(r"\b(?:amount|price|money|dollars|cost|budget)\b")),
    (
        Kind.DIGITS,
        re.compile(
            r"\b(?:phone|telephone|account|order|reference|zip|postal|pin|code|digits|card|id)\b|\bnumber\b(?! of)"
        ),
    ),
    (Kind.EMAIL, re.compile(r"\be-? ?mail(?: address)?$")),
    (Kind.TEXT, re.compile(r"\baddress\b")),
    (Kind.DAY, re.compile(r"\b(?:date|day|arrival|departure|birthday|weekday)\b")),
    (Kind.TIME, re.compile(r"\b(?:time|hour|oclock|when|at)\b")),
    (Kind.NAME, re.compile(r"\b(?:name|who|person|guest|customer|patient)\b")),
    (Kind.PLACE, re.compile(r"\b(?:city|town|destination|place|location|where)\b")),
)
CURRENCY = re.compile(r"(?:dollars|euros|pounds|francs)", re.IGNORECASE)
ANY_DAY = dt.date(2026, 1, 1)
MANY_DIGITS = 5  # so many are no time and no amount, and fewer no telephone number
NO_ANSWER = re.compile(
    r"(?:(?:sorry|well|oh|uh|um|[,.]) )*"
    r"i(?: don't know| have no idea|(?: am|'m) not sure|(?: would|'d) rather not)(?: \w+){0,2}[ .!]*$"
)
EVENING = re.compile(r"\b(?:table|restaurant|dinner|tonight|bar|show|concert|film|movie)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One parameter as declared. `evening`: times without am or pm are rather late ones."""

    name: str
    schema: Schema
    required: bool
    evening: bool = False

    @property
    def kind(self) -> Kind:
        return _kind(self.name, self.schema)

    @property
    def words(self) -> str:
        """Its name as it would be said."""
        return _spoken(self.name)

    @property
    def question(self) -> str:
        """How to ask the caller for it."""
        match self.kind:
            case Kind.DAY:
                return "Which day would that be?"
            case Kind.TIME:
                return "At what time?"
            case Kind.MOMENT:
                return "Which day, and at what time?"
            case Kind.NUMBER if self.words.endswith("s") or self.words in ("people", "children"):
                most = self.schema.get("maximum")
                return f"How many {self.words}?" if most is None else f"How many {self.words}, {most} at most?"
            case Kind.CHOICE:
                return f"Which {self.words}: {', '.join(self.options[:-1])} or {self.options[-1]}?"
            case Kind.NAME if self._meaning.startswith("name of "):
                return f"May I have the {self._meaning}, please?"
            case Kind.NAME:
                return "May I have the name, please?"
            case Kind.MONEY if CURRENCY.fullmatch(self._meaning):
                return f"What is the {self.words} in {self._meaning}, please?"
            case Kind.FLAG:
                return f"{self._meaning.capitalize()}: yes or no?"
            case _ if re.match(r"(?:what|where|when|why|how|whom?|which|whether|any\w*)\b", self._meaning):
                return f"Please tell me {self._meaning}."
            case _:
                return f"What is the {self._meaning}, please?"

    def question_after(self, said: str) -> str:
        """The same, where half of a day and a time was said before."""
        if self.kind is Kind.MOMENT:
            spoken = normal(said)
            day = days.day(spoken, ANY_DAY)
            time = clock.time(day.rest if day else spoken)
            if bool(day) != bool(time):
                return "At what time?" if day else "Which day would that be?"
        return self.question

    @property
    def description(self) -> str:
        return str(self.schema.get("description") or "")

    @property
    def options(self) -> list[str]:
        return [_spoken(option) for option in _choices(self.schema)]

    @property
    def _meaning(self) -> str:
        """The description up to its first pause, if it is short enough to be said."""
        first = re.split(r"[.,:;(]", str(self.schema.get("description", "")))[0].strip()
        first = re.sub(r"^(?:the|a|an)\s+", "", first, flags=re.IGNORECASE)
        if not 0 < len(first.split()) <= 6:
            return self.words
        return first if first[1:2].isupper() else first[:1].lower() + first[1:]  # the PIN is no pIN


def parameters(schema: Schema, about: str = "") -> list[Parameter]:
    """The parameters of a function, required ones first. `about` is its name and description."""
    needed = required(schema)
    evening = bool(EVENING.search(about.replace("_", " ")))
    declared = [Parameter(name, given, name in needed, evening) for name, given in properties(schema).items()]
    return sorted(declared, key=lambda parameter: not parameter.required)


def fill(wanted: list[Parameter], transcript: str, today: dt.date, asked: str | None = None) -> dict[str, Any]:
    """The arguments that were said. `asked` is the parameter that the caller has just been asked for, if any."""
    said = normal(transcript)
    given: dict[str, Any] = {}
    for parameter in sorted(wanted, key=lambda parameter: list(Kind).index(parameter.kind)):
        bare = parameter.name == asked and not given  # an answer of one thing may be short
        value, rest = _find(parameter, said, transcript, today, bare)
        if value is not None and allows(parameter.schema, value):
            said = rest
            given[parameter.name] = value
    return given


def _find(parameter: Parameter, said: str, transcript: str, today: dt.date, asked: bool) -> tuple[Any, str]:
    """The value, and what is left of what was said."""
    if _type(parameter.schema) == "array":
        return _several(parameter, said, transcript, today, asked)
    match parameter.kind:
        case Kind.CHOICE:
            return names.choice(transcript, _choices(parameter.schema)), said
        case Kind.MOMENT:
            return _moment(said, today, asked, parameter.evening)
        case Kind.DIGITS:
            string = numbers.digits(said)
            known = _named(parameter, said) or (asked and "phone" not in parameter.words)
            sure = string and (known or len(string.value) >= MANY_DIGITS)
            return (string.value, string.rest) if string and sure else (None, said)
        case Kind.DAY:
            day = days.day(said, today)
            return (_as_declared(day.value, parameter.schema), day.rest) if day else (None, said)
        case Kind.TIME:
            time = clock.time(said, asked, parameter.evening)
            return (time.value.isoformat("minutes"), time.rest) if time else (None, said)
        case Kind.MONEY:
            money = numbers.money(said, asked)
            return (_number(money.value, parameter.schema), money.rest) if money else (None, said)
        case Kind.NUMBER:
            return _amount(parameter, said, today, asked)
        case Kind.FLAG:
            return _flag(parameter, said) if asked else None, said
        case Kind.NAME:
            return names.name(transcript, asked), said
        case Kind.EMAIL:
            return names.email(transcript), said
        case Kind.PLACE:
            return names.place(transcript, asked, parameter.words), said
        case Kind.TEXT:
            return transcript.strip() if asked and not NO_ANSWER.match(said) else None, said


def _several(
    parameter: Parameter, said: str, transcript: str, today: dt.date, asked: bool
) -> tuple[list[Any] | None, str]:
    """What a list holds: all choices that were named, or the one thing that was found."""
    if named := names.choices(transcript, _choices(parameter.schema)):
        return named, said
    one = replace(parameter, schema=parameter.schema.get("items", {}) | {"description": parameter.description})
    value, rest = _find(one, said, transcript, today, asked)
    return (None if value is None else [value]), rest


def _flag(parameter: Parameter, said: str) -> bool | None:
    """A yes or a no, or the thing itself: "outside"."""
    agreed = consent.yes_or_no(said)
    return True if agreed is None and _named(parameter, said) else agreed


def _named(parameter: Parameter, said: str) -> bool:
    """Whether a word of the parameter's name was said: the number in "room 310" is no time."""
    return any(re.search(rf"\b{re.escape(word)}\b", said) for word in parameter.words.split())


def _moment(said: str, today: dt.date, asked: bool, evening: bool) -> tuple[str | None, str]:
    day = days.day(said, today)
    time = clock.time(day.rest, asked, evening) if day else None
    if not day or not time:
        return None, said
    return dt.datetime.combine(day.value.date, time.value).isoformat(), time.rest


def _amount(parameter: Parameter, said: str, today: dt.date, asked: bool) -> tuple[float | int | None, str]:
    """A number that is neither a day nor a time, whether or not anybody wants to know those."""
    free = said
    for other in (days.day(free, today), clock.time(free)):
        free = other.rest if other else free
    number = numbers.number(free, f"{parameter.words} {parameter.schema.get('description', '')}", asked)
    if not number and asked:
        number = numbers.number(said, asked=True)
    return (_number(number.value, parameter.schema), number.rest) if number else (None, said)


def _as_declared(day: days.Day, schema: Schema) -> str:
    """The caller's own word where the parameter takes weekdays or "tomorrow", else a date."""
    about = str(schema.get("description", "")).lower()
    in_words = any(word in about for word in ("weekday", "tomorrow", *(name.lower() for name in days.WEEKDAYS)))
    return day.word if in_words else day.date.isoformat()


def _number(value: float, schema: Schema) -> float | int | None:
    """None for a part of what there are only whole ones of."""
    if value == int(value):
        return int(value)
    return None if _type(schema) == "integer" else value


def _kind(name: str, schema: Schema) -> Kind:
    inner = schema.get("items", {}) if _type(schema) == "array" else schema
    about = str(schema.get("description", "")).lower()
    if _choices(schema):
        return Kind.CHOICE
    if inner.get("format") == "date-time" or "yyyy-mm-ddthh" in about:
        return Kind.MOMENT
    if "yyyy-mm-dd" in about or inner.get("format") == "date":
        return Kind.DAY
    if "hh:mm" in about or inner.get("format") == "time":
        return Kind.TIME
    match _type(inner):
        case "boolean":
            return Kind.FLAG
        case "integer" | "number":
            called = f"{_spoken(name)} {about}"
            return Kind.MONEY if NAMED[0][1].search(called) else Kind.NUMBER
    for text in (_spoken(name), about):
        for kind, pattern in NAMED:
            if pattern.search(text):
                return kind
    return Kind.TEXT


def _type(schema: Schema) -> str:
    """In lower case; of several the first that is not null."""
    types = schema.get("type", "string")
    listed = types if isinstance(types, list) else [types]
    return next((str(each).lower() for each in listed if str(each).lower() != "null"), "string")


def _choices(schema: Schema) -> list[str]:
    inner = schema.get("items", {}) if _type(schema) == "array" else schema
    return [str(option) for option in inner.get("enum") or ()]


def _spoken(name: str) -> str:
    """A name in code as words: partySize and party_size are "party size"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").lower().strip()
