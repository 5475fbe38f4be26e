"""The call of `make demo`: a restaurant is asked, a table booked, the agent interrupted; and whether that came true."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

from . import checks
from .checks import Check
from .script import Expected, Line, Script

SPEECH = Path(__file__).parent / "speech"
QUEUED = 1.5  # seconds of the agent that must still be to come when the caller interrupts
DATABASE = "restaurant.db"
BOOKING = "SELECT name, day, time, people FROM bookings ORDER BY id DESC LIMIT 1"

LINES = (
    Line("What are your opening hours?"),
    Line("Tuesday.", SPEECH / "tuesday.wav", answer=("tuesday", "5", "10")),
    Line("When are you open on Sunday, and what is the dish of the day?", answer=("noon", "9", "dish")),
    Line("I would like to book a table on Friday at seven in the evening."),
    Line("My name is Sarah Miller."),
    Line("Four.", SPEECH / "four.wav", answer=("4", "friday", "7")),
    Line("Yes, please.", only_if="shall i", answer=("booked",)),
    Line("Where can I park my car?"),
    Line("Wait, do you have vegetarian food?", interrupts=QUEUED, answer=("vegetarian",)),
    Line("Goodbye!", SPEECH / "goodbye.wav", answer=("thank", "you", "goodbye")),
)


def forget(out: Path) -> None:
    """No booking of an earlier run is in this folder."""
    (out / DATABASE).unlink(missing_ok=True)


def script(today: dt.date) -> Script:
    """A question over two turns, a booking over several and read back, an interruption, a goodbye."""
    friday = today + dt.timedelta((4 - today.weekday()) % 7 or 7)
    booking = {"name": "sarah miller", "day": friday.isoformat(), "time": "19:00", "people": 4}
    tools = (
        Expected("opening_hours", {"day": "tuesday"}),
        Expected("opening_hours", {"day": "sunday"}),
        Expected("dish_of_the_day", {"day": "sunday"}),
        Expected("book_table", booking),
        Expected("say_goodbye", {}),
    )
    return Script(LINES, tools, every_word=True)


def bookings(wanted: Script, out: Path) -> list[Check]:
    """Whether the table that the script wants is in the database of the tools."""
    arguments = next(each.arguments for each in wanted.tools if each.function == "book_table")
    return [checks.booked(_row(out / DATABASE), tuple(arguments.values()))]


def _row(database: Path) -> tuple[object, ...] | None:
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as db:
        row: tuple[object, ...] | None = db.execute(BOOKING).fetchone()
        return row
