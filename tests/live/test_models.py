"""What each model accepts."""

from __future__ import annotations

import pytest

from telephony_agent.live.messages import Tell, Type
from telephony_agent.live.models import CAUTIOUS, Profile, declared, profile


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gemini-2.5-flash-native-audio-preview-12-2025", Profile("BLOCKING", Tell)),
        ("gemini-2.5-flash-native-audio-latest", Profile("BLOCKING", Tell)),
        ("gemini-live-2.5-flash-native-audio", Profile(None, Tell)),
        ("gemini-3.1-flash-live-preview", Profile(None, Type)),
        ("gemini-3.8-live", Profile("BLOCKING", Tell)),
        ("gemini-3.8-live-preview", Profile("BLOCKING", Tell)),
        ("gemini-3.8-live-extended-thinking", Profile("NON_BLOCKING", Tell)),
        ("gemini-9-live", CAUTIOUS),
        ("", CAUTIOUS),
    ],
)
@pytest.mark.parametrize("prefix", ["", "models/", "projects/p/locations/l/publishers/google/models/"])
def test_a_model_is_known_by_the_longest_beginning_of_its_name(model: str, expected: Profile, prefix: str) -> None:
    assert profile(prefix + model) == expected


def test_a_model_nobody_knows_gets_no_field_that_a_known_one_rejects() -> None:
    assert (CAUTIOUS.behavior, CAUTIOUS.tell) == (None, Tell)


def test_declarations_say_their_behaviour_where_the_model_has_the_field() -> None:
    declaration = {"name": "f", "description": "d"}
    assert declared([declaration], Profile("BLOCKING", Tell)) == [{**declaration, "behavior": "BLOCKING"}]
    assert declared([declaration], CAUTIOUS) == [declaration]
    assert declared([], Profile("BLOCKING", Tell)) == []
    assert declaration == {"name": "f", "description": "d"}
