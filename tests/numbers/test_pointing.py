"""Where calls go, and where they should."""

from __future__ import annotations

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.numbers.pointing import OVERRIDES, Pointing, attached, changes, comes_to, told
from telephony_agent.offline.phone import overrides

OURS = "https://agent.example.com/line"
THEIRS = Pointing(
    voice_url="https://demo.example.org/voice?a=1",
    voice_method="GET",
    voice_fallback_url="https://demo.example.org/sorry",
    voice_fallback_method="GET",
    status_callback="https://demo.example.org/status",
)


def test_calls_come_to_us_and_we_are_told_of_their_end() -> None:
    after = attached(THEIRS, OURS, None)
    assert after.voice_url == f"{OURS}/twilio/voice#{OVERRIDES}"
    assert after.status_callback == f"{OURS}/twilio/status#{OVERRIDES}"
    assert after.voice_method == after.status_callback_method == "POST"
    assert comes_to(after, OURS)
    assert not comes_to(THEIRS, OURS)


def test_twilio_takes_the_overrides_and_no_attempt_outlasts_its_total() -> None:
    terms = overrides.read(f"{OURS}#{OVERRIDES}")
    assert terms.retries == 2
    assert terms.retried == {"ct", "rt", "5xx"}
    assert terms.connect * (1 + terms.retries) < terms.total
    assert terms.read * (1 + terms.retries) <= terms.total


@pytest.mark.parametrize(
    ("given", "url", "method"),
    [
        (None, THEIRS.voice_fallback_url, "GET"),
        ("", "", "GET"),
        ("https://handler.twilio.com/twiml/EH1", "https://handler.twilio.com/twiml/EH1", "POST"),
    ],
)
def test_the_fallback_stays_goes_or_changes(given: str | None, url: str, method: str) -> None:
    after = attached(THEIRS, OURS, given)
    assert (after.voice_fallback_url, after.voice_fallback_method) == (url, method)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://AGENT.example.com/line/twilio/voice", "this service's own"),
        ("handler.twilio.com/twiml/EH1", "give https://"),
        ("https:///sorry", "give https://"),
        ("https://[::1/sorry", "give https://"),
    ],
)
def test_a_fallback_that_could_not_help_is_refused(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        attached(THEIRS, OURS, url)


@pytest.mark.parametrize("elsewhere", [Pointing(voice_application_sid="AP1"), Pointing(trunk_sid="TK1")])
def test_an_application_or_a_trunk_is_taken_off_as_it_would_rule(elsewhere: Pointing) -> None:
    after = attached(elsewhere, OURS, None)
    assert comes_to(after, OURS)
    assert {"voice_application_sid", "trunk_sid"} & changes(elsewhere, after).keys()


@pytest.mark.parametrize(
    ("url", "comes"),
    [
        (f"{OURS}/twilio/voice", True),
        (f"{OURS}/twilio/voice#rc=1", True),
        ("https://agent.example.com/w2/twilio/voice", True),  # another process behind the same proxy
        ("https://agent.example.com/sorry", False),
        ("http://agent.example.com/line/twilio/voice", False),
        ("https://other.example.com/line/twilio/voice", False),
        ("", False),
    ],
)
def test_calls_reach_us_at_our_host_and_route_only(url: str, comes: bool) -> None:
    assert comes_to(Pointing(voice_url=url), OURS) is comes


def test_a_proxy_of_ours_may_have_a_fallback_of_its_own() -> None:
    assert attached(THEIRS, OURS, "https://agent.example.com/sorry.xml").voice_fallback_url.endswith("/sorry.xml")


def test_only_what_differs_is_set() -> None:
    after = attached(THEIRS, OURS, None)
    assert changes(THEIRS, after).keys() == {"voice_url", "voice_method", "status_callback"}
    assert changes(after, after) == {}


def test_before_and_after_stand_below_each_other() -> None:
    assert list(told(THEIRS, attached(THEIRS, "https://a.example.com", None))) == [
        "  calls     GET https://demo.example.org/voice?a=1",
        f"         -> POST https://a.example.com/twilio/voice#{OVERRIDES}",
        "  fallback  GET https://demo.example.org/sorry, as before",
        "  status    POST https://demo.example.org/status",
        f"         -> POST https://a.example.com/twilio/status#{OVERRIDES}",
    ]
