"""WebSockets for hundreds of streams of 50 small texts a second, each way: short cuts past uvicorn and websockets.

To find the ends of such a frame by generators that are ready for everything, to wake a task for what is in it, and to
ask the system for the mask of one that is sent, take longer than all that is done with 20 ms of sound. So whole texts
are found and made here; everything else is the libraries'. https://datatracker.ietf.org/doc/html/rfc6455#section-5.2
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, apply_mask  # type: ignore[attr-defined]  # in C, where there is that
from websockets.http11 import Request
from websockets.protocol import State

from .sound_last import carries_sound

AT_ONCE = "telephony_agent.at_once"  # among the extensions of a scope: what `Socket` does besides ASGI, by its name
BEHIND = 32  # texts of one peer that wait for the app, 0.6 s of sound, before we read no more of it for now
SIP = 2_048  # bytes that are read at once: four frames of a stream, if so many wait

WHOLE_TEXT = 0x81  # a frame's first byte: FIN, and that it is text
WHOLE = (WHOLE_TEXT, 0x82, 0x88, 0x89, 0x8A)  # and of all others that are no fragments: binary, close, ping, pong
MASKED, LONG = 0x80, 0xFE  # its second: as a client's must be, with its length; and with that in the next two bytes
HUGE = 0xFF  # as LONG, in the next eight
SHORTEST = 6  # bytes: those two, and the mask
MASK = 4  # bytes
POOL = 1024  # masks that the system is asked for at once


def _masks() -> Iterator[bytes]:
    """Unpredictable, as they must be (10.3)."""
    while True:
        pool = os.urandom(MASK * POOL)
        yield from (pool[at : at + MASK] for at in range(0, len(pool), MASK))


_mask = _masks()


def masked(text: bytes) -> bytes:
    """A frame of a client's: a whole text, in UTF-8."""
    size, mask = len(text), next(_mask)
    if size < LONG - MASKED:
        head = bytes((WHOLE_TEXT, MASKED + size))
    elif size < 1 << 16:
        head = bytes((WHOLE_TEXT, LONG, size >> 8, size & 0xFF))
    else:
        head = bytes((WHOLE_TEXT, HUGE)) + size.to_bytes(8, "big")
    return head + mask + apply_mask(text, mask)


class Sipping(asyncio.Protocol, asyncio.BufferedProtocol):
    """A protocol that reads little at once: where we are behind, what has come waits in the system, and others are
    read before the rest of it is. By itself, asyncio reads up to 256 KiB: as much as three seconds of sound.
    """

    sip: memoryview  # filled and emptied in one step, so all connections of a kind have the same

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.sip

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self.sip[:nbytes]))


class Socket(WebSocketsSansIOProtocol, Sipping):
    """uvicorn's, which also stops reading after each message until that is taken: two system calls a frame. This one
    stops where the app is behind, and then lets it take one message of each peer in turn.
    """

    sip = memoryview(bytearray(SIP))
    _take: Callable[[str], bool] | None = None
    _framed = False  # what we have handed on so far ended with a frame
    _rest = b""  # of a frame that has not all come

    def taken_by(self, take: Callable[[str], bool] | None) -> None:
        """From now on, each text is offered to `take` as it arrives, and waits for `receive` if that says False. What
        waits already is before it. The stream carries sound: it is read after what others say."""
        self._take = take
        if take is not None:
            carries_sound(self.transport)

    def send_now(self, text: str) -> bool:
        """False, and nothing is sent, where the peer is slow or gone."""
        if self.conn.state is not State.OPEN or self.transport.is_closing() or self.transport.get_write_buffer_size():
            return False
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][AT_ONCE] = {"taken_by": self.taken_by, "send_now": self.send_now}

    async def receive(self) -> ASGIReceiveEvent:
        if not self.queue.empty():
            await asyncio.sleep(0)  # who rings would have to wait until all that has come before is dealt with
        return await super().receive()

    def data_received(self, data: bytes) -> None:
        if self._framed and self.handshake_complete:
            self._rest = self._read(self._rest + data)
            return
        self._framed = not self.handshake_initiated and data.endswith(b"\r\n\r\n")  # and no frame came with it
        super().data_received(data)

    def _read(self, data: bytes) -> bytes:
        """What there is of a last frame; of all before it has been disposed."""
        start = 0
        while len(data) - start >= SHORTEST:
            first, second = data[start], data[start + 1]
            if first not in WHOLE or not MASKED <= second <= LONG:
                self._framed = False  # it is a fragment, huge or wrong: the library may see the rest
                super().data_received(data[start:])
                return b""
            if second == LONG:
                mask = start + 4
                end = mask + 4 + (data[start + 2] << 8 | data[start + 3])
            else:
                mask = start + 2
                end = mask + 4 + second - MASKED
            if end > len(data):
                break
            if first != WHOLE_TEXT or not self._offers(data[mask + 4 : end], data[mask : mask + 4]):
                super().data_received(data[start:end])
            start = end
        return data[start:]

    def _offers(self, masked: bytes, mask: bytes) -> bool:
        """Whether the text was taken."""
        if self._take is None or not self.queue.empty() or self.close_sent:
            return False
        try:
            text = apply_mask(masked, mask).decode()
        except UnicodeDecodeError:  # the library knows what that gets
            return False
        return self._take(text)

    def handle_text(self, event: Frame) -> None:
        try:
            text = bytes(event.data).decode()
        except UnicodeDecodeError:
            text = None
        if text is None or not event.fin or self.close_sent or self.queue.qsize() >= BEHIND:
            super().handle_text(event)
        else:
            self.queue.put_nowait({"type": "websocket.receive", "text": text})
