"""Times of day."""

import pytest

from telephony_agent.offline.model.slots.clock import time
from telephony_agent.offline.model.slots.said import normal


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("at noon", "12:00"),
        ("midnight", "00:00"),
        ("seven thirty", "19:30"),
        ("At 7.30pm", "19:30"),
        ("730 p.m.", "19:30"),
        ("at nineteen thirty", "19:30"),
        ("at 1930", "19:30"),
        ("19:30", "19:30"),
        ("seven pm", "19:00"),
        ("7 in the morning", "07:00"),
        ("seven", None),
        ("at 7 in the morning", "07:00"),
        ("6.05 in the morning", "06:05"),
        ("half past seven", "19:30"),
        ("a quarter to nine", "08:45"),
        ("a quarter to nine in the evening", "20:45"),
        ("ten to eight", "07:50"),
        ("twenty past six", "18:20"),
        ("eight o'clock", "08:00"),
        ("good evening, at eight", "08:00"),
        ("12 pm", "12:00"),
        ("12 am", "00:00"),
        ("half seven", "19:30"),
        ("eight oh five", "08:05"),
        ("around sixish", "18:00"),
        ("noonish", "12:00"),
        ("eighteen hundred hours", "18:00"),
        ("three in the afternoon", "15:00"),
        ("nine at night", "21:00"),
        ("five to twelve", "11:55"),
        ("seven thirty pm", "19:30"),
        ("a dozen and a half", None),
        ("by three", "15:00"),
        ("at four people", None),
        ("for four people", None),
        ("at 25", None),
    ],
)
def test_a_time(spoken: str, expected: str | None) -> None:
    found = time(normal(spoken))
    assert (found.value.isoformat("minutes") if found else None) == expected


def test_a_bare_number_is_a_time_if_it_was_asked_for() -> None:
    assert time("7") is None
    found = time("7", asked=True)
    assert found
    assert found.value.hour == 19
    assert time("for 4 people", asked=True) is None


def test_at_eight_is_in_the_evening_where_people_come_in_the_evening() -> None:
    found = time("at 8", evening=True)
    assert found
    assert found.value.hour == 20
