"""Which function is meant."""

import datetime as dt

from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.ranking import known, meant, ranked

TODAY = dt.date(2026, 5, 6)
CHOICE = {"properties": {"work": {"enum": ["oil change", "repair"]}, "day": {"type": "string"}}}


def likenesses(meaning: Meaning, said: str, *functions: Function) -> dict[str, float]:
    declared = known(functions, meaning)
    return {each.name: likeness for likeness, each in ranked(declared, meant(said, meaning), TODAY)}


def test_the_likeliest_is_first(meaning: Meaning) -> None:
    found = likenesses(
        meaning,
        "I won't be coming after all.",
        Function("book_table", "Book a table.", {}),
        Function("cancel_table", "Cancel a booking.", {}),
    )
    assert next(iter(found)) == "cancel_table"


def test_arguments_are_evidence(meaning: Meaning) -> None:
    bare, full = Function("service", "Mend a car.", {}), Function("service", "Mend a car.", CHOICE)
    said = "An oil change on Friday."
    assert likenesses(meaning, said, full)["service"] > likenesses(meaning, said, bare)["service"] + 0.15


def test_chatter_is_like_no_function(meaning: Meaning) -> None:
    book = Function("book_table", "Book a table at the restaurant.", {})
    assert likenesses(meaning, "Tell me a joke.", book)["book_table"] < 0.1


def test_without_functions_none_is_meant(meaning: Meaning) -> None:
    assert likenesses(meaning, "Hello?") == {}
