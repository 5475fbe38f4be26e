"""Which of two was meant."""

import pytest

from telephony_agent.offline.model.choosing import Choice, chosen
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.ranking import known, meant


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The first.", ["book_table"]),
        ("The latter, please.", ["track_parcel"]),
        ("The booking of a table.", ["book_table"]),
        ("It's about my parcel.", ["track_parcel"]),
        ("I want to eat something.", ["book_table"]),
        ("Both.", ["book_table", "track_parcel"]),
        ("No, neither.", []),
        ("What a nice day.", None),
        ("Is it warm outside?", None),
    ],
)
def test_the_answer_settles_it(meaning: Meaning, answer: str, expected: list[str] | None) -> None:
    functions = (
        Function("book_table", "Book a table at the restaurant.", {}),
        Function("track_parcel", "Tell where a parcel is.", {}),
    )
    table, parcel = known(functions, meaning)
    found = chosen(Choice(table, parcel, ""), answer, meant(answer, meaning))
    assert (None if found is None else [each.name for each in found]) == expected
