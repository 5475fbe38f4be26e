"""One spelling for whatever the recogniser writes."""

import pytest

from telephony_agent.offline.model.slots.said import normal


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("Seven-thirty p.m. on the twenty-first.", "7 30 pm on the 21st ."),
        ("At 7.30pm", "at 7.30 pm"),
        ("twenty five", "25"),
        ("a hundred and five guests", "105 guests"),
        ("two thousand and six", "2006"),
        ("nineteen hundred", "1900"),
        ("half a dozen eggs", "6 eggs"),
        ("a couple of nights", "2 of nights"),
        ("four seven oh two", "4 7 oh 2"),
        ("Tuesday's fine", "tuesday fine"),
        ("seven o'clock", "7 oclock"),
        ("half past seven", "half past 7"),
        ("the second of May", "the 2nd of may"),
        ("one moment, just a second", "one moment , just a second"),
        ("this one, please", "this one , please"),
        ("the thirty first", "the 31st"),
        ("on 2026-05-31", "on 2026-05-31"),
        ("one hundred thousand dollars", "100000 dollars"),
        ("the first one", "the 1st one"),
        ("three point five", "3.5"),
        ("point two five", "0.25"),
        ("twelve and a half percent", "12.5 percent"),
        ("one and a half thousand", "1500"),
        ("2.5 million dollars", "2500000 dollars"),
        ("half a million", "500000"),
        ("Café", "caf"),
        ("", ""),
    ],
)
def test_numbers_are_digits_and_marks_are_words(spoken: str, expected: str) -> None:
    assert normal(spoken) == expected
