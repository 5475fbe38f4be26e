"""A stream's socket, where the peer is not what it should be."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from telephony_agent.phone.connection import PhoneConnection

POLICY = 1008


@pytest.mark.anyio
async def test_no_shutdown_hangs_on_a_peer_that_does_not_read() -> None:
    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        if message["type"] != "websocket.accept":
            await asyncio.Event().wait()  # as a server does whose buffers are full

    websocket = WebSocket({"type": "websocket"}, receive, send)
    await websocket.accept()
    async with asyncio.timeout(5):
        await PhoneConnection(websocket).close(POLICY)
