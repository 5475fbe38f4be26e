"""Docstrings taken apart."""

from inspect import cleandoc

import pytest

from telephony_agent.toolbox.docstring import take_apart

GOOGLE = """Book a table.

    Only for guests who agreed.

    Args:
        day: The day of the visit,
            not before today.
        people (int): How many: from 1 to 12.
        name:
            The guest's.

    Returns:
        A sentence.
    """

SPHINX = """Book a table.

    Only for guests who agreed.

    :param day: The day of the visit,
        not before today.
    :type day: date
    :param int people: How many: from 1 to 12.
    :param name: The guest's.
    :returns: A sentence.
    """

TOLD = {"day": "The day of the visit, not before today.", "people": "How many: from 1 to 12.", "name": "The guest's."}


@pytest.mark.parametrize("docstring", [GOOGLE, SPHINX], ids=["google", "sphinx"])
def test_the_parameters_part_is_taken_out(docstring: str) -> None:
    description, told = take_apart(cleandoc(docstring))
    assert told == TOLD
    assert description.startswith("Book a table.\n\nOnly for guests who agreed.\n\n")
    assert description.endswith("A sentence.")
    assert "day" not in description


def test_a_docstring_without_parameters_stays_whole() -> None:
    assert take_apart("Tell the hours.\n\n- weekdays: 9 to 5\n- sundays: closed\n") == (
        "Tell the hours.\n\n- weekdays: 9 to 5\n- sundays: closed",
        {},
    )


def test_only_parameters_are_no_description() -> None:
    assert take_apart("Args:\n    day: The day.") == ("", {"day": "The day."})


def test_an_empty_docstring_is_empty() -> None:
    assert take_apart("") == ("", {})
