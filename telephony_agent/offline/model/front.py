"""A connection to the server before it is a WebSocket: a request may have a body, and a pong may take its time."""

from __future__ import annotations

import re
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

LONGEST = 100_000  # bytes of a request: no token is asked for with more
PONG = b"\x8a"  # how such a frame begins
LENGTH = re.compile(rb"(?i)^content-length:[ \t]*(\d+)[ \t]*$", re.MULTILINE)


class Front(ServerConnection):
    """`body` is what came with a request that is no upgrade. `pong_after`: seconds that a pong is held back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body = b""
        self.pong_after = 0.0
        self._read = b""
        self._reads_head = True

    def data_received(self, data: bytes) -> None:
        if not self._reads_head:
            return super().data_received(data)
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = LENGTH.search(head.replace(b"\r", b""))
        wanted = int(length[1]) if length else 0
        if len(self._read) <= LONGEST and (not end or len(body) < wanted):
            return
        self._reads_head = False
        if wanted:  # which the WebSocket's own reader would refuse
            self.body, body = body[:wanted], body[wanted:]
            head = re.sub(rb"(?i)\r\ncontent-length:[^\r]*", b"", head)
        super().data_received(head + end + body)

    def send_data(self) -> None:
        """Each of `writes` is a frame, and so is the pong that the protocol has put there by itself."""
        writes = self.protocol.writes
        if self.pong_after and (pongs := [frame for frame in writes if frame[:1] == PONG]):
            self.protocol.writes = [frame for frame in writes if frame[:1] != PONG]
            self.loop.call_later(self.pong_after, self._send_late, b"".join(pongs))
        super().send_data()

    def _send_late(self, pongs: bytes) -> None:
        if self.state is State.OPEN:
            self.transport.write(pongs)
