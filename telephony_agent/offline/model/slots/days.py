"""Days in what was said, counted from `today`. All take and leave text as `said.normal` spells it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from telephony_agent.offline.model.slots.found import Found, found

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_WORDS = "january february march april may june july august september october november december"
MONTHS = MONTH_WORDS.split()
RELATIVE = {"today": 0, "tonight": 0, "this evening": 0, "this afternoon": 0, "tomorrow": 1, "yesterday": -1}
FORWARD = 48  # months to look for a 31st, or a 29 February

WEEKDAY = "|".join(day.lower() for day in WEEKDAYS)
MONTH = "|".join(MONTHS)
NEGATED = re.compile(rf"\bnot (?:on )?(?:{WEEKDAY}|today|tonight|tomorrow)\b")
ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
RELATIVELY = re.compile(r"\b(?:the )?(?P<after>day after tomorrow)\b|\b(?P<word>" + "|".join(RELATIVE) + r")\b")
HENCE = re.compile(r"\bin (?P<count>a|\d+) (?P<unit>day|week)s?\b")
WITH_MONTH = re.compile(
    rf"\b(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})\b(?: (?P<year>20\d\d))?"
    rf"|\b(?P<month2>{MONTH})(?: the)? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:[ ,]* (?P<year2>20\d\d))?"
)
SLASHED = re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d))?\b")
ON_WEEKDAY = re.compile(rf"\b(?:on )?(?:(?P<which>next|this|coming) )?(?P<day>{WEEKDAY})s?\b(?P<week> week)?")
ORDINAL = re.compile(r"\b(?:on )?(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?! (?:of|street|avenue|floor)\b)")


@dataclass(frozen=True)
class Day:
    """A date, and the word the caller used for it where there is one: Tuesday, tomorrow."""

    date: dt.date
    word: str


def day(said: str, today: dt.date) -> Found[Day] | None:
    """The day that was named, if one was."""
    said = NEGATED.sub("", said)
    for rule in (_iso, _relative, _hence, _month, _weekday, _ordinal):
        if named := rule(said, today):
            return named
    return None


def _iso(said: str, today: dt.date) -> Found[Day] | None:
    match = ISO.search(said)
    try:
        return found(Day(dt.date.fromisoformat(match[0]), match[0]), match) if match else None
    except ValueError:
        return None


def _relative(said: str, today: dt.date) -> Found[Day] | None:
    match = RELATIVELY.search(said)
    if not match:
        return None
    away = 2 if match["after"] else RELATIVE[match["word"]]
    date = today + dt.timedelta(away)
    return found(Day(date, {0: "today", 1: "tomorrow"}.get(away, date.isoformat())), match)


def _hence(said: str, today: dt.date) -> Found[Day] | None:
    match = HENCE.search(said)
    if not match:
        return None
    count = 1 if match["count"] == "a" else int(match["count"])
    date = today + dt.timedelta(min(count, 1000) * (7 if match["unit"] == "week" else 1))
    return found(Day(date, date.isoformat()), match)


def _month(said: str, today: dt.date) -> Found[Day] | None:
    if match := WITH_MONTH.search(said):
        name, number = match["month"] or match["month2"], match["day"] or match["day2"]
        date = _next(int(number), MONTHS.index(name) + 1, match["year"] or match["year2"], today)
    elif match := SLASHED.search(said):
        date = _next(int(match["day"]), int(match["month"]), match["year"], today)
    else:
        return None
    return found(Day(date, date.isoformat()), match) if date else None


def _weekday(said: str, today: dt.date) -> Found[Day] | None:
    match = ON_WEEKDAY.search(said)
    if not match:
        return None
    index = [name.lower() for name in WEEKDAYS].index(match["day"])
    away = (index - today.weekday()) % 7 or 7
    later_this_week = index > today.weekday()
    if (match["which"] == "next" and later_this_week) or match["week"]:
        away += 7
    date = today + dt.timedelta(away)
    return found(Day(date, WEEKDAYS[index] if away <= 7 else date.isoformat()), match)


def _ordinal(said: str, today: dt.date) -> Found[Day] | None:
    match = ORDINAL.search(said)
    date = _next(int(match["day"]), None, None, today) if match else None
    return found(Day(date, date.isoformat()), match) if match and date else None


def _next(number: int, month: int | None, year: str | None, today: dt.date) -> dt.date | None:
    """The first such day from today on."""
    for ahead in range(FORWARD):
        years, index = divmod(today.month - 1 + ahead, 12)
        if month is not None and index + 1 != month:
            continue
        try:
            date = dt.date(int(year) if year else today.year + years, index + 1, number)
        except ValueError:
            continue
        if year or date >= today:
            return date
    return None
