"""Two requests in one breath."""

import pytest

from telephony_agent.offline.model.wishes import wishes


@pytest.mark.parametrize(
    ("said", "wished"),
    [
        ("Book a table and tell me where I can park.", ["Book a table", "tell me where I can park."]),
        ("When do you open? And can I bring my dog?", ["When do you open", "can I bring my dog?"]),
        ("A table for my wife and me.", ["A table for my wife and me."]),
        ("Yes. Book it, please.", ["Book it, please."]),
    ],
)
def test_what_may_be_a_request_by_itself(said: str, wished: list[str]) -> None:
    assert wishes(said) == wished
