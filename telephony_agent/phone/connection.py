"""The phone's end of a bridge: Starlette's WebSocket with one way to learn that the peer is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ..websocket import AT_ONCE

CLOSE_TIMEOUT = 1.0  # seconds for the close frame to leave: behind sound that a peer does not read, it never does
# What Starlette raises when a peer has left: the first if it notices in sending, the second if it knew already.
PEER_LEFT = (WebSocketDisconnect, RuntimeError)


class PhoneConnection:
    """One stream's socket. Nothing raises because the peer is gone: `receive` answers None from then on."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._at_once = websocket.scope.get("extensions", {}).get(AT_ONCE)  # none in a host that has its own server

    def taken_by(self, take: Callable[[str], bool] | None) -> None:
        """From now on, each text is offered to `take` as it arrives, and waits for `receive` if that says False. Where
        the server cannot do so, all of them wait."""
        if self._at_once is not None:
            self._at_once["taken_by"](take)

    async def receive(self) -> str | bytes | None:
        if self._websocket.client_state is not WebSocketState.CONNECTED:
            return None
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | bytes | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def send(self, text: str) -> None:
        with suppress(*PEER_LEFT):
            await self._websocket.send_text(text)

    def send_now(self, text: str) -> bool:
        """As `send`, without waiting. False, and nothing is sent, where that cannot be."""
        return self._at_once is not None and bool(self._at_once["send_now"](text))

    async def close(self, code: int) -> None:
        """The close frame, if the peer is there to take it (RFC 6455, 7.4.1)."""
        with suppress(*PEER_LEFT, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._websocket.close(code)
