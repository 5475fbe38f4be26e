"""Who may be called, when, how often, and for how much: what the operator allows. At first it is nothing.

These rules stand outside the model: it may ask for any call and gets none that they refuse.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import phonenumbers

from ..errors import ConfigError
from .callee import Callee, local_times

PERIOD = timedelta(hours=24)  # what a day's limits are counted over: the last so many hours, whatever the date
RINGING = 65  # seconds that a phone rings at most: the 60 that we ask for and the 5 that Twilio may add
LONGEST = 4 * 3600  # seconds; Twilio ends a call then, if the account has not been given more
PATTERN = re.compile(r"\+[1-9]\d{0,14}\*?")
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class Why(enum.Enum):
    """Why a call is not placed."""

    NUMBER = "it is no number that could be called"
    KIND = "a premium service, a pager or the like"
    COUNTRY = "neither its country nor itself is allowed"
    BLOCKED = "the operator has blocked it"
    DO_NOT_CALL = "they do not want to be called"
    QUIET = "it is not the hour for a call where they are"
    AT_ONCE = "too many calls are up"
    A_DAY = "too many calls were placed"
    BUDGET = "it could cost more than is left"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`text`: what is wrong, and what mends it."""

    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of the last `PERIOD` have used up. `cost`: of those that are up, the most that they may cost."""

    up: int = 0
    placed: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Raises `ConfigError` naming the variable when made of values that can't be."""

    countries: frozenset[str] = frozenset()
    """Two letters each."""
    numbers: frozenset[str] = frozenset()
    """Allowed whatever their country: E.164, or its beginning and a star, as +4930*."""
    blocked: frozenset[str] = frozenset()
    """Not allowed whatever else is, likewise."""
    hours: tuple[time, time] = (time(8), time(21))
    """The callee's; the later one excluded."""
    at_once: int = 1
    a_day: int = 20
    longest: int = 600
    """Seconds after which Twilio ends a call."""
    price: float = 0.05
    """The most that a minute of a call costs."""
    budget: float = 5.0
    """The most that the calls of `PERIOD` may cost, in the same money."""
    call_backs: bool = False
    """Whether who has asked to be called back is, without anybody's order."""

    def __post_init__(self) -> None:
        if problems := [*self._wrong_places(), *self._wrong_limits()]:
            raise ConfigError(*problems)

    def _wrong_places(self) -> Iterator[str]:
        for country in sorted(self.countries - phonenumbers.SUPPORTED_REGIONS):
            yield f"OUTBOUND_COUNTRIES has {country!r}; give two letters each, as US,GB"
        for name, patterns in (("OUTBOUND_NUMBERS", self.numbers), ("OUTBOUND_BLOCKED", self.blocked)):
            for pattern in sorted(patterns):
                if not PATTERN.fullmatch(pattern):
                    yield f"{name} has {pattern!r}; give numbers as +12025550143, or beginnings as +1202*"

    def _wrong_limits(self) -> Iterator[str]:
        for name, count in (("OUTBOUND_AT_ONCE", self.at_once), ("OUTBOUND_A_DAY", self.a_day)):
            if count < 0:
                yield f"{name} is {count}; give a number of calls"
        for name, money in (("OUTBOUND_PRICE", self.price), ("OUTBOUND_BUDGET", self.budget)):
            if not 0 <= money < math.inf:
                yield f"{name} is {money:g}; give an amount in your account's currency"
        if not 0 < self.longest <= LONGEST:
            yield f"OUTBOUND_LONGEST is {self.longest}; give seconds, {LONGEST} at most"

    @property
    def most(self) -> float:
        """What one call may cost; begun minutes are paid in full."""
        return self.cost(self.longest)

    def cost(self, seconds: float) -> float:
        """The most that a call of so many seconds costs."""
        return self.price * math.ceil(seconds / 60)

    @property
    def any_allowed(self) -> bool:
        return bool(self.countries or self.numbers) and min(self.at_once, self.a_day) > 0

    def refusal(self, callee: Callee, spent: Spent, unwanted: bool, moment: datetime) -> Refusal | None:
        """None if it may be called at that moment. `unwanted`: it is on the do-not-call list."""
        return self._of_whom(callee, unwanted) or self._of_when(callee, moment) or self._of_how_much(spent)

    def _of_whom(self, callee: Callee, unwanted: bool) -> Refusal | None:
        number, country = callee.number, callee.country
        if not callee.ordinary:
            return Refusal(Why.KIND, f"{number} is {Why.KIND.value}; such numbers are never called")
        if _covers(self.blocked, number):
            return Refusal(Why.BLOCKED, f"{number} is not allowed; OUTBOUND_BLOCKED has it")
        if unwanted:
            mend = "telephony-agent do-not-call remove takes it off the list, if they have agreed to that"
            return Refusal(Why.DO_NOT_CALL, f"{number} does not want to be called; {mend}")
        if country not in self.countries and not _covers(self.numbers, number):
            mend = f"add {country} to OUTBOUND_COUNTRIES, or the number to OUTBOUND_NUMBERS"
            return Refusal(Why.COUNTRY, f"{number} ({country}) is not allowed; {mend}")
        return None

    def _of_when(self, callee: Callee, moment: datetime) -> Refusal | None:
        begin, end = self.hours
        times = local_times(callee, moment)
        if not times:
            return Refusal(Why.QUIET, f"nobody can tell what time it is at {callee.number}; call by hand")
        for there in times:
            if not (begin <= there and (there < end or end == time.max)):
                hours = f"{begin:%H:%M} to {'24:00' if end == time.max else format(end, '%H:%M')}"
                what = f"it is {there:%H:%M} at {callee.number}, or may be"
                return Refusal(Why.QUIET, f"{what}; calls are placed from {hours} (OUTBOUND_HOURS)")
        return None

    def _of_how_much(self, spent: Spent) -> Refusal | None:
        if spent.up >= self.at_once:
            return Refusal(Why.AT_ONCE, f"{spent.up} calls out are up; OUTBOUND_AT_ONCE allows {self.at_once}")
        if spent.placed >= self.a_day:
            what = f"{spent.placed} calls were placed in 24 hours"
            return Refusal(Why.A_DAY, f"{what}; OUTBOUND_A_DAY allows {self.a_day}")
        if spent.cost + self.most > self.budget:
            what = f"{spent.cost:.2f} of the budget is used or reserved, and a call may cost {self.most:.2f}"
            return Refusal(Why.BUDGET, f"{what}; OUTBOUND_BUDGET allows {self.budget:.2f} in 24 hours")
        return None


def _covers(patterns: frozenset[str], number: str) -> bool:
    return any(number.startswith(p[:-1]) if p.endswith("*") else number == p for p in patterns)


def listed(text: str) -> frozenset[str]:
    """What a variable lists, by commas or spaces."""
    return frozenset(re.split(r"[,\s]+", text.strip())) - {""}


def hours(text: str) -> tuple[time, time]:
    """Of "08:00-21:00". Raises `ConfigError`."""
    found = HOURS.fullmatch(text)
    begin, end = (text[:5], text[6:]) if found else ("", "")
    if not begin < end or end > "24:00":
        raise ConfigError(f"OUTBOUND_HOURS is {text!r}; give the callee's, as 08:00-21:00")
    return time.fromisoformat(begin), time.max if end == "24:00" else time.fromisoformat(end)
