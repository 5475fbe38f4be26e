"""HTTP and WebSocket down to their frames, as no framework shows them: pings, close codes, what comes after a close."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import h11
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request as Upgrade
from websockets.server import ServerProtocol

LONGEST = 65_536  # bytes of a request
PATIENCE = 10.0  # seconds for one
PIECE = 65_536  # bytes that are read at once


@dataclass(frozen=True, slots=True)
class Request:
    """`target`: as it came, still escaped; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Closed:
    """`code`: of the close frame that the other end sent; None if none came."""

    code: int | None


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Received = str | Ping | Closed
Answer = Callable[[Request], Awaitable[tuple[int, str]]]  # the status and the text


class Socket:
    """A WebSocket whose upgrade has come and is not answered yet."""

    def __init__(
        self, request: Request, raw: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.request = request
        self._reader, self._writer = reader, writer
        self._protocol = ServerProtocol(max_size=None)
        self._protocol.receive_data(raw)
        self._waiting: list[Received] = []
        self._code: int | None = None
        (self._upgrade,) = self._protocol.events_received()

    async def accept(self) -> None:
        assert isinstance(self._upgrade, Upgrade)
        self._protocol.send_response(self._protocol.accept(self._upgrade))
        await self._flush()

    async def refuse(self, status: int) -> None:
        self._protocol.send_response(self._protocol.reject(status, ""))
        await self._flush()

    async def send(self, text: str) -> None:
        self._protocol.send_text(text.encode())
        await self._flush()

    async def close(self, code: int) -> None:
        """Begins to; what comes until the other end has closed can still be received."""
        self._protocol.send_close(code)
        await self._flush()

    def cut(self) -> None:
        """As a machine does that loses its power, if the network tells of it: no close frame, a reset."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    async def receive(self) -> Received:
        """The next that came; `Closed` again and again once nothing more can."""
        while not self._waiting:
            try:
                data = await self._reader.read(PIECE)
            except OSError:
                data = b""
            if not data:
                return Closed(self._code)
            self._protocol.receive_data(data)
            with suppress(OSError):
                await self._flush()  # pongs, and our half of the close
            for event in self._protocol.events_received():
                assert isinstance(event, Frame)
                self._take(event)
        return self._waiting.pop(0)

    def _take(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.PING:
                self._waiting.append(Ping())
            case Opcode.CLOSE:
                self._code = int(Close.parse(frame.data).code)
            case Opcode.TEXT:
                self._waiting.append(bytes(frame.data).decode(errors="replace"))

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
        await self._writer.drain()


@asynccontextmanager
async def serving(
    listener: socket.socket, answer: Answer, talk: Callable[[Socket], Awaitable[None]]
) -> AsyncIterator[None]:
    """Requests are answered, one a connection; sockets are talked with, and closed afterwards."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, h11.RemoteProtocolError):
            connection = h11.Connection(h11.SERVER)
            async with asyncio.timeout(PATIENCE):
                request, raw = await _request(connection, reader)
            if "websocket" in request.headers.get("upgrade", "").lower():
                await talk(Socket(request, raw, reader, writer))
            else:
                status, text = await answer(request)
                kind = "text/xml" if text.startswith("<") else "text/plain"
                headers = [("Content-Type", kind), ("Content-Length", str(len(text.encode()))), ("Connection", "close")]
                for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=text.encode())):
                    writer.write(connection.send(event) or b"")
                writer.write(connection.send(h11.EndOfMessage()) or b"")
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(meet, sock=listener):
        yield


async def _request(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[Request, bytes]:
    """And its bytes as they came. An upgrade has no body. Raises h11's errors."""
    raw, request = b"", Request("", "", {})
    while True:
        event = connection.next_event()
        match event:
            case h11.NEED_DATA:
                data = await reader.read(PIECE)
                raw += data
                if len(raw) > LONGEST:
                    raise h11.RemoteProtocolError("the request is too long")
                connection.receive_data(data)
            case h11.Request():
                headers = {
                    bytes(name).decode().lower(): bytes(value).decode("latin-1") for name, value in event.headers
                }
                request = Request(bytes(event.method).decode(), bytes(event.target).decode(), headers)
                if "websocket" in headers.get("upgrade", "").lower():
                    return request, raw
            case h11.Data():
                request = Request(request.method, request.target, request.headers, request.body + bytes(event.data))
            case h11.EndOfMessage():
                return request, raw
            case _:
                raise h11.RemoteProtocolError("the connection was closed")
