"""Amounts, digit strings, money."""

import pytest

from telephony_agent.offline.model.slots.numbers import digits, money, number
from telephony_agent.offline.model.slots.said import normal


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("My order is four seven two nine one.", "47291"),
        ("It's 206-555-0142.", "2065550142"),
        ("206, 555, 0142", "2065550142"),
        ("double five oh two", "5502"),
        ("four triple seven", "4777"),
        ("number forty seven twelve", "4712"),
        ("I don't know", None),
        ("double four oh seven", "4407"),
        ("triple nine", "999"),
        ("four seven nought nine", "4709"),
        ("five one two dash three", "5123"),
        ("A B 4 7 1", "471"),
    ],
)
def test_the_longest_run_of_digits(spoken: str, expected: str | None) -> None:
    found = digits(normal(spoken))
    assert (found.value if found else None) == expected


@pytest.mark.parametrize(
    ("spoken", "of", "expected"),
    [
        ("for four", "", 4),
        ("a party of about six", "", 6),
        ("two rooms for five guests", "guests", 5),
        ("two rooms for five guests", "number of rooms", 2),
        ("two nice rooms", "number of rooms", 2),
        ("seven", "guests", None),
        ("on the 21st", "", None),
    ],
)
def test_the_number_that_counts(spoken: str, of: str, expected: float | None) -> None:
    found = number(normal(spoken), of)
    assert (found.value if found else None) == expected


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [("seven", 7), ("1,200 of them", 1200), ("2.5 kilos", 2.5), ("the 21st", None), ("just me", 1)],
)
def test_any_number_will_do_that_was_asked_for(spoken: str, expected: float | None) -> None:
    found = number(normal(spoken), asked=True)
    assert (found.value if found else None) == expected


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("Send $1,250.50 to Anna", 1250.5),
        ("fifty dollars", 50),
        ("twenty dollars and fifty cents", 20.5),
        ("3 euros", 3),
        ("£40", 40),
        ("€ 19.99", 19.99),
        ("40 USD", 40),
        ("$1.2 million", 1_200_000),
        ("fifty cents", 0.5),
        ("five dollars twenty", 5.2),
        ("five dollars 20 people", 5),
        ("a dollar", 1),
        ("ten quid", 10),
        ("a hundred and twenty pounds", 120),
        ("half a million dollars", 500_000),
        ("2.5 million dollars", 2_500_000),
        ("five people", None),
    ],
)
def test_money_has_a_currency(spoken: str, expected: float | None) -> None:
    found = money(normal(spoken))
    assert (found.value if found else None) == expected


@pytest.mark.parametrize(
    ("spoken", "expected"), [("five fifty", 5.5), ("a hundred", 100), ("2,000", 2000), ("ten euros", 10), ("no", None)]
)
def test_money_that_was_asked_for_needs_none(spoken: str, expected: float | None) -> None:
    found = money(normal(spoken), asked=True)
    assert (found.value if found else None) == expected
