"""Connections that really fail, each in its own way, and what the doctor makes of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from telephony_agent.doctor.finding import Trouble
from telephony_agent.doctor.network import of_error, proxy_for
from telephony_agent.live import connection
from telephony_agent.live.connection import IN_THE_WAY, Address, connected
from tests.certificates import Authority

pytestmark = pytest.mark.anyio


async def trouble(url: str, setting: str | None = "LIVE_URL") -> Trouble:
    try:
        socket = await connected(Address(url))
    except IN_THE_WAY as error:
        return of_error(error, url, setting)
    await socket.close()
    raise AssertionError(f"{url} could be reached")


@asynccontextmanager
async def answering(answer: bytes | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port where whoever asks gets this and is hung up on; None: gets nothing."""
    stopped = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer is None:
            await stopped.wait()
        else:
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        stopped.set()


async def test_a_name_that_nobody_has() -> None:
    found = await trouble("wss://model.invalid")
    assert "model.invalid is not a name that the DNS knows" in found.what
    assert "LIVE_URL" in found.mend
    assert "network" in (await trouble("wss://model.invalid", None)).mend


async def test_a_port_where_nobody_listens() -> None:
    found = await trouble("ws://127.0.0.1:9")
    assert "127.0.0.1 refuses the connection" in found.what
    assert "LIVE_URL" in found.mend


def test_a_refusal_by_each_of_several_addresses_is_one() -> None:
    error = OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 9), [Errno 111] Connect call failed")
    assert "refuses the connection" in of_error(error, "ws://localhost:9", "LIVE_URL").what


def test_no_network() -> None:
    found = of_error(OSError(101, "Network is unreachable"), "wss://example.com", None)
    assert "no way to example.com" in found.what
    assert "network" in found.mend


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OPEN_TIMEOUT", 0.2)
    async with answering(None) as port:
        found = await trouble(f"ws://127.0.0.1:{port}")
    assert "did not answer in time" in found.what
    assert "firewall" in found.mend


async def test_a_server_that_hangs_up() -> None:
    async with answering(b"") as port:
        assert "does not speak WebSocket" in (await trouble(f"ws://127.0.0.1:{port}")).what


async def test_a_server_of_another_kind() -> None:
    async with answering(b"220 mail.example.com ESMTP\r\n") as port:
        found = await trouble(f"ws://127.0.0.1:{port}")
    assert "does not speak WebSocket" in found.what
    assert "LIVE_URL" in found.mend


async def test_no_tls_where_tls_is_wanted() -> None:
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        found = await trouble(f"wss://127.0.0.1:{port}")
    assert "speaks no TLS" in found.what
    assert "scheme" in found.mend


@pytest.mark.parametrize(
    ("how", "what", "mend"),
    [
        ("expired", "has expired", "clock"),
        ("of tomorrow", "is not valid yet", "clock"),
        ("self-signed", "is self-signed", "SSL_CERT_FILE"),
        ("another name", "is for another", "certificate"),
        ("unknown authority", "comes from an authority that is not known", "SSL_CERT_FILE"),
    ],
)
async def test_a_certificate_that_is_not_good(
    how: str, what: str, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    contexts: dict[str, Callable[[], ssl.SSLContext]] = {
        "expired": lambda: authority.server(valid=(-2, -1)),
        "of tomorrow": lambda: authority.server(valid=(1, 2)),
        "self-signed": authority.self_signed,
        "another name": lambda: authority.server(host="other.example.com"),
        "unknown authority": authority.server,
    }
    context = contexts[how]()
    if how != "unknown authority":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serve(lambda session: session.wait_closed(), "127.0.0.1", 0, ssl=context) as server:
        found = await trouble(f"wss://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")
    assert f"the certificate of 127.0.0.1 {what}" in found.what
    assert mend in found.mend
    caplog.clear()  # the server's loop tells of the handshake that failed


async def test_a_good_certificate_of_a_trusted_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serve(lambda session: session.wait_closed(), "127.0.0.1", 0, ssl=authority.server()) as server:
        socket = await connected(Address(f"wss://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"))
        await socket.close()


# Proxies.

REMOTE = "wss://model.invalid"


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "answered HTTP 407"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "answered HTTP 403"),
        (b"220 mail.example.com ESMTP\r\n", "no way through the proxy"),
    ],
)
async def test_a_proxy_that_lets_nobody_pass(answer: bytes, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(answer) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{port}")
        found = await trouble(REMOTE)
    assert what in found.what
    assert f"//…@127.0.0.1:{port}" in found.what
    assert "secret" not in found.what + found.mend


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    found = await trouble(REMOTE)
    assert "the proxy http://127.0.0.1:9 refuses the connection" in found.what
    assert "HTTPS_PROXY" in found.mend


@pytest.mark.parametrize("proxy", ["gopher://me:secret@127.0.0.1:9", "http://me:secret@127.0.0.1:9/path"])
async def test_a_proxy_whose_address_is_none_and_its_password(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    found = await trouble(REMOTE)
    assert "proxy's address" in found.what
    assert "secret" not in found.what + found.mend
    assert "secret" not in str(await connection.dial(Address(REMOTE)))


def test_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert proxy_for("wss://127.0.0.1:9000") is None
    assert proxy_for("wss://example.com") == proxy_for("https://example.com") == "http://127.0.0.1:9"
