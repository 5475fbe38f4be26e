"""What calls will cost, by their length: each turn is billed for the whole conversation again, as far as it is kept.

Without compression a call's price grows with the square of its length; this is what the default trigger was chosen by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..live.setup import TARGET, TRIGGER
from ..record.entries import Tokens
from .prices import Price

A_SECOND = 25  # tokens of a second of sound, either way
A_SECOND_WRITTEN = 3.5  # tokens of a second of speech as a transcript: 150 words a minute
LONGEST_KEPT = 15  # minutes of sound after which a session without compression ends
MINUTES = (2, 5, 10, 15, 30)


@dataclass(frozen=True, slots=True)
class Window:
    """Compression: past `trigger` tokens the oldest turns are forgotten, until `target` are left."""

    trigger: int
    target: int

    def __str__(self) -> str:
        return f"{self.trigger / 1000:g}k to {self.target / 1000:g}k"


WINDOWS = (None, Window(32_000, 16_000), Window(16_000, 8_000), Window(TRIGGER, TARGET), Window(5_000, 2_500))


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How two people talk on the telephone, of which the caller's silence is not billed. Seconds of an exchange."""

    caller: float = 7.0
    agent: float = 10.0
    pauses: float = 3.0
    standing: int = 1_500
    """Tokens of instructions and functions, which are billed with every turn and never forgotten."""

    @property
    def exchange(self) -> float:
        return self.caller + self.agent + self.pauses

    @property
    def heard(self) -> int:
        """Tokens of sound that an exchange leaves behind."""
        return round((self.caller + self.agent) * A_SECOND)


TALK = Talk()


def turns(minutes: float, window: Window | None, talk: Talk = TALK) -> Iterator[Tokens]:
    """What the turns of a call of that length are billed for."""
    kept: deque[int] = deque()
    for _ in range(int(minutes * 60 / talk.exchange)):
        yield Tokens(
            text_in=talk.standing,
            audio_in=sum(kept) + round(talk.caller * A_SECOND),
            audio_out=round(talk.agent * A_SECOND),
            transcripts=round((talk.caller + talk.agent) * A_SECOND_WRITTEN),
        )
        kept.append(talk.heard)
        if window is not None and talk.standing + sum(kept) > window.trigger:
            while kept and talk.standing + sum(kept) > window.target:
                kept.popleft()


def cost(price: Price, minutes: float, window: Window | None, talk: Talk = TALK) -> float | None:
    """USD; None if the price of something is not known."""
    return price.of(sum(turns(minutes, window, talk), Tokens()))


def remembered(window: Window, talk: Talk = TALK) -> float:
    """Minutes of talk that are remembered word for word, when they have just become fewer."""
    return max(0, (window.target - talk.standing) // talk.heard) * talk.exchange / 60


def table(price: Price, windows: Sequence[Window | None] = WINDOWS, talk: Talk = TALK) -> list[list[str]]:
    """Cost over minutes, a column for each window; then for how long each remembers."""
    head = ["minutes", *("no compression" if window is None else str(window) for window in windows)]
    rows = [[str(minutes), *(_cell(price, minutes, window, talk) for window in windows)] for minutes in MINUTES]
    least = ["all" if window is None else f"{remembered(window, talk):.1f} min" for window in windows]
    return [head, *rows, ["remembers at least", *least]]


def _cell(price: Price, minutes: int, window: Window | None, talk: Talk) -> str:
    if window is None and minutes > LONGEST_KEPT:
        return f"ends after {LONGEST_KEPT}"
    usd = cost(price, minutes, window, talk)
    return "unknown" if usd is None else f"${usd:.2f}"
