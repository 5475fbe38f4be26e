"""Signed requests through proxies of several kinds to our own service, and what the doctor makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from telephony_agent.agent import Agent
from telephony_agent.doctor import check_webhook
from telephony_agent.doctor.case import Case
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.settings import Settings
from tests.parties import TOKEN, answering

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be brief.")
Change = Callable[[bytes], bytes]


class Proxy:
    """`change` is what it does to a whole request; what it is answered goes back as it is."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.target = ("127.0.0.1", 9)
        self.url = ""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
            )
            request = self.change(head + await reader.readexactly(length))
            if request.startswith(b"HTTP/"):
                writer.write(request)
            else:
                there = await asyncio.open_connection(*self.target)
                there[1].write(request)
                await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxying(change: Change) -> AsyncIterator[Proxy]:
    proxy = Proxy(change)
    async with await asyncio.start_server(proxy.carry, "127.0.0.1", 0) as server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy


def as_it_is(request: bytes) -> bytes:
    return request


async def checked(change: Change = as_it_is, prefix: str = "", **other: Any) -> list[Finding]:
    """What is found of a service behind such a proxy. `other`: settings that the service has, unlike the doctor."""
    async with proxying(change) as proxy:
        url = proxy.url + prefix
        async with answering(AGENT, "ws://127.0.0.1:9", public_url=url, **other) as service:
            host, port = service.address.split(":")
            proxy.target = (host, int(port))
            return await found(url, port=int(port))


async def found(url: str, **settings: Any) -> list[Finding]:
    given = {"auth_tokens": (TOKEN,), "provider": "offline", **settings}
    case = Case(Settings(public_url=url, **given), AGENT)
    async with asyncio.timeout(20):
        return [finding async for finding in check_webhook.check(case)]


@pytest.mark.parametrize("prefix", ["", "/line"])
async def test_a_proxy_that_passes_all_on_is_fine(prefix: str) -> None:
    findings = await checked(prefix=prefix)
    assert [(finding.check, finding.verdict) for finding in findings] == [
        ("webhook", Verdict.OK),
        ("stream", Verdict.OK),
    ]


async def test_a_prefix_may_be_taken_off() -> None:
    findings = await checked(lambda request: request.replace(b" /line/", b" /", 1), prefix="/line")
    assert [finding.verdict for finding in findings] == [Verdict.OK, Verdict.OK]


async def test_asking_begins_no_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "telephony_agent")
    assert await checked()
    assert not [record for record in caplog.records if record.name.startswith("telephony_agent")]


def shorter(request: bytes) -> bytes:
    """Without the form's blank fields."""
    head, _, body = request.partition(b"\r\n\r\n")
    kept = b"&".join(field for field in body.split(b"&") if not field.endswith(b"="))
    return head.replace(b"ength: %d" % len(body), b"ength: %d" % len(kept)) + b"\r\n\r\n" + kept


def not_found(request: bytes) -> bytes:
    if request.startswith(b"POST"):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return request


def redirected(request: bytes) -> bytes:
    return b"HTTP/1.1 301 Moved\r\nLocation: https://x.example.com/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def guarded(request: bytes) -> bytes:
    return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 8\r\nConnection: close\r\n\r\nGo away!"


def no_upgrade(request: bytes) -> bytes:
    return request.replace(b"Upgrade: websocket\r\n", b"").replace(b"Connection: Upgrade", b"Connection: close")


@pytest.mark.parametrize(
    ("change", "told", "mend"),
    [
        (shorter, "a proxy changes the form", "blank fields"),
        (
            lambda r: r.replace(b"/voice HTTP", b"/voice?from=proxy HTTP", 1),
            "a proxy changes the path or the query",
            "path",
        ),
        (not_found, "HTTP 404: a signed POST", "/twilio"),
        (redirected, "HTTP 301", "PUBLIC_URL"),
        (guarded, "HTTP 403: a signed POST", "firewall"),
    ],
)
async def test_what_a_proxy_does_to_a_signed_request_is_told(change: Change, told: str, mend: str) -> None:
    (finding,) = await checked(change)
    assert finding.verdict is Verdict.WRONG
    assert told in finding.what
    assert mend in finding.mend


async def test_a_proxy_that_does_not_upgrade_streams_is_told() -> None:
    _, finding = await checked(no_upgrade)
    assert finding.verdict is Verdict.WRONG
    assert "instead of 101" in finding.what
    assert "Upgrade and Connection" in finding.mend


async def test_a_service_with_another_token_is_told(caplog: pytest.LogCaptureFixture) -> None:
    (finding,) = await checked(auth_tokens=("another",))
    assert "has another token, or another PUBLIC_URL" in finding.what


async def test_a_service_for_another_account_is_told() -> None:
    (finding,) = await checked(account_sid="AC" + "f" * 32)
    assert "answers for another account" in finding.what


async def test_a_service_elsewhere_can_t_be_told_from_its_proxy() -> None:
    async with proxying(as_it_is) as proxy:
        async with answering(AGENT, "ws://127.0.0.1:9", public_url=proxy.url, auth_tokens=("another",)) as service:
            host, port = service.address.split(":")
            proxy.target = (host, int(port))
            (finding,) = await found(proxy.url, port=9)
    assert "it has another token, or a proxy changes the request" in finding.what


@pytest.mark.parametrize("settings", [{"auth_tokens": ()}, {}])
async def test_without_a_token_or_a_service_there_is_nothing_to_say(settings: dict[str, Any]) -> None:
    assert await found("http://127.0.0.1:9", **settings) == []
