"""How Twilio's requests are addressed, signed and repeated."""

import asyncio
import re
from pathlib import Path

import pytest

from telephony_agent.offline.phone import overrides
from telephony_agent.offline.phone.overrides import Overrides
from telephony_agent.offline.phone.webhook import TooManyRedirections, post, route, signature, signed_form_of
from tests.certificates import Authority


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


def test_with_an_authority_it_is_not_plain_even_there(tmp_path: Path) -> None:
    trusted = Authority(tmp_path).file
    assert route("https://agent.example.com/voice", ("127.0.0.1", 8443), trusted).tls is not None
    assert route("http://127.0.0.1:8080/voice", None, trusted).tls is None


# Asking again.

FORM = {"CallSid": "CA1"}


class Moody:
    """A service that answers with these statuses in turn; None closes the connection without an answer."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.tokens: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.tokens += re.findall("(?i)idempotency-token: (.*)\r\n", head)
        if (status := self.statuses.pop(0)) is not None:
            writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async def asked(self, fragment: str) -> int:
        """The status that Twilio goes by, or 0 for none."""
        async with asyncio.timeout(10), await asyncio.start_server(self, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()[:2]
            try:
                return (await post(f"http://{host}:{port}/voice{fragment}", FORM, None, None)).status
            except OSError:
                return 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fragment", "statuses", "outcome", "tries"),
    [
        ("", (500, 200), 500, 1),
        ("#rp=5xx", (500, 200), 200, 2),
        ("#rp=4xx", (500, 200), 500, 1),
        ("#rp=all&rc=2", (404, None, 200), 200, 3),
        ("#rp=all&rc=2", (503, 503, 503), 503, 3),
        ("#rp=5xx&rc=0", (503, 200), 503, 1),
        ("", (None, 200), 0, 1),
        ("#rp=rt", (None, 204), 204, 2),
        ("#rc=9", (200,), 0, 0),
    ],
)
async def test_a_question_is_repeated_as_its_url_says_under_one_token(
    fragment: str, statuses: tuple[int | None, ...], outcome: int, tries: int
) -> None:
    service = Moody(*statuses)
    assert await service.asked(fragment) == outcome
    assert len(service.tokens) == tries
    assert len(set(service.tokens)) == min(tries, 1)


@pytest.mark.anyio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_followed_and_signed_for_where_it_leads(status: int) -> None:
    asked: list[tuple[str, str]] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path, signed = head.split()[1], re.findall("(?i)x-twilio-signature: (.*)\r\n", head)[0]
        asked.append((path, signed))
        answer = "200 OK" if path == "/new?a=1" else f"{status} Moved\r\nLocation: /new?a=1"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(elsewhere, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        assert (await post(f"http://{host}:{port}/old", FORM, "token", None)).status == 200
    expected = [(path, f"http://{host}:{port}{path}") for path in ("/old", "/new?a=1")]
    assert asked == [(path, signature("token", url, FORM)["X-Twilio-Signature"]) for path, url in expected]


@pytest.mark.anyio
async def test_a_service_that_redirects_on_and_on_is_given_up() -> None:
    async def circle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /voice\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(circle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        with pytest.raises(TooManyRedirections):
            await post(f"http://{host}:{port}/voice", FORM, None, None)


@pytest.mark.anyio
async def test_who_does_not_answer_in_time_is_given_up() -> None:
    async def sleep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(sleep, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await post(f"http://{host}:{port}/voice#rt=300", FORM, None, None)
        assert asyncio.get_running_loop().time() - began >= 0.3


def test_a_connection_that_fails_is_tried_once_more_by_itself() -> None:
    assert overrides.read("https://a.example/voice") == Overrides(5.0, 15.0, 15.0, 1, frozenset({"ct"}))
    assert overrides.read("https://a.example/voice").again("ct", 1, 1.0)
    assert not overrides.read("https://a.example/voice").again("ct", 2, 1.0)
    assert not overrides.read("https://a.example/voice#tt=1000").again("ct", 1, 1.5)


@pytest.mark.parametrize(("fragment", "says"), [("ct=50", "100 to 10000"), ("rp=3xx", "rp=3xx"), ("retries=2", "rc")])
def test_what_twilio_would_not_take_of_a_fragment_is_told(fragment: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        overrides.read(f"https://a.example/voice#{fragment}")
