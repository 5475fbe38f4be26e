"""A Starlette WebSocket as the bridge wants it: messages in, text out, quiet at the end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

CLOSE_TIMEOUT = 1.0  # seconds for the close frame to leave: behind sound that a peer does not read, it never does
GONE = (WebSocketDisconnect, RuntimeError)  # Starlette raises either, by how far the closing has got


class PhoneConnection:
    """One stream's socket. Nothing raises because the peer is gone: `receive` answers None from then on."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        # Not receive_text(): a binary frame has no "text", and would be a KeyError.
        if self._websocket.client_state is not WebSocketState.CONNECTED:
            return None
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | bytes | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def send(self, text: str) -> None:
        with suppress(*GONE):
            await self._websocket.send_text(text)

    async def close(self, code: int) -> None:
        """The close frame, if the peer is there to take it (RFC 6455, 7.4.1)."""
        with suppress(*GONE, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._websocket.close(code)
