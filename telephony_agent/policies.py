"""When a line is open, and who may call it: values that an agent declares, and that decide before it is answered."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from .errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")  # 24:00 is the day's end
WITHHELD = "anonymous"  # what a caller without a number is called here, whatever the carrier makes of it
WORDS = (WITHHELD, "blocked", "private", "restricted", "unavailable", "unknown")  # what it makes of it
KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
# Where only digits get through, they stand in Twilio's `From` as they are keyed, +266696687: no country's numbers.
NAMELESS = frozenset({"", *WORDS, *(f"+{word.translate(KEYS)}" for word in WORDS)})

Span = tuple[time, time]  # an end that is not after the beginning is on the next day


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When somebody answers, by the clock on the wall, as Hours(timezone="UTC", week={"mon-fri": "09:00-18:00"}).

    Raises ConfigError naming what can't be read.
    """

    timezone: str
    """IANA name of the zone of all of these."""
    week: Mapping[str, str]
    """By weekday, or a row of them: "mon", "tue-thu"; spans as "09:00-12:30 14:00-18:00". Closed on days not named.

    "22:00-02:00" goes on into the next day; "00:00-24:00" is all day.
    """
    holidays: Mapping[date, str] = field(default_factory=dict)
    """Days that are not like their weekday: their own spans, or "" for closed."""
    _week: tuple[tuple[Span, ...], ...] = field(init=False, repr=False)
    _holidays: Mapping[date, tuple[Span, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_zone("Hours's timezone", self.timezone)
        week: list[tuple[Span, ...]] = [()] * len(DAYS)
        for days, spans in self.week.items():
            for weekday in _days(days):
                week[weekday] += tuple(_spans(spans))
        if strange := [day for day in self.holidays if type(day) is not date]:  # a datetime would never be looked up
            raise ConfigError(f"Hours's holidays have {strange[0]!r}; give datetime.date(2026, 12, 25)")
        object.__setattr__(self, "_week", tuple(week))
        object.__setattr__(self, "_holidays", {day: tuple(_spans(spans)) for day, spans in self.holidays.items()})

    def open_at(self, moment: datetime) -> bool:
        """`moment` has a time zone, any."""
        local = moment.astimezone(zoneinfo.ZoneInfo(self.timezone))
        today, clock = local.date(), local.time().replace(tzinfo=None)
        if any(begin <= clock and (clock < end or end <= begin) for begin, end in self._on(today)):
            return True
        return any(clock < end <= begin for begin, end in self._on(today - timedelta(days=1)))

    def _on(self, day: date) -> tuple[Span, ...]:
        holiday = self._holidays.get(day)
        return self._week[day.weekday()] if holiday is None else holiday


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may call: numbers as "+15551234567", all that begin alike as "+49*", or "anonymous" for a withheld number.

    A caller's number is what the network says it is, and can be forged: this keeps nuisance out, and proves nothing.
    """

    allow: Sequence[str] = ("*",)
    deny: Sequence[str] = ()
    """Goes before `allow`."""

    def __post_init__(self) -> None:
        for name in ("allow", "deny"):
            patterns = getattr(self, name)
            if isinstance(patterns, str) or not all(isinstance(each, str) and _is_pattern(each) for each in patterns):
                mend = 'give a list of numbers as "+15551234567", beginnings as "+49*", or "anonymous"'
                raise ConfigError(f"Callers's {name} is {patterns!r}; {mend}")

    def admit(self, caller: str) -> bool:
        """`caller`: as Twilio gives it."""
        name = known_as(caller)
        return any(_fits(name, each) for each in self.allow) and not any(_fits(name, each) for each in self.deny)


def known_as(caller: str) -> str:
    """Their number or address, of what stands in Twilio's `From`; `WITHHELD` if that is none."""
    return WITHHELD if caller.strip().lower() in NAMELESS else caller.strip()


def check_zone(what: str, name: str) -> None:
    """Raises ConfigError."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError for a folder of zones, as "Europe"
        mend = "give an IANA name as Europe/Berlin (a machine without time zone data needs `pip install tzdata`)"
        raise ConfigError(f"{what} {name!r} is unknown; {mend}") from None


def _is_pattern(text: str) -> bool:
    return bool(text.removesuffix("*") or text == "*") and "*" not in text[:-1]


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _days(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(last or first) < DAYS.index(first):
        raise ConfigError(f"Hours's week has the day {text!r}; give one of {', '.join(DAYS)}, or a row as mon-fri")
    return range(DAYS.index(first), DAYS.index(last or first) + 1)


def _spans(text: str) -> Iterator[Span]:
    for each in text.replace(",", " ").split():
        match = SPAN.fullmatch(each)
        if match is None:
            raise ConfigError(f"Hours has the span {each!r}; give it as 09:00-18:00")
        begin, end = time(int(match[1]), int(match[2])), time(int(match[3] or 0), int(match[4] or 0))
        yield begin, end
