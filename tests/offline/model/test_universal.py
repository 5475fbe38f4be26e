"""What is a goodbye, a wish to hear it again or to talk to a person, and what only sounds like one."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.slots.said import normal
from telephony_agent.offline.model.universal import GOODBYE, HUMAN, REPEAT


@pytest.mark.parametrize(
    "line", ["Repeat that, please.", "Could you please repeat?", "Sorry, say that again?", "I didn't catch that."]
)
def test_it_is_to_be_said_again(line: str) -> None:
    assert REPEAT.search(normal(line))


@pytest.mark.parametrize(
    "line", ["It's about my dad's repeat.", "Can you repeat my prescription?", "I ask everybody to say it again."]
)
def test_to_repeat_may_be_something_else(line: str) -> None:
    assert not REPEAT.search(normal(line))


@pytest.mark.parametrize(
    "line",
    ["Bye!", "Okay, goodbye then.", "Thanks, bye, and a nice day.", "No, that's all for today.", "No, nothing else."],
)
def test_it_is_a_goodbye(line: str) -> None:
    assert GOODBYE.search(normal(line))


@pytest.mark.parametrize(
    "line",
    [
        "I'd like it brought home, if that's all right with you.",
        "Is that all right?",
        "I can't pay that all in one go.",
        "This is goodbye from your gym from June on.",
        "Two pounds of carrots and a chicken for Friday, that's all.",
        "It's all froth and nothing else.",
    ],
)
def test_it_is_no_goodbye(line: str) -> None:
    assert not GOODBYE.search(normal(line))


@pytest.mark.parametrize("line", ["I want a word with the manager.", "Can I talk to someone, please?"])
def test_a_person_is_wanted(line: str) -> None:
    assert HUMAN.search(normal(line))


def test_a_person_in_the_next_clause_is_not_asked_for() -> None:
    assert not HUMAN.search(normal("I don't speak German, will someone translate?"))
