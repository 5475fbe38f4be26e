"""What the demo's caller says, and what must come of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPEECH = Path(__file__).parent / "speech"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the caller says: a recording of a human, or the words for a synthetic voice.

    `interrupts`: said while the agent still speaks, when at least so many seconds of it are queued.
    `answer`: words that must be in what the caller hears next.
    """

    words: str
    recording: Path | None = None
    interrupts: float | None = None
    answer: tuple[str, ...] = ()

    @property
    def voice(self) -> str:
        return "synthetic voice" if self.recording is None else "human recording"


@dataclass(frozen=True, slots=True)
class Expected:
    """A function that must have run, with at least these arguments (compared as text, in lower case)."""

    function: str
    arguments: Mapping[str, Any]


QUEUED = 1.5  # seconds of the agent that must still be to come when the caller interrupts


def lines() -> list[Line]:
    """A question, a booking over several turns, an interruption, a goodbye."""
    return [
        Line("What are your opening hours?"),
        Line("Tuesday.", SPEECH / "tuesday.wav", answer=("tuesday", "5", "10")),
        Line("I would like to book a table on Friday at seven in the evening."),
        Line("My name is Sarah Miller."),
        Line("Four.", SPEECH / "four.wav", answer=("4", "friday", "7", "booked")),
        Line("Where can I park my car?"),
        Line("Wait, do you have vegetarian food?", interrupts=QUEUED, answer=("vegetarian",)),
        Line("Goodbye!", SPEECH / "goodbye.wav", answer=("thank", "you", "goodbye")),
    ]


def expected(today: dt.date) -> list[Expected]:
    friday = today + dt.timedelta((4 - today.weekday()) % 7 or 7)
    booking = {"name": "sarah miller", "day": friday.isoformat(), "time": "19:00", "people": 4}
    return [Expected("opening_hours", {"day": "tuesday"}), Expected("book_table", booking), Expected("say_goodbye", {})]
