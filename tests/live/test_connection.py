"""A socket to the model, where its server is not what it should be."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from telephony_agent.live.closing import Closing
from telephony_agent.live.connection import Address, LiveConnection, dial


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
