"""What the instructions say of the world."""

import datetime as dt

from telephony_agent.offline.model.facts import facts, today

INSTRUCTIONS = """
You answer the phone of The Copper Pot, a small restaurant.
Ask for what is missing, one thing at a time. Never shout.
When the caller says goodbye, hang up.

The restaurant is at 12 Harbour Street, next to the old lighthouse.
- You can pay in cash or with any card.

It is Tuesday, 5 May 2026, 14:03 (CET) where you are.
"""


def test_only_what_is_for_the_caller_is_a_fact() -> None:
    assert facts(INSTRUCTIONS) == [
        "The restaurant is at 12 Harbour Street, next to the old lighthouse.",
        "You can pay in cash or with any card.",
    ]


def test_what_was_said_to_the_caller_is_no_fact() -> None:
    said = "The caller heard “We are open.”, and nothing of “We close at ten. Any card will do. Shall I book?”."
    assert facts(f"{INSTRUCTIONS}\n\n{said}") == facts(INSTRUCTIONS)


def test_the_date_is_the_one_of_the_line() -> None:
    assert today(INSTRUCTIONS) == dt.date(2026, 5, 5)
    assert today("Be kind.") is None
    assert today("It is 31 February 2026.") is None
