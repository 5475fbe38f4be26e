"""The demo's agent: a restaurant that tells its opening hours and takes bookings, kept in `DATA_DIR`/restaurant.db."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from telephony_agent import Agent, CallContext, tool

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVENING = (dt.time(17), dt.time(22))
LONG_DAY = (dt.time(12), dt.time(23))
SUNDAY = (dt.time(12), dt.time(21))
HOURS = (None, EVENING, EVENING, EVENING, LONG_DAY, LONG_DAY, SUNDAY)  # by weekday; Mondays are free
DISHES = (None, "onion soup", "fish pie", "lamb stew", "mussels", "roast duck", "mushroom risotto")  # by weekday
LAST_SEATING = dt.timedelta(hours=1)  # before closing; the kitchen closes then
SITTING = dt.timedelta(hours=2)  # how long a table is taken
SEATS = 40
LARGEST_PARTY = 12  # the longest table
WHICH_DAY = "I did not get the day. Which weekday or date do you mean?"

TABLE = """
CREATE TABLE IF NOT EXISTS bookings (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    time TEXT NOT NULL,
    people INTEGER NOT NULL,
    phone TEXT NOT NULL,
    created TEXT NOT NULL
)
"""
SAME = "SELECT id FROM bookings WHERE (name, day, time, people, phone) = (?, ?, ?, ?, ?)"
INSERT = "INSERT INTO bookings (name, day, time, people, phone, created) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
FIRST_REFERENCE = 101  # three digits, easy to say and to note down


@dataclass(frozen=True, slots=True)
class Booking:
    name: str
    arrival: dt.datetime
    people: int
    phone: str


@tool
def opening_hours(
    day: Annotated[
        str, "The day the caller asks about: a weekday as Tuesday, today, tomorrow, or a date as 2026-05-31"
    ],
) -> str:
    """Tell the opening hours of the restaurant: when it opens and closes on a day."""
    return hours_on(day, dt.date.today())


@tool
def dish_of_the_day(
    day: Annotated[
        str, "The day the caller asks about: a weekday as Tuesday, today, tomorrow, or a date as 2026-05-31"
    ],
) -> str:
    """Tell the dish of the day: what the kitchen cooks as its special on a day."""
    return dish_on(day, dt.date.today())


@tool(timeout=10)
def book_table(
    name: Annotated[str, "The name that the booking is under"],
    day: Annotated[dt.date, "The day of the visit"],
    time: Annotated[dt.time, "When the guests arrive"],
    people: Annotated[int, "The number of people who come"],
    call: CallContext,
) -> str:
    """Book a table at the restaurant, a reservation for a number of people on a day at a time."""
    now = dt.datetime.now()
    arrival = dt.datetime.combine(day, time.replace(second=0, microsecond=0, tzinfo=None))
    wanted = Booking(name.strip(), arrival, people, call.caller)
    return why_not(wanted, now) or book(database(), wanted, now)


@tool
def say_goodbye(call: CallContext) -> str:
    """Say goodbye and hang up: end the phone call, when the caller says goodbye or needs nothing more."""
    call.hang_up()
    return "Thank you for calling The Copper Pot. Goodbye!"


agent = Agent(
    name="The Copper Pot",
    instructions="""
You answer the phone of The Copper Pot, a small restaurant.
You are warm and brief: you say a short sentence or two, then you listen.
Look up opening hours with the tool, never from memory.
Before you book a table, repeat the name, the day, the time and the number of people, and wait until the caller agrees.
Ask for what is missing, one thing at a time.
When a tool says that something can't be done, say so and offer what is possible.
When the caller says goodbye, hang up.
If you don't know something, say that you don't know.

The restaurant is at 12 Harbour Street, next to the old lighthouse.
You can park for free behind the restaurant, the entrance is on Mill Lane.
We have vegetarian and vegan dishes on the menu every day.
Dogs are welcome on the terrace, and the dining room has no steps.
You can pay in cash or with any card.
""".strip(),
    greeting="Thank the caller for calling The Copper Pot and ask in one short sentence how you can help.",
    tools=[opening_hours, dish_of_the_day, book_table, say_goodbye],
)


def hours_on(asked: str, today: dt.date) -> str:
    """The opening hours of a day as the caller named it, in a sentence."""
    if (found := day_named(asked, today)) is None:
        return WHICH_DAY
    weekday, spoken = found
    hours = HOURS[weekday]
    if hours is None:
        return f"{spoken} we are closed."
    return f"{spoken} we are open from {spoken_time(hours[0])} to {spoken_time(hours[1])}."


def dish_on(asked: str, today: dt.date) -> str:
    """The dish of a day as the caller named it, in a sentence."""
    if (found := day_named(asked, today)) is None:
        return WHICH_DAY
    weekday, spoken = found
    dish = DISHES[weekday]
    return f"{spoken} the kitchen is closed." if dish is None else f"{spoken} the dish of the day is {dish}."


def day_named(asked: str, today: dt.date) -> tuple[int, str] | None:
    """The weekday that was meant, and how a sentence about it begins; None: no day."""
    text = asked.strip().lower()
    relative = {"today": today, "tonight": today, "tomorrow": today + dt.timedelta(days=1)}
    if text in relative:
        return relative[text].weekday(), text.capitalize()
    named = [index for index, name in enumerate(WEEKDAYS) if name.lower() in text]
    if named:
        return named[0], f"On {WEEKDAYS[named[0]]}"
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date.weekday(), f"On {spoken_day(date)}"


def why_not(wanted: Booking, now: dt.datetime) -> str | None:
    """Why this can't be booked, in a sentence for the caller; None: nothing speaks against it."""
    day, hours = wanted.arrival.date(), HOURS[wanted.arrival.weekday()]
    if not wanted.name:
        return "What name should I put the booking under?"
    if wanted.people < 1:
        return "For how many people should the table be?"
    if wanted.people > LARGEST_PARTY:
        return f"Our largest table is for {LARGEST_PARTY} people, so I can't book one for {wanted.people}."
    if wanted.arrival < now:
        return "That is in the past. Which day and time would you like?"
    if hours is None:
        return f"We are closed on {WEEKDAYS[day.weekday()]}s. Which other day would you like?"
    opens, last = dt.datetime.combine(day, hours[0]), dt.datetime.combine(day, hours[1]) - LAST_SEATING
    if not opens <= wanted.arrival <= last:
        return f"On {spoken_day(day)} you can arrive from {spoken_time(opens.time())} to {spoken_time(last.time())}."
    return None


def book(file: Path, wanted: Booking, now: dt.datetime) -> str:
    """Put a booking into the database, once however often it is asked for, and confirm it in a sentence."""
    day, time = wanted.arrival.date(), wanted.arrival.time()
    row = (wanted.name, day.isoformat(), time.isoformat("minutes"), wanted.people, wanted.phone)
    when = f"{spoken_day(day)} at {spoken_time(time)}"
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as db:
        db.execute(TABLE)
        db.execute("BEGIN IMMEDIATE")  # so that two callers can't be given the same last seats
        found = db.execute(SAME, row).fetchone()
        if found is None and seats_taken(db, wanted.arrival) + wanted.people > SEATS:
            db.execute("ROLLBACK")
            return f"We are full on {when}. Which other time suits you?"
        if found is None:
            found = db.execute(INSERT, (*row, now.isoformat(timespec="seconds"))).fetchone()
        db.execute("COMMIT")
    reference = " ".join(str(found[0] + FIRST_REFERENCE - 1))
    return f"A table for {wanted.people} under {wanted.name} is booked for {when}. The reference is {reference}."


def seats_taken(db: sqlite3.Connection, arrival: dt.datetime) -> int:
    """Seats of those who are at table at the same time."""
    rows = db.execute("SELECT time, people FROM bookings WHERE day = ?", (arrival.date().isoformat(),))
    others = [(dt.datetime.combine(arrival.date(), dt.time.fromisoformat(time)), people) for time, people in rows]
    return sum(people for other, people in others if abs(other - arrival) < SITTING)


def database() -> Path:
    return Path(os.environ.get("DATA_DIR", "data")) / "restaurant.db"


def spoken_day(day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, {day:%B} {day.day}"


def spoken_time(time: dt.time) -> str:
    if time == dt.time(12):
        return "noon"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes} {'AM' if time.hour < 12 else 'PM'}"
