"""The public URL's check: against our own service, others, and none."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.agent import Agent
from telephony_agent.doctor import check_public
from telephony_agent.doctor.case import Case
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.settings import Settings
from tests.certificates import Authority
from tests.parties import SOON, TOKEN, answering

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be brief.")


async def checked(url: str, **settings: Any) -> list[Finding]:
    case = Case(Settings(public_url=url, auth_tokens=(TOKEN,), provider="offline", **settings), AGENT)
    async with asyncio.timeout(SOON):
        return [finding async for finding in check_public.check(case)]


@asynccontextmanager
async def site(head: str, body: str = "", tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A web server that always answers this; where it stands."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls) as server:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_our_own_service_is_known() -> None:
    async with answering(AGENT, "ws://127.0.0.1:9") as service:
        (finding,) = await checked(f"http://{service.address}")
    assert finding.verdict is Verdict.OK


async def test_no_service_on_this_machine_is_no_fault() -> None:
    (finding,) = await checked("http://127.0.0.1:9", port=9)
    assert finding.verdict is Verdict.UNKNOWN
    assert "serve" in finding.mend


@pytest.mark.parametrize(
    ("head", "body", "what", "mend"),
    [
        ("502 Bad Gateway", "", "finds no service behind it", "telephony-agent serve"),
        ("301 Moved\r\nLocation: https://elsewhere.example.com/", "", "sends elsewhere", "PUBLIC_URL"),
        ("404 Not Found", "nothing", "is not this service", "proxy"),
        ("200 OK", "<html>Welcome to nginx!</html>", "is not this service", "proxy"),
    ],
)
async def test_something_else_answers(head: str, body: str, what: str, mend: str) -> None:
    async with site(head, body) as url:
        (finding,) = await checked(url)
    assert finding.verdict is Verdict.WRONG
    assert what in finding.what
    assert mend in finding.mend


async def test_a_server_that_speaks_no_http() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        (finding,) = await checked(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert finding.verdict is Verdict.WRONG


async def test_a_certificate_that_twilio_would_not_take(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with site("200 OK", "alive", Authority(tmp_path).self_signed()) as url:
        (finding,) = await checked(url)
    assert "is self-signed" in finding.what
    caplog.clear()  # the server's loop tells of the handshake that failed


async def test_a_name_that_nobody_has() -> None:
    (finding,) = await checked("https://agent.invalid")
    assert "agent.invalid is not a name that the DNS knows" in finding.what
    assert "PUBLIC_URL" in finding.mend
