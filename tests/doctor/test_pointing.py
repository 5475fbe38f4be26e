"""Numbers that should come here, and what is wrong with where they point."""

from __future__ import annotations

import msgspec
import pytest

from telephony_agent.doctor.pointing import should_come, troubles
from telephony_agent.numbers.pointing import Number, Pointing, attached

OURS = "https://agent.example.com/line"
RIGHT = attached(Pointing(), OURS, None)


def number(**changed: str) -> Number:
    return Number("PN1", "+12025550188", "Reception", True, msgspec.structs.replace(RIGHT, **changed))


def test_an_attached_number_is_fine() -> None:
    assert not list(troubles(number(), OURS))
    assert should_come(number(), OURS)
    assert not should_come(number(voice_url="https://elsewhere.example.com/voice"), OURS)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"voice_url": "http://agent.example.com/line/twilio/voice"}, "begins with http://"),
        ({"voice_url": "https://agent.example.com/line/voice"}, "the path /line/voice, not …/twilio/voice"),
        ({"voice_url": "https://agent.example.com:8443/line/twilio/voice"}, "another port"),
        (
            {"voice_url": "https://agent.example.com/line/twilio/voice?a=1"},
            "which nothing here needs: ?a=1",
        ),
        ({"voice_url": "https://old.trycloudflare.com/twilio/voice"}, "points at old.trycloudflare.com"),
        ({"voice_method": "GET"}, "asks with GET"),
        ({"voice_application_sid": "AP1"}, "obeys AP1"),
        ({"trunk_sid": "TK1"}, "obeys TK1"),
        ({"voice_fallback_url": f"{OURS}/twilio/voice"}, "is this service, which is down when it is needed"),
        ({"status_callback": ""}, "nobody tells us that a call to +12025550188 is over"),
    ],
)
def test_what_is_wrong_is_told_and_attaching_mends_it(changed: dict[str, str], told: str) -> None:
    (found,) = troubles(number(**changed), OURS)
    assert told in found.what
    assert "numbers attach +12025550188" in found.mend


def test_what_was_attached_through_a_tunnel_that_is_gone_needs_another_one() -> None:
    found = list(troubles(number(), "http://127.0.0.1:8080", is_local=True))
    assert "points at agent.example.com" in found[0].what
    assert all("serve --tunnel --attach +12025550188" in each.mend for each in found)
