"""Times of day in what was said. All take and leave text as `said.normal` spells it."""

from __future__ import annotations

import datetime as dt
import re

from telephony_agent.offline.model.slots.found import Found, found

WORDS = {"noon": dt.time(12), "midday": dt.time(12), "midnight": dt.time(0)}
PARTS = {"half": 30, "quarter": 15, "a quarter": 15}
AFTERNOON_FROM = 7  # o'clock: up to here an hour without am or pm is taken to be after noon; it is read back anyway
EVENING_FROM = 10  # the same, where people come in the evening

HALF_OF_DAY = r"(?: ?(?P<half>am|pm)\b)?"
IN_WORDS = re.compile(r"\b(?:at )?(?P<word>noon|midday|midnight)\b")
AROUND_HOUR = re.compile(
    r"(?<!from )\b(?:at )?(?P<part>half|a quarter|quarter|\d{1,2})(?: minutes?)? "
    r"(?P<side>past|after|to|before) (?P<hour>\d{1,2})\b" + HALF_OF_DAY
)
WITH_MINUTES = re.compile(r"\b(?:at )?(?P<hour>[01]?\d|2[0-3])[:. ](?P<minute>[0-5]\d)\b(?!/)" + HALF_OF_DAY)
RUN_TOGETHER = re.compile(r"\b(?:at )?(?P<hour>0?[1-9]|1[0-2])(?P<minute>[0-5]\d) (?P<half>am|pm)\b")
MILITARY = re.compile(r"\bat (?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\b")
OH = re.compile(r"\b(?:at )?(?P<hour>\d{1,2}) oh? (?P<minute>\d)\b(?! \d)" + HALF_OF_DAY)
HALF_HOUR = re.compile(r"\b(?:at )?half (?P<hour>\d{1,2})\b" + HALF_OF_DAY)  # as the British say it
HUNDRED_HOURS = re.compile(r"\b(?:at )?(?P<hour>[01]?\d|2[0-3])(?P<minute>[0-5]\d) hours\b")
OF_DAY = re.compile(r"\b(?:at )?(?P<hour>\d{1,2}) (?=(?:in the (?:morning|afternoon|evening)|at night)\b)")
WITH_HALF = re.compile(r"\b(?:at )?(?P<hour>\d{1,2}) (?:oclock ?)?(?P<half>am|pm)\b")
OCLOCK = re.compile(r"\b(?:at )?(?P<hour>\d{1,2}) oclock\b")
AFTER_AT = re.compile(
    r"\b(?:at|around|about|by|from|until|till|after|before) (?P<hour>\d{1,2})\b"
    r"(?![:.,]\d|/| (?:people|persons|guests|of us))"
)
BARE = re.compile(
    r"(?<![:.,/])\b(?P<hour>\d{1,2})\b"
    r"(?![:.,/]\d| (?!(?:please|would|is|if|or|thank|thanks|sounds|in)\b)[a-z])"
)
RULES = (WITH_MINUTES, OH, RUN_TOGETHER, HUNDRED_HOURS, MILITARY, WITH_HALF, OCLOCK, OF_DAY, AFTER_AT)

GREETING = re.compile(r"\bgood (?:morning|afternoon|evening|night)\b")
MORNING = re.compile(r"\b(?:morning|breakfast|wake)\b")
LATER = re.compile(r"\b(?:afternoon|evening|night|tonight|dinner|supper)\b")


def time(said: str, asked: bool = False, evening: bool = False) -> Found[dt.time] | None:
    """The time that was named. `asked`: a bare number is one; `evening`: people come in the evening."""
    said = GREETING.sub("", said)
    if match := IN_WORDS.search(said):
        return found(WORDS[match["word"]], match)
    if match := AROUND_HOUR.search(said):
        minutes = PARTS.get(match["part"]) or int(match["part"])
        before = match["side"] in ("to", "before")
        return _at(match, 60 - minutes if before else minutes, said, evening, -1 if before else 0)
    if match := HALF_HOUR.search(said):
        return _at(match, 30, said, evening)
    for rule in (*RULES, BARE) if asked else RULES:
        if match := rule.search(said):
            minute = int(match["minute"]) if "minute" in rule.groupindex else 0
            return _at(match, minute, said, evening)
    return None


def _at(match: re.Match[str], minute: int, said: str, evening: bool, offset: int = 0) -> Found[dt.time] | None:
    hour = int(match["hour"])
    half = match["half"] if "half" in match.re.groupindex else None
    if hour > 23 or minute > 59:
        return None
    if hour <= 12 and not match["hour"].startswith("0"):
        hour = _of_day(hour, half or _part_of_day(said), evening)
    return found(dt.time((hour + offset) % 24, minute), match)


def _part_of_day(said: str) -> str | None:
    return "am" if MORNING.search(said) else "pm" if LATER.search(said) else None


def _of_day(hour: int, half: str | None, evening: bool) -> int:
    """The hour on the 24-hour clock."""
    if half is None:
        half = "pm" if hour == 12 or hour <= (EVENING_FROM if evening else AFTERNOON_FROM) else "am"
    return hour % 12 + (12 if half == "pm" else 0)
