"""How Twilio's requests are addressed and signed."""

import pytest

from telephony_agent.offline.phone.webhook import route, signature, signed_form_of


def test_a_signature_is_the_one_that_twilio_publishes() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert signature(None, url, form) == {}


def test_a_handshakes_signature() -> None:
    signed = signature("12345", "wss://agent.example.com/twilio/media", {})
    assert signed == {"X-Twilio-Signature": "jnHHJVRuc+5O5HxzOjyUz1Q19Bc="}


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://agent.example.com/voice?a=%2B1", "https://agent.example.com/voice?a=%2B1"),
        ("https://agent.example.com:8443/voice", "https://agent.example.com/voice"),
        ("http://127.0.0.1:8080/voice", "http://127.0.0.1:8080/voice"),
        ("https://agent.example.com/voice#rc=2", "https://agent.example.com/voice"),
    ],
)
def test_https_is_signed_without_its_port_and_nothing_with_its_fragment(url: str, signed: str) -> None:
    assert signed_form_of(url) == signed


def test_connections_go_where_the_url_says_or_where_they_are_sent() -> None:
    public = route("wss://agent.example.com/stream", None)
    assert (public.host, public.port, public.tls is not None) == ("agent.example.com", 443, True)
    plain = route("http://127.0.0.1:8080/voice", None)
    assert (plain.host, plain.port, plain.tls) == ("127.0.0.1", 8080, None)


def test_a_connection_that_is_sent_to_loopback_is_plain() -> None:
    assert route("https://agent.example.com/voice", ("127.0.0.1", 8080)).tls is None
    assert route("https://agent.example.com/voice", ("10.0.0.7", 443)).tls is not None
