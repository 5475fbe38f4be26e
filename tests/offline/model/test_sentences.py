"""What was said, without what says nothing."""

import pytest

from telephony_agent.offline.model.sentences import core, parts


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Hi, um, I'd like a table, please.", "I'd like a table"),
        ("My name is Laura Bennett and I want to cancel.", "I want to cancel"),
        ("Where is 4 8 1 5 1?", "Where is ?"),
        ("Hello.", "Hello."),
    ],
)
def test_what_is_left(said: str, left: str) -> None:
    assert core(said) == left


def test_parts_say_something_each() -> None:
    assert parts("I fell. My tooth is out, can you help me?") == [
        "My tooth is out",
        "can you help me?",
        "I fell, My tooth is out",
        "My tooth is out, can you help me?",
    ]
