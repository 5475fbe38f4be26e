"""Our short cuts through WebSockets, beside what the libraries do with the same bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from telephony_agent.websocket import AT_ONCE, BEHIND, Socket, masked

pytestmark = pytest.mark.anyio

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: agent.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LONGEST = 65_536  # bytes of a message, as `server` sets it


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unsent = 0
        self.reads = True
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


@dataclass
class Line:
    """A server's end in memory, and an app that notes what it receives; `takes` says whether a text is taken."""

    kind: type[WebSocketsSansIOProtocol] = Socket
    takes: Callable[[str], bool] | None = None
    taken: list[str] = field(default_factory=list)
    received: list[tuple[str, Any]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    extension: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = uvicorn.Config(
            self.app,
            interface="asgi3",
            ws_max_size=LONGEST,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            proxy_headers=False,
            log_config=None,
        )
        config.load()
        self.transport = Transport()
        self.protocol = self.kind(config, ServerState(), {})
        self.protocol.connection_made(self.transport)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.extension = scope["extensions"].get(AT_ONCE, {})
        if self.takes is not None:
            self.extension["taken_by"](self.take)
        while (message := await receive())["type"] == "websocket.receive":
            self.order.append(message.get("text") or "bytes")
            self.received.append(("text", message["text"]) if "text" in message else ("bytes", bytes(message["bytes"])))
        self.received.append(("gone", message.get("code")))

    def take(self, text: str) -> bool:
        assert self.takes is not None
        if taken := self.takes(text):
            self.taken.append(text)
            self.order.append(text)
        return taken

    def reads(self) -> bool:
        return self.transport.reads

    async def opens(self) -> None:
        self.protocol.data_received(UPGRADE)
        await settle()
        assert self.transport.written.startswith(b"HTTP/1.1 101")
        self.transport.written = b""

    async def hears(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.transport.closed:
                self.protocol.data_received(piece)
        await settle()

    async def ends(self) -> None:
        self.protocol.connection_lost(None)
        await settle()


async def settle() -> None:
    """Turns of the loop: nothing here waits for anything else."""
    for _ in range(20):
        await asyncio.sleep(0)


def frame(data: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def text(number: int, size: int = 400) -> bytes:
    return frame(json.dumps({"event": "media", "number": number, "payload": "ü" * (size // 4)}).encode())


def numbers(texts: list[str]) -> list[int]:
    return [json.loads(text)["number"] for text in texts]


ODD = {
    "short texts": [frame(b""), frame(b"a"), frame(b"x" * 125)],
    "long texts": [frame(b"x" * 126), frame(b"x" * 65_535), frame(b"x" * LONGEST)],
    "a text that is too long": [text(1), frame(b"x" * (LONGEST + 1)), text(2)],
    "pings and pongs": [text(1), frame(b"are you there?", Opcode.PING), text(2), frame(b"yes", Opcode.PONG), text(3)],
    "bytes": [text(1), frame(b"\x00\xff", Opcode.BINARY), frame(bytes(500), Opcode.BINARY), text(2)],
    "a text in pieces": [
        text(1),
        frame(b"x" * 200, fin=False),
        frame(b"y" * 200, Opcode.CONT, fin=False),
        frame(b"still?", Opcode.PING),
        frame(b"z" * 200, Opcode.CONT),
        text(2),
    ],
    "a text within a text in pieces": [frame(b"x" * 200, fin=False), text(1), frame(b"z", Opcode.CONT)],
    "an end without a beginning": [text(1), frame(b"z" * 200, Opcode.CONT), text(2)],
    "no UTF-8": [text(1), frame(b"\xff" * 200), text(2)],
    "no mask": [text(1), Frame(Opcode.TEXT, b"x" * 200).serialize(mask=False), text(2)],
    "a reserved bit": [text(1), b"\xc1" + frame(b"x" * 200)[1:], text(2)],
    "an unknown kind": [text(1), b"\x83" + frame(b"x" * 200)[1:], text(2)],
    "a long ping": [text(1), b"\x89" + frame(b"x" * 200)[1:], text(2)],
    "a goodbye": [text(1), frame(b"\x03\xe8bye", Opcode.CLOSE), text(2)],
    "a goodbye without a word": [text(1), frame(b"", Opcode.CLOSE)],
    "half a frame": [text(1), text(2)[:300]],
    "nothing": [],
}


@pytest.mark.parametrize("cut", [1, 5, 449, 1_000_000])
@pytest.mark.parametrize("odd", ODD)
async def test_who_says_something_odd_gets_what_the_libraries_give_it(
    odd: str, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    """However it is cut; to them, it comes frame by frame: what is wrong takes what came with it along."""
    whole = b"".join(ODD[odd])
    if cut < 400 and len(whole) > 10_000:
        cut *= 499
    plain, ours, refusing = Line(WebSocketsSansIOProtocol), Line(), Line(takes=lambda text: False)
    await plain.opens()
    await plain.hears(*ODD[odd])
    await plain.ends()
    for line in (ours, refusing):
        await line.opens()
        await line.hears(*[whole[at : at + cut] for at in range(0, len(whole), cut)])
        await line.ends()
        assert line.received == plain.received
        assert line.transport.written == plain.transport.written
        assert line.transport.closed == plain.transport.closed
    if odd == "no UTF-8":
        assert "Invalid UTF-8" in caplog.text
        caplog.clear()


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["media", "short", "ping", "bytes"]), max_size=12),
    cuts=st.lists(st.integers(1, 900), min_size=1, max_size=8),
    refused=st.sets(st.integers(0, 11)),
)
async def test_texts_are_taken_or_wait_in_their_order_however_they_are_cut(
    kinds: list[str], cuts: list[int], refused: set[int]
) -> None:
    said: dict[str, Callable[[int], bytes]] = {
        "media": text,
        "short": lambda number: frame(json.dumps({"number": number}).encode()),
        "ping": lambda number: frame(b"", Opcode.PING),
        "bytes": lambda number: frame(b"bytes", Opcode.BINARY),
    }
    whole = b"".join(said[kind](number) for number, kind in enumerate(kinds))
    line = Line(takes=lambda text: json.loads(text)["number"] not in refused)
    await line.opens()
    at = turn = 0
    while at < len(whole):
        await line.hears(whole[at : at + cuts[turn % len(cuts)]])
        at, turn = at + cuts[turn % len(cuts)], turn + 1
    expected = [number for number, kind in enumerate(kinds) if kind in ("media", "short")]
    texts = [text for text in line.order if text != "bytes"]
    assert numbers(texts) == expected
    assert line.order.count("bytes") == kinds.count("bytes")
    assert set(numbers(line.taken)) <= set(expected) - refused
    assert line.transport.written.count(b"\x8a\x00") == kinds.count("ping")
    await line.ends()


async def test_frames_one_by_one_wake_nobody() -> None:
    line = Line(takes=lambda text: True)
    await line.opens()
    for number in range(50):
        line.protocol.data_received(text(number))
        assert numbers(line.taken) == list(range(number + 1)), "not at once"
    await settle()
    assert not line.received
    await line.ends()


async def test_a_peer_that_says_more_than_is_taken_is_read_no_further() -> None:
    line = Line(takes=lambda text: False)
    await line.opens()
    for number in range(3 * BEHIND):
        line.protocol.data_received(text(number))
    assert line.reads() is False
    for _ in range(4 * BEHIND):
        await settle()
    assert line.reads() is True
    assert numbers([text for _, text in line.received]) == list(range(3 * BEHIND))
    await line.ends()


async def test_what_is_sent_at_once_is_sent_unless_the_peer_is_slow_or_gone() -> None:
    line = Line()
    await line.opens()
    send_now = line.extension["send_now"]
    assert send_now("grüß")
    assert line.transport.written == Frame(Opcode.TEXT, "grüß".encode()).serialize(mask=False)
    line.transport.unsent = 1
    assert not send_now("slow")
    line.transport.unsent = 0
    await line.hears(frame(b"\x03\xe8", Opcode.CLOSE))
    before = line.transport.written
    assert not send_now("gone")
    assert line.transport.written == before
    await line.ends()


async def test_nothing_is_sent_at_once_to_a_peer_who_is_gone_without_a_word() -> None:
    line = Line()
    await line.opens()
    line.transport.close()
    assert not line.extension["send_now"]("gone")
    assert line.transport.written == b""
    await line.ends()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
async def test_a_text_is_framed_as_the_library_does_it(size: int) -> None:
    data = Random(size).randbytes(size)
    framed = masked(data)
    protocol = ServerProtocol(state=State.OPEN, max_size=None)
    protocol.receive_data(framed)
    assert protocol.events_received() == [Frame(Opcode.TEXT, data)]
    protocol.receive_data(framed)
    assert len(protocol.events_received()) == 1, "nothing was left over"


async def test_no_two_masks_are_alike() -> None:
    masks = {masked(b"")[2:6] for _ in range(3_000)}
    assert len(masks) > 2_990
