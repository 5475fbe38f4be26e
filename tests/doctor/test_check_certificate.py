"""Certificates that Twilio would not accept, on servers of loopback that really have them."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from telephony_agent.agent import Agent
from telephony_agent.doctor.case import Case
from telephony_agent.doctor.check_certificate import check, look
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.settings import Settings
from tests.certificates import Authority

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]


async def looked(tls: ssl.SSLContext | None, authority: Authority) -> Finding:
    async with serving(tls) as port:
        return await asyncio.to_thread(look, "127.0.0.1", port, authority.file)


async def test_one_of_an_authority_that_is_believed_is_accepted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    finding = await looked(authority.server(valid=(-1, 30)), authority)
    assert finding.verdict is Verdict.OK
    assert "TLSv1.3, valid for 29 days" in finding.what


async def test_one_that_ends_soon_is_told_before_it_does(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    finding = await looked(authority.server(valid=(-30, 2)), authority)
    assert finding.verdict is Verdict.UNKNOWN
    assert "renewed" in finding.mend


@pytest.mark.parametrize(
    ("fault", "told", "mend"),
    [
        ("expired", "has expired (Twilio: 11236)", "renew"),
        ("not yet", "is not valid yet", "clock"),
        ("another name", "is for another address (Twilio: 11235)", "PUBLIC_URL"),
        ("self-signed", "is self-signed (Twilio: 11237)", "public authority"),
        ("no intermediate", "the intermediate one is not sent", "fullchain.pem"),
        ("private authority", "it is a private one", "whole chain"),
        ("old TLS", "speaks TLSv1.1 at most (Twilio: 11220)", "TLS 1.2"),
        ("no TLS", "speaks no TLS on that port", "port"),
    ],
)
async def test_what_twilio_would_not_accept_is_told_with_its_number(
    fault: str, told: str, mend: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "other").mkdir()
    match fault:
        case "expired":
            tls: ssl.SSLContext | None = authority.server(valid=(-2, -1))
        case "not yet":
            tls = authority.server(valid=(1, 2))
        case "another name":
            tls = authority.server(host="127.0.0.2")
        case "self-signed":
            tls = authority.self_signed()
        case "no intermediate":
            tls = authority.intermediate().server()
        case "private authority":
            tls = Authority(tmp_path / "other").intermediate().server()
        case "old TLS":
            tls = authority.server()
            tls.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that is what it is about
                tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        case _:
            tls = None
    finding = await looked(tls, authority)
    assert finding.verdict is Verdict.WRONG
    assert told in finding.what
    assert mend in finding.mend
    caplog.clear()  # the server's loop tells of the handshake that failed


async def test_what_this_machine_trusts_for_itself_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serving(authority.server()) as port:
        assert (await asyncio.to_thread(look, "127.0.0.1", port)).verdict is Verdict.WRONG


async def test_a_server_that_is_away_leaves_it_open(tmp_path: Path) -> None:
    assert (await asyncio.to_thread(look, "127.0.0.1", 9)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9"])
async def test_where_twilio_does_not_come_nothing_is_looked_at(url: str) -> None:
    case = Case(Settings(public_url=url, auth_tokens=("x",), provider="offline"), Agent(instructions="Be brief."))
    assert [finding async for finding in check(case)] == []
