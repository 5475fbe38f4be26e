"""Which function is meant."""

from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.ranking import known, meant, ranked


def likenesses(meaning: Meaning, said: str, *functions: Function) -> dict[str, float]:
    return {each.name: likeness for likeness, each in ranked(known(functions, meaning), meant(said, meaning))}


def test_the_likeliest_is_first(meaning: Meaning) -> None:
    found = likenesses(
        meaning,
        "I won't be coming after all.",
        Function("book_table", "Book a table.", {}),
        Function("cancel_table", "Cancel a booking.", {}),
    )
    assert next(iter(found)) == "cancel_table"


def test_chatter_is_like_no_function(meaning: Meaning) -> None:
    book = Function("book_table", "Book a table at the restaurant.", {})
    assert likenesses(meaning, "Tell me a joke.", book)["book_table"] < 0.1


def test_without_functions_none_is_meant(meaning: Meaning) -> None:
    assert likenesses(meaning, "Hello?") == {}
