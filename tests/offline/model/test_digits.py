"""What a voice is given to say for a number."""

import pytest

from telephony_agent.offline.model.digits import spelt


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call 2065550142.", "Call 2 0 6 5 5 5 0 1 4 2."),
        ("Call +49 30 901820 now.", "Call plus 4 9 3 0 9 0 1 8 2 0 now."),
        ("Your reference is 482913.", "Your reference is 4 8 2 9 1 3."),
        ("Your PIN is 0042", "Your PIN is 0 0 4 2"),
        ("We are open 09:00-18:00.", "We are open 09:00 to 18:00."),
        ("It starts 2026-05-07T15:30:00+02:00.", "It starts 2026-05-07 at 15:30."),
        ("12500 euros, room 310, in 2026.", "12500 euros, room 310, in 2026."),
        ("It is $125000, or 1,250,000.50 in all.", "It is $125000, or 1,250,000.50 in all."),
        ("0.5 of it, at 09:05, 206-555-0142", "0.5 of it, at 09:05, 206-555-0142"),
    ],
)
def test_what_is_no_amount_is_spelt(text: str, said: str) -> None:
    assert spelt(text) == said
