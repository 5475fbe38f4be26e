"""What counts as a yes, and what does not."""

import pytest

from telephony_agent.offline.model.slots.consent import yes_or_no


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("Yes, please.", True),
        ("That's right.", True),
        ("Please do.", True),
        ("Please.", True),
        ("Oh, sure.", True),
        ("Sounds good.", True),
        ("Go ahead.", True),
        ("For Friday, yes.", True),
        ("No problem.", True),
        ("No.", False),
        ("That's wrong.", False),
        ("I'm not sure.", False),
        ("Perhaps.", None),
        ("What does it cost, please?", None),
        ("Are you sure?", None),
        ("Is that right?", None),
        ("One moment, please.", None),
        ("Okay, wait.", None),
        ("Okay, how much is it?", None),
        ("Yes, but at eight.", None),
        ("Do you have a car park", None),
        ("That is too late.", None),
        ("That is fine.", True),
        ("It is.", True),
        ("I am right in front of the door.", None),
    ],
)
def test_yes_and_no(transcript: str, expected: bool | None) -> None:
    assert yes_or_no(transcript) is expected
