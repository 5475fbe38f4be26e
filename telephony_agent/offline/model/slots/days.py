"""Days in what was said, counted from `today`. All take and leave text as `said.normal` spells it."""

from __future__ import annotations

import calendar
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
COUNTED = r"(?P<count>a|\d+) (?P<unit>day|week|fortnight|month)s?"
HENCE = re.compile(rf"\bin {COUNTED}\b")
FROM = re.compile(rf"\b{COUNTED} (?:from|after) (?P<from>now|.+)")
DAYS = {"day": 1, "week": 7, "fortnight": 14}
MOST_DAYS = 1000  # ahead that anybody means
WITH_MONTH = re.compile(
    rf"\b(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})\b(?: (?P<year>20\d\d))?"
    rf"|\b(?P<month2>{MONTH})(?: the)? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:[ ,]* (?P<year2>20\d\d))?"
)
SLASHED = re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d))?\b")
ON_WEEKDAY = re.compile(rf"\b(?:on )?(?:(?P<which>next|this|coming|last) )?(?P<day>{WEEKDAY})s?\b(?P<week> week)?")
ORDINAL = re.compile(
    r"\b(?:on )?(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b"
    r"(?! (?:of (?!(?:the|this|next) month)|street\b|avenue\b|floor\b))"
)
NEXT_MONTH = re.compile(r"\bnext month\b")


@dataclass(frozen=True)
class Day:
    """A date, and the word the caller used for it where there is one: Tuesday, tomorrow."""

    date: dt.date
    word: str


def day(said: str, today: dt.date) -> Found[Day] | None:
    """The day that was named, if one was."""
    said = NEGATED.sub("", said)
    for rule in (_iso, _from, _relative, _hence, _month, _weekday, _ordinal):
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


def _from(said: str, today: dt.date) -> Found[Day] | None:
    """A week from Monday."""
    match = FROM.search(said)
    if not match:
        return None
    start = Found(Day(today, ""), "") if match["from"].startswith("now") else day(match["from"], today)
    if not start:
        return None
    date = _ahead(start.value.date, match)
    return Found(Day(date, date.isoformat()), f"{said[: match.start()]}{start.rest}")


def _hence(said: str, today: dt.date) -> Found[Day] | None:
    match = HENCE.search(said)
    if not match:
        return None
    date = _ahead(today, match)
    return found(Day(date, date.isoformat()), match)


def _ahead(start: dt.date, match: re.Match[str]) -> dt.date:
    """So many days, weeks or months later; a month after the 31st is the last of the next."""
    count = 1 if match["count"] == "a" else int(match["count"])
    if match["unit"] != "month":
        return start + dt.timedelta(min(count * DAYS[match["unit"]], MOST_DAYS))
    years, month = divmod(start.month - 1 + min(count, FORWARD), 12)
    last = calendar.monthrange(start.year + years, month + 1)[1]
    return dt.date(start.year + years, month + 1, min(start.day, last))


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
    if match["which"] == "last":
        away = -((today.weekday() - index) % 7 or 7)
    elif (match["which"] == "next" and later_this_week) or match["week"]:
        away += 7
    date = today + dt.timedelta(away)
    return found(Day(date, WEEKDAYS[index] if 0 < away <= 7 else date.isoformat()), match)


def _ordinal(said: str, today: dt.date) -> Found[Day] | None:
    match = ORDINAL.search(said)
    if NEXT_MONTH.search(said):
        today = (today.replace(day=1) + dt.timedelta(31)).replace(day=1)
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
