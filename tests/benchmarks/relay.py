"""The least that could stand between a phone and a model: what comes in at one socket goes out at the other.

The same server and client libraries as ours, no parsing, no sound, no call: the floor that the latency is held against.
`python -m tests.benchmarks.relay PORT LIVE_URL`.
"""

from __future__ import annotations

import asyncio
import sys

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from telephony_agent import server


def relay(live_url: str) -> Starlette:
    async def stream(phone: WebSocket) -> None:
        await phone.accept()
        async with connect(live_url, compression=None, max_size=None, ping_interval=None, proxy=None) as live:
            down = asyncio.create_task(_down(live, phone))
            while (message := await phone.receive())["type"] == "websocket.receive":
                await live.send(message["text"])
            down.cancel()

    return Starlette(routes=[WebSocketRoute("/stream", stream)])


async def _down(live: ClientConnection, phone: WebSocket) -> None:
    try:
        async for message in live:
            await phone.send_text(message if isinstance(message, str) else message.decode())
    except ConnectionClosed:
        pass


if __name__ == "__main__":
    server.run(relay(sys.argv[2]), server.listen("127.0.0.1", int(sys.argv[1])), lambda: asyncio.sleep(0))
