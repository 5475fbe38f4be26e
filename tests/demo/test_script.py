"""The demo's script: its recordings are there, and what it expects can be booked."""

from __future__ import annotations

import datetime as dt

import pytest

from telephony_agent.demo.script import QUEUED, expected, lines
from telephony_agent.offline.phone.speech import read_line
from tools.restaurant import Booking, why_not


def test_some_lines_are_human_and_each_recording_can_be_said() -> None:
    recorded = [line.recording for line in lines() if line.recording is not None]
    assert len(recorded) >= 3
    assert all(len(read_line(recording)) > 4000 for recording in recorded)


def test_one_line_interrupts_enough_of_the_agent() -> None:
    assert [line.interrupts for line in lines() if line.interrupts is not None] == [QUEUED]


@pytest.mark.parametrize("today", [dt.date(2026, 1, 1) + dt.timedelta(days) for days in range(7)])
def test_the_table_can_be_booked_whatever_day_it_is(today: dt.date) -> None:
    booking = next(each.arguments for each in expected(today) if each.function == "book_table")
    arrival = dt.datetime.fromisoformat(f"{booking['day']}T{booking['time']}")
    wanted = Booking(booking["name"], arrival, booking["people"], "+12025550143")
    assert why_not(wanted, dt.datetime.combine(today, dt.time(23, 59))) is None
    assert today < arrival.date() <= today + dt.timedelta(7)
