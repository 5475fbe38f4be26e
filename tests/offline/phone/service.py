"""A small service for the offline phone to ring: it answers with the TwiML it is given and keeps what it was sent."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from telephony_agent.offline.phone.levels import ulaw_level

ORIGIN = "https://agent.example.com"  # what the service is called; it is on loopback
PATIENCE = 20.0  # seconds after which a test is broken


@dataclass(frozen=True)
class Request_:
    """One webhook: `raw` is the body as it came."""

    path: str
    headers: dict[str, str]
    form: dict[str, str]
    raw: str


class Stream:
    """A stream's far end, in the words of the protocol."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.messages: list[dict[str, Any]] = []
        self.close_code: int | None = None

    async def receives(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.websocket.receive_text())
        self.messages.append(message)
        return message

    async def receives_event(self, event: str) -> dict[str, Any]:
        while (message := await self.receives())["event"] != event:
            pass
        return message

    async def receives_a_line(self) -> None:
        """Until the caller has spoken and then been quiet for 100 ms."""
        await self.receives_onset()
        quiet = 0
        while quiet < 5:
            quiet = 0 if await self._loud() else quiet + 1

    async def receives_onset(self) -> None:
        """Until the caller begins to speak."""
        while not await self._loud():
            pass

    async def _loud(self) -> bool:
        return ulaw_level(base64.b64decode((await self.receives_event("media"))["media"]["payload"])) > -40

    async def sends(self, event: str, **body: Any) -> None:
        await self.websocket.send_text(json.dumps({"event": event, "streamSid": self.sid, **body}))

    async def says(self, ulaw: bytes) -> None:
        await self.sends("media", media={"payload": base64.b64encode(ulaw).decode()})

    async def marks(self, name: str) -> None:
        await self.sends("mark", mark={"name": name})

    async def returned(self, name: str) -> None:
        while (await self.receives_event("mark"))["mark"]["name"] != name:
            pass

    @property
    def start(self) -> dict[str, Any]:
        return next(message["start"] for message in self.messages if message["event"] == "start")

    @property
    def sid(self) -> str:
        return str(self.start["streamSid"])


Talk = Callable[[Stream], Awaitable[None]]


class Service:
    """`voice` and `next` are the TwiML of the two webhooks; `talk` is what it does on a stream, which then closes."""

    def __init__(self, talk: Talk, *, voice: str, following: str) -> None:
        self.talk = talk
        self.documents = {"/twilio/voice": voice, "/twilio/voice/next": following}
        self.requests: list[Request_] = []
        self.handshakes: list[dict[str, str]] = []
        self.streams: list[Stream] = []
        self.address = ("", 0)
        self.app = Starlette(
            routes=[Route("/{path:path}", self._post, methods=["POST"]), WebSocketRoute("/twilio/stream", self._stream)]
        )

    def posted(self, path: str) -> list[dict[str, str]]:
        return [request.form for request in self.requests if request.path == path]

    async def _post(self, request: Request) -> Response:
        raw = (await request.body()).decode()
        form = dict(parse_qsl(raw, keep_blank_values=True))
        self.requests.append(Request_(request.url.path, dict(request.headers), form, raw))
        document = self.documents.get(request.url.path)
        if document is None:
            return Response(status_code=204 if "status" in request.url.path else 404)
        return Response(document, media_type="text/xml")

    async def _stream(self, websocket: WebSocket) -> None:
        self.handshakes.append(dict(websocket.headers))
        await websocket.accept()
        stream = Stream(websocket)
        self.streams.append(stream)
        try:
            await self.talk(stream)
            await websocket.close(1000)
        except WebSocketDisconnect as gone:
            stream.close_code = gone.code


class _Server(uvicorn.Server):
    """uvicorn that leaves Ctrl-C to pytest, and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


CONNECT = (
    '<Response><Connect action="/twilio/voice/next"><Stream url="/twilio/stream" '
    f'statusCallback="{ORIGIN}/twilio/stream-status"><Parameter name="token" value="t0k3n"/></Stream>'
    "</Connect></Response>"
)
HANGUP = "<Response><Hangup/></Response>"


@asynccontextmanager
async def on_loopback(app: Starlette) -> AsyncIterator[tuple[str, int]]:
    """The app on a free port; its host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1)
    server = _Server(config)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[listener]))
        try:
            await server.up.wait()
            yield listener.getsockname()[:2]
        finally:
            server.should_exit = True


@asynccontextmanager
async def serving(talk: Talk, *, voice: str = CONNECT, following: str = HANGUP) -> AsyncIterator[Service]:
    """The service on a free port of loopback."""
    service = Service(talk, voice=voice, following=following)
    async with on_loopback(service.app) as service.address:
        yield service
