"""A socket to the model, where its server is not what it should be."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from random import Random

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from telephony_agent.live.closing import Closing
from telephony_agent.live.connection import Address, LiveConnection, dial
from tests.certificates import Authority


@pytest.mark.anyio
async def test_no_shutdown_hangs_on_a_server_that_does_not_read() -> None:
    over = asyncio.Event()

    async def stop_reading(session: ServerConnection) -> None:
        session.transport.pause_reading()
        await over.wait()
        session.transport.abort()

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    async with serve(stop_reading, sock=listener, compression=None):
        connection = await dial(Address(f"ws://127.0.0.1:{listener.getsockname()[1]}"))
        assert isinstance(connection, LiveConnection)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    await connection.send("x" * 1_000_000)
        async with asyncio.timeout(5):
            await connection.close()
        over.set()


@pytest.mark.anyio
async def test_a_server_that_reads_late_is_waited_for_and_gets_everything_in_order() -> None:
    reads = asyncio.Event()
    read = asyncio.Queue[str]()

    async def read_late(session: ServerConnection) -> None:
        session.transport.pause_reading()
        await reads.wait()
        session.transport.resume_reading()
        async for message in session:
            read.put_nowait(str(message)[:4])

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    async with serve(read_late, sock=listener, compression=None), asyncio.timeout(10):
        connection = await dial(Address(f"ws://127.0.0.1:{listener.getsockname()[1]}"))
        assert isinstance(connection, LiveConnection)
        sent = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    sent += 1
                    await connection.send(f"{sent:04}" + "x" * 100_000)
        reads.set()
        assert [await read.get() for _ in range(sent)] == [f"{number:04}" for number in range(1, sent + 1)]
        await connection.close()


@pytest.mark.anyio
async def test_a_key_that_no_header_can_carry_is_not_told() -> None:
    async with serve(lambda session: session.wait_closed(), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        closing = await dial(Address(f"ws://127.0.0.1:{port}", {"x-goog-api-key": "a-secret\n"}))
    assert isinstance(closing, Closing)
    assert "x-goog-api-key" in closing.why
    assert "a-secret" not in closing.why


@pytest.mark.anyio
async def test_a_key_that_the_server_repeats_in_its_farewell_is_not_told() -> None:
    async def refuse(session: ServerConnection) -> None:
        await session.close(1008, "Consumer 'api_key:a-secret' has been suspended.")

    async with serve(refuse, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(Address(f"ws://127.0.0.1:{port}", {"x-goog-api-key": "a-secret"}))
        assert isinstance(connection, LiveConnection)
        assert await connection.receive() is None
    assert "has been suspended" in connection.closing.why
    assert "a-secret" not in connection.closing.why


@pytest.mark.anyio
async def test_a_redirect_is_not_followed_with_our_key() -> None:
    seen: list[str] = []

    async def elsewhere(session: ServerConnection) -> None:
        seen.append("a visit")

    async with serve(elsewhere, "127.0.0.1", 0) as other:
        url = f"ws://127.0.0.1:{next(iter(other.sockets)).getsockname()[1]}/"

        def redirect(session: ServerConnection, request: Request) -> Response:
            response = session.respond(HTTPStatus.FOUND, "")
            response.headers["Location"] = url
            return response

        async with serve(elsewhere, "127.0.0.1", 0, process_request=redirect) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            closing = await dial(Address(f"ws://127.0.0.1:{port}", {"x-goog-api-key": "secret"}))
    assert isinstance(closing, Closing)
    assert "302" in closing.why
    assert seen == []


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["ws://a..b/", "ws://nobody.invalid/", "ws://127.0.0.1:9/"])
async def test_an_address_that_leads_nowhere_is_a_reason_and_no_crash(url: str) -> None:
    assert isinstance(await dial(Address(url)), Closing)


@pytest.mark.anyio
async def test_what_comes_through_tls_comes_whole_however_large_and_however_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [Random(size).randbytes(size) for size in (10, 20_000, 70_000, 3, 1_000_000, *[13_000] * 50)]
    heard = asyncio.Queue[str]()

    async def talk(session: ServerConnection) -> None:
        for piece in said:
            await session.send(piece)
        async for message in session:
            heard.put_nowait(str(message))

    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with serve(talk, "127.0.0.1", 0, ssl=authority.server()) as server, asyncio.timeout(20):
        connection = await dial(Address(f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        assert isinstance(connection, LiveConnection)
        assert [await connection.receive() for _ in said] == said
        assert connection.send_now("grüß")
        assert await heard.get() == "grüß"
        await connection.close()
        assert not connection.send_now("gone")
