"""A stream's socket, where the peer, or the server, is not what it should be."""

from __future__ import annotations

import asyncio

import pytest
import uvicorn
from starlette.types import Message
from starlette.websockets import WebSocket

from telephony_agent import Agent, create_app, server
from telephony_agent.phone.connection import PhoneConnection
from telephony_agent.settings import Settings
from tests.parties import STOP, TOKEN, Service, media, modelling, token_in, voice

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


@pytest.mark.anyio
async def test_a_host_that_has_a_server_of_its_own_carries_a_call_in_both_directions() -> None:
    async with modelling() as model:
        agent = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None)
        line = create_app(agent, Settings(live_url=model.url, provider="offline", auth_tokens=(TOKEN,)))
        listener = server.listen("127.0.0.1", 0)
        own = uvicorn.Server(uvicorn.Config(line, ws="websockets-sansio", log_config=None))
        running = asyncio.create_task(own.serve(sockets=[listener]))  # it is listened on by now
        service = Service(f"127.0.0.1:{listener.getsockname()[1]}", "http://127.0.0.1:8080")
        try:
            async with service.stream(token_in(await service.rings())) as phone:
                session = await model.greeting()
                await phone.says(media())
                assert "realtimeInput" in await session.hears()
                await session.says(voice(b"\x00\x10" * 2_400))
                assert await phone.hears_only("media")
                await phone.says(STOP)
                assert await phone.is_closed() == 1000
        finally:
            own.should_exit = True
            await running
            listener.close()
