"""The demo's restaurant: hours, bookings, and what callers get who want the impossible."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telephony_agent import CallContext
from telephony_agent.toolbox.run import Pool, Toolbox, load_agent
from tools.restaurant import SEATS, Booking, agent, book, database, dish_on, hours_on, why_not

NOW = dt.datetime(2026, 8, 5, 12, 30)  # a Wednesday
FRIDAY = dt.datetime(2026, 8, 7, 19, 30)
WANTED = Booking("Ann Lee", FRIDAY, 4, "+15550100")


def rows(file: Path) -> list[Any]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT name, day, time, people, phone, created FROM bookings").fetchall()


def test_it_is_the_agent_that_serve_starts_with() -> None:
    assert load_agent("tools.restaurant:agent") is agent
    assert [tool.name for tool in agent.declared] == [
        "opening_hours",
        "dish_of_the_day",
        "book_table",
        "say_goodbye",
    ]


def test_the_dish_of_a_day_is_told_where_there_is_one() -> None:
    assert dish_on("on sundays", NOW.date()) == "On Sunday the dish of the day is mushroom risotto."
    assert dish_on("today", NOW.date()) == "Today the dish of the day is fish pie."
    assert dish_on("Monday", NOW.date()) == "On Monday the kitchen is closed."
    assert dish_on("some day", NOW.date()).endswith("?")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("Tuesday", "On Tuesday we are open from 5 PM to 10 PM."),
        ("on tuesdays", "On Tuesday we are open from 5 PM to 10 PM."),
        ("MONDAY", "On Monday we are closed."),
        ("today", "Today we are open from 5 PM to 10 PM."),
        ("Tonight", "Tonight we are open from 5 PM to 10 PM."),
        ("tomorrow", "Tomorrow we are open from 5 PM to 10 PM."),
        ("2026-08-08", "On Saturday, August 8 we are open from noon to 11 PM."),
        ("2026-08-10", "On Monday, August 10 we are closed."),
        ("", "I did not get the day. Which weekday or date do you mean?"),
        ("2026-02-31", "I did not get the day. Which weekday or date do you mean?"),
    ],
)
def test_opening_hours_are_a_sentence(day: str, sentence: str) -> None:
    assert hours_on(day, NOW.date()) == sentence


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (replace(WANTED, name=""), "What name"),
        (replace(WANTED, people=0), "For how many"),
        (replace(WANTED, people=-3), "For how many"),
        (replace(WANTED, people=13), "Our largest table is for 12 people"),
        (replace(WANTED, arrival=NOW - dt.timedelta(days=1)), "in the past"),
        (replace(WANTED, arrival=NOW - dt.timedelta(minutes=1)), "in the past"),
        (replace(WANTED, arrival=dt.datetime(2026, 8, 10, 19)), "We are closed on Mondays."),
        (replace(WANTED, arrival=dt.datetime(2026, 8, 6, 16, 59)), "you can arrive from 5 PM to 9 PM"),
        (replace(WANTED, arrival=dt.datetime(2026, 8, 6, 21, 1)), "On Thursday, August 6 you can arrive"),
        (replace(WANTED, arrival=dt.datetime(2026, 8, 7, 11)), "from noon to 10 PM"),
    ],
)
def test_what_cant_be_booked_is_said_why(wanted: Booking, reason: str) -> None:
    assert reason in str(why_not(wanted, NOW))


@pytest.mark.parametrize("hour", [12, 19, 22])
def test_what_can_be_booked_has_nothing_against_it(hour: int) -> None:
    assert why_not(replace(WANTED, arrival=FRIDAY.replace(hour=hour, minute=0)), NOW) is None


def test_a_booking_is_a_row_and_a_sentence_with_a_reference(tmp_path: Path) -> None:
    file = tmp_path / "new" / "restaurant.db"
    sentence = book(file, WANTED, NOW)
    assert sentence == (
        "A table for 4 under Ann Lee is booked for Friday, August 7 at 7:30 PM. The reference is 1 0 1."
    )
    assert rows(file) == [("Ann Lee", "2026-08-07", "19:30", 4, "+15550100", "2026-08-05T12:30:00")]


def test_a_booking_asked_for_twice_is_one_booking(tmp_path: Path) -> None:
    file = tmp_path / "restaurant.db"
    assert book(file, WANTED, NOW) == book(file, WANTED, NOW + dt.timedelta(seconds=3))
    assert len(rows(file)) == 1


def test_the_house_is_full_for_those_who_would_sit_there_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "restaurant.db"
    for number in range(SEATS // 4):
        assert "is booked" in book(file, replace(WANTED, name=f"Guest {number}"), NOW)
    assert book(file, replace(WANTED, name="Late"), NOW) == (
        "We are full on Friday, August 7 at 7:30 PM. Which other time suits you?"
    )
    assert "full" in book(file, replace(WANTED, name="Late", arrival=FRIDAY + dt.timedelta(minutes=119)), NOW)
    assert "is booked" in book(file, replace(WANTED, name="Late", arrival=FRIDAY + dt.timedelta(hours=2)), NOW)
    assert "is booked" in book(file, replace(WANTED, name="Late", arrival=FRIDAY + dt.timedelta(days=1)), NOW)
    assert "The reference is 1 0 1." in book(file, replace(WANTED, name="Guest 0"), NOW)


@pytest.mark.anyio
async def test_the_model_books_and_hangs_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    call = CallContext("+15550100", "+15550199", "CA1")
    toolbox = Toolbox(agent.declared, Pool(2), agent.tool_timeout)
    friday = dt.date.today() + dt.timedelta(days=7 + (4 - dt.date.today().weekday()) % 7)
    told = {"name": " Ann Lee ", "day": friday.isoformat(), "time": "19:30", "people": 4.0}

    answer = await toolbox.run("book_table", told, call)
    assert answer["result"].startswith("A table for 4 under Ann Lee is booked for Friday, ")
    assert [row[:5] for row in rows(database())] == [("Ann Lee", friday.isoformat(), "19:30", 4, "+15550100")]
    assert database().parent == tmp_path

    refusal = await toolbox.run("book_table", told | {"people": 0}, call)
    assert refusal == {"result": "For how many people should the table be?"}
    assert await toolbox.run("opening_hours", {"day": "Monday"}, call) == {"result": "On Monday we are closed."}

    assert not call.wants_to_hang_up
    farewell = await toolbox.run("say_goodbye", {}, call)
    assert farewell == {"result": "Thank you for calling The Copper Pot. Goodbye!"}
    assert call.wants_to_hang_up
