"""The demo's own script: its recordings are there, and what it expects can be booked."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from telephony_agent.demo.restaurant import DATABASE, LINES, QUEUED, bookings, forget, script
from telephony_agent.offline.phone.speech import read_line
from tools.restaurant import Booking, book, why_not

TODAY = dt.date(2026, 1, 1)


def test_some_lines_are_human_and_each_recording_can_be_said() -> None:
    recorded = [line.recording for line in LINES if line.recording is not None]
    assert len(recorded) >= 3
    assert all(len(read_line(recording)) > 4000 for recording in recorded)


def test_one_line_interrupts_enough_of_the_agent() -> None:
    assert [line.interrupts for line in LINES if line.interrupts is not None] == [QUEUED]


@pytest.mark.parametrize("today", [TODAY + dt.timedelta(days) for days in range(7)])
def test_the_table_can_be_booked_whatever_day_it_is(today: dt.date) -> None:
    arguments = next(each.arguments for each in script(today).tools if each.function == "book_table")
    arrival = dt.datetime.fromisoformat(f"{arguments['day']}T{arguments['time']}")
    wanted = Booking(arguments["name"], arrival, arguments["people"], "+12025550143")
    assert why_not(wanted, dt.datetime.combine(today, dt.time(23, 59))) is None
    assert today < arrival.date() <= today + dt.timedelta(7)


def test_the_booking_must_be_in_the_database(tmp_path: Path) -> None:
    assert not bookings(script(TODAY), tmp_path)[0].right
    wanted = Booking("Sarah Miller", dt.datetime(2026, 1, 2, 19), 4, "+12025550143")
    book(tmp_path / DATABASE, wanted, dt.datetime(2026, 1, 1, 12))
    assert bookings(script(TODAY), tmp_path)[0].right
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db, db:
        db.execute("UPDATE bookings SET people = 5")
    assert not bookings(script(TODAY), tmp_path)[0].right
    forget(tmp_path)
    assert not bookings(script(TODAY), tmp_path)[0].right
    forget(tmp_path)
