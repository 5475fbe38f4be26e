"""TwiML that answers a call, and the classics of what is wrong with it."""

from __future__ import annotations

import pytest

from telephony_agent.doctor.document import troubles
from telephony_agent.phone import twiml

STREAM = '<Stream url="wss://agent.example.com/twilio/stream"/>'
CONNECT = f"<Response><Connect>{STREAM}</Connect></Response>"


def test_what_this_service_answers_is_fine() -> None:
    base = "https://agent.example.com/twilio"
    text = twiml.connect("wss://agent.example.com/twilio/stream", f"{base}/next", f"{base}/stream-status", "t0k3n")
    assert not list(troubles(text, "text/xml"))


@pytest.mark.parametrize(
    ("text", "told", "mend"),
    [
        (f"<Response><Start>{STREAM}</Start><Say>Hello</Say></Response>", "only listens", "<Connect><Stream>"),
        (
            "<Response><Say>Hello</Say><Pause/></Response>",
            "no stream is opened: the document has <Say>, <Pause>",
            "Conn",
        ),
        ("<Response/>", "no verb", "<Connect>"),
        (CONNECT.replace("wss:", "ws:"), "begins with ws:// (31922)", "wss://"),
        (CONNECT.replace("wss:", "https:"), "begins with https://", "wss://"),
        (CONNECT.replace("/stream", "/stream?token=1"), "a query, which Twilio drops (31920): ?token=1", "<Parameter>"),
        (CONNECT.replace("<Stream ", '<Stream track="both_tracks" '), "31941", "leave track out"),
        (CONNECT.replace('url="wss://agent.example.com/twilio/stream"', ""), "no url", "wss://"),
        (
            CONNECT.replace('stream"/>', f'stream"><Parameter name="token" value="{"x" * 500}"/></Stream>'),
            "'token' and its value have 505 characters",
            "500",
        ),
        ('<Response><Connect><Stream url="wss://a?b&c"/></Connect></Response>', "no XML (12100)", "XML library"),
        ("<html/>", "a <html>, no <Response>", "webhook"),
    ],
)
def test_what_would_not_work_is_told_with_the_mend(text: str, told: str, mend: str) -> None:
    (found,) = troubles(text, "text/xml")
    assert told in found.what
    assert mend in found.mend


def test_a_relative_stream_is_fine() -> None:
    assert not list(troubles(CONNECT.replace("wss://agent.example.com", ""), "application/xml"))


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_another_type_is_no_document(kind: str) -> None:
    (found,) = troubles(CONNECT, kind)
    assert "12300" in found.what
