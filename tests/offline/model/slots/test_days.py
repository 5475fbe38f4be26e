"""Days, told on Wednesday the 6th of May 2026."""

import datetime as dt

import pytest

from telephony_agent.offline.model.slots.days import day
from telephony_agent.offline.model.slots.said import normal

WEDNESDAY = dt.date(2026, 5, 6)


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("today", "2026-05-06"),
        ("a table tonight", "2026-05-06"),
        ("tomorrow at noon", "2026-05-07"),
        ("the day after tomorrow", "2026-05-08"),
        ("on Friday", "2026-05-08"),
        ("on Tuesday", "2026-05-12"),
        ("Wednesday", "2026-05-13"),
        ("next Friday", "2026-05-15"),
        ("next Monday", "2026-05-11"),
        ("Friday week", "2026-05-15"),
        ("not on Friday but on Saturday", "2026-05-09"),
        ("in three days", "2026-05-09"),
        ("in a week", "2026-05-13"),
        ("in a fortnight", "2026-05-20"),
        ("in two months", "2026-07-06"),
        ("a week from Monday", "2026-05-18"),
        ("two weeks from now", "2026-05-20"),
        ("a week after the 31st", "2026-06-07"),
        ("in three weeks from somewhere", "2026-05-27"),
        ("last Monday", "2026-05-04"),
        ("last Wednesday", "2026-04-29"),
        ("the first of the month", "2026-06-01"),
        ("the 20th of next month", "2026-06-20"),
        ("on the fifteenth of June", "2026-06-15"),
        ("June 15th", "2026-06-15"),
        ("June fifteen", "2026-06-15"),
        ("the second of May", "2027-05-02"),
        ("December 24, 2026", "2026-12-24"),
        ("6/15", "2026-06-15"),
        ("on the 20th", "2026-05-20"),
        ("on the 3rd", "2026-06-03"),
        ("on the thirty first", "2026-05-31"),
        ("on 2026-05-31", "2026-05-31"),
        ("the twenty-ninth of February", "2028-02-29"),
        ("the thirtieth of February", None),
        ("2026-13-31", None),
        ("May I book for four people?", None),
        ("whenever", None),
    ],
)
def test_a_day(spoken: str, expected: str | None) -> None:
    found = day(normal(spoken), WEDNESDAY)
    assert (found.value.date.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("spoken", "word"), [("on Tuesdays", "Tuesday"), ("tomorrow", "tomorrow"), ("tonight", "today")]
)
def test_the_callers_own_word_is_kept(spoken: str, word: str) -> None:
    found = day(normal(spoken), WEDNESDAY)
    assert found
    assert found.value.word == word


def test_the_rest_is_what_was_said_besides() -> None:
    found = day(normal("four people on the 7th of June at seven"), WEDNESDAY)
    assert found
    assert found.rest.split() == ["4", "people", "on", "·", "at", "7"]


def test_the_rest_is_without_the_weeks_that_were_counted() -> None:
    found = day(normal("two weeks from Monday at seven"), WEDNESDAY)
    assert found
    assert found.rest.split() == ["·", "at", "7"]


def test_a_month_after_the_last_of_one_is_the_last_of_the_next() -> None:
    found = day("in a month", dt.date(2027, 1, 31))
    assert found
    assert found.value.date == dt.date(2027, 2, 28)
