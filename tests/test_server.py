"""The listening socket, and uvicorn on it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from telephony_agent import server
from telephony_agent.errors import ConfigError
from telephony_agent.websocket import BEHIND


def test_what_is_accepted_sends_small_messages_at_once() -> None:
    with server.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_is_accepted_is_let_go_of_when_its_peer_reads_no_more() -> None:
    with server.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == server.UNREAD * 1000


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_families_are_listened_on(host: str) -> None:
    with server.listen(host, 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_that_is_taken_is_an_error_of_the_settings() -> None:
    with server.listen("127.0.0.1", 0) as listener, pytest.raises(ConfigError, match="PORT"):
        server.listen("127.0.0.1", listener.getsockname()[1])


@pytest.mark.parametrize(
    ("error", "told", "traced"),
    [(ConfigError("DATA_DIR is full"), "DATA_DIR is full", False), (KeyError("x"), "could not start", True)],
    ids=["known", "unknown"],
)
@pytest.mark.anyio
async def test_a_service_that_cannot_start_says_why(
    error: Exception, told: str, traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    @asynccontextmanager
    async def broken(app: Starlette) -> AsyncIterator[None]:
        if told:
            raise error
        yield

    with pytest.raises(ConfigError, match=told):
        async with server.serving(Starlette(lifespan=broken), server.listen("127.0.0.1", 0)):
            raise AssertionError("it has started")
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    assert ("Traceback" in caplog.text) is traced
    caplog.clear()


@asynccontextmanager
async def talking_to(stream: Callable[[WebSocket], Awaitable[None]]) -> AsyncIterator[ClientConnection]:
    listener = server.listen("127.0.0.1", 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    address = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    async with server.serving(Starlette(routes=[WebSocketRoute("/", stream)]), listener):
        async with connect(address, compression=None, proxy=None) as peer, asyncio.timeout(10):
            yield peer


@pytest.mark.anyio
async def test_a_peer_is_read_no_further_than_the_app_takes_and_nothing_is_lost() -> None:
    takes, taken = asyncio.Event(), asyncio.Queue[str]()

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await takes.wait()
        async for text in websocket.iter_text():
            taken.put_nowait(text[:8])

    async with talking_to(stream) as peer:
        sent = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    sent += 1
                    await peer.send(f"{sent:08}" + "x" * 60_000)
        takes.set()
        assert [await taken.get() for _ in range(sent)] == [f"{number:08}" for number in range(1, sent + 1)]
    assert BEHIND < sent < 1000


@pytest.mark.anyio
async def test_where_the_app_is_behind_no_peer_waits_for_all_that_another_has_said() -> None:
    takes, taken = asyncio.Event(), asyncio.Queue[str]()

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await takes.wait()
        async for text in websocket.iter_text():
            taken.put_nowait(text)

    async with talking_to(stream) as peer, connect(f"ws://127.0.0.1:{peer.remote_address[1]}/", proxy=None) as other:
        for _ in range(BEHIND):
            await peer.send("first")
            await other.send("other")
        async with connect(f"ws://127.0.0.1:{peer.remote_address[1]}/", proxy=None):
            takes.set()  # by now what was sent before has come
        order = [await taken.get() for _ in range(2 * BEHIND)]
    assert {"first", "other"} == set(order[:4])


@pytest.mark.anyio
async def test_a_message_in_pieces_arrives_whole_and_in_its_place() -> None:
    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    async with talking_to(stream) as peer:
        await peer.send("first")
        await peer.send(["sec", "ond"])
        await peer.send("third")
        assert [await peer.recv() for _ in range(3)] == ["first", "second", "third"]


@pytest.mark.anyio
async def test_a_text_that_is_none_ends_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        assert (await websocket.receive())["type"] == "websocket.disconnect"

    async with talking_to(stream) as peer:
        await peer.send(b"\xff", text=True)
        with pytest.raises(ConnectionClosed):
            await peer.recv()
    assert peer.close_code == 1007
    caplog.clear()  # uvicorn tells of it as an error


@pytest.mark.parametrize(
    ("method", "path", "status", "kept"),
    [
        ("GET", f"/calls/CA{'0' * 32}", 200, False),
        ("GET", f"/line/calls/CA{'a' * 32}", 200, False),
        ("GET", f"/calls/CA{'0' * 32}", 401, True),
        ("POST", f"/calls/CA{'0' * 32}/hangup", 200, True),
        ("POST", "/calls", 201, True),
        ("GET", "/readyz", 200, True),
    ],
)
def test_only_who_looks_at_a_call_is_left_out_of_the_access_log(
    method: str, path: str, status: int, kept: bool
) -> None:
    words = '%s - "%s %s HTTP/%s" %d'
    access = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, words, ("::1", method, path, "1.1", status), None)
    assert server.is_news(access) is kept
