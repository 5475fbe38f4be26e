"""The two ends of a call, played by hand on loopback sockets: what a test says is what goes over the wire."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from starlette.types import ASGIApp
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from telephony_agent import server
from telephony_agent.agent import Agent, ChooseAgent
from telephony_agent.app import create_app
from telephony_agent.calls import Observer
from telephony_agent.settings import Settings

SOON = 5.0  # seconds in which everything expected must happen; a test that waits longer has failed
TOKEN = "a-token-of-the-tests"
ACCOUNT = "AC" + "0" * 32
CALL = "CA" + "1" * 32
STREAM = "MZ" + "2" * 32
SILENCE = b"\xff" * 160  # 20 ms of mu-law


class Party:
    """One end of a WebSocket that speaks JSON. Nothing waits longer than `SOON`."""

    def __init__(self, socket: ClientConnection | ServerConnection, binary: bool = False) -> None:
        self.socket = socket
        self._binary = binary  # Gemini sends its JSON in binary frames

    async def says(self, message: Mapping[str, Any]) -> None:
        text = json.dumps(message)
        await self.socket.send(text.encode() if self._binary else text)

    async def hears(self) -> dict[str, Any]:
        async with asyncio.timeout(SOON):
            message: dict[str, Any] = json.loads(await self.socket.recv())
            return message

    async def hears_only(self, kind: str) -> dict[str, Any]:
        """The next message of this kind; others are passed over."""
        async with asyncio.timeout(SOON):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if kind in message or message.get("event") == kind:
                    return message

    async def is_closed(self) -> int | None:
        """The close code, once the other end has closed."""
        async with asyncio.timeout(SOON):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code


class Model:
    """A Live API: each session that is dialled goes to `session()`."""

    def __init__(self) -> None:
        self._sessions: asyncio.Queue[Party] = asyncio.Queue()
        self.url = ""
        self.dials = 0
        self.path = ""
        self.headers: dict[str, str] = {}

    async def accept(self, socket: ServerConnection) -> None:
        self.dials += 1
        assert socket.request is not None
        self.path = socket.request.path
        self.headers = dict(socket.request.headers.raw_items())
        await self._sessions.put(Party(socket, binary=True))
        await socket.wait_closed()

    async def session(self) -> Party:
        """The next one that was dialled."""
        async with asyncio.timeout(SOON):
            return await self._sessions.get()

    async def accepted(self) -> Party:
        """The next one, its setup answered."""
        session = await self.session()
        assert "setup" in await session.hears()
        await session.says({"setupComplete": {}})
        return session

    async def greeting(self) -> Party:
        """The next one, accepted, once it has been asked to greet."""
        session = await self.accepted()
        assert "clientContent" in await session.hears()
        return session


@asynccontextmanager
async def modelling() -> AsyncIterator[Model]:
    model = Model()
    listener: Server
    async with serve(model.accept, "127.0.0.1", 0, compression=None, close_timeout=0.5) as listener:
        model.url = f"ws://127.0.0.1:{next(iter(listener.sockets)).getsockname()[1]}"
        yield model


@dataclass
class Service:
    """Our service, as Twilio sees it."""

    address: str
    public_url: str
    token: str | None = TOKEN

    async def post(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """A webhook, signed unless `headers` says otherwise; the status and the body of the answer."""
        body = urlencode(form)
        lines = {"Host": urlsplit(self.public_url).netloc, "Content-Type": "application/x-www-form-urlencoded"}
        if self.token:
            lines["X-Twilio-Signature"] = RequestValidator(self.token).compute_signature(self.public_url + path, form)
        return await self.request("POST", path, lines | dict(headers or {}), body)

    async def get(self, path: str) -> tuple[int, str]:
        return await self.request("GET", path, {"Host": self.address}, "")

    async def fetch(self, path: str) -> tuple[str, bytes]:
        """What is read of a path, as it comes: the head and the body."""
        return await self._exchange("GET", path, {"Host": self.address}, "")

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
        head, answer = await self._exchange(method, path, headers, body)
        return int(head.split()[1]), answer.decode()

    async def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: str) -> tuple[str, bytes]:
        target = urlsplit(self.public_url).path + path
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        host, port = self.address.split(":")
        async with asyncio.timeout(SOON):
            reader, writer = await asyncio.open_connection(host, int(port))
            first = f"{method} {target} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(first.encode() + body.encode())
            head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
            await writer.wait_closed()
        return head.decode(), answer

    async def rings(self, call: str = CALL, path: str = "/twilio/voice", **extra: str) -> str:
        """The TwiML that a call gets."""
        status, body = await self.post(path, call_form(call) | extra)
        assert status == 200, body
        return body

    @asynccontextmanager
    async def stream(self, token: str | None, call: str = CALL, sid: str = STREAM) -> AsyncIterator[Party]:
        """A stream with its `connected` and `start` sent; no `start` if the token is None."""
        target = urlsplit(self.public_url).path + "/twilio/stream"
        url = f"wss:{self.public_url.partition(':')[2]}/twilio/stream"
        headers = {"X-Twilio-Signature": RequestValidator(self.token).compute_signature(url, {})} if self.token else {}
        uri = f"ws://{self.address}{target}"
        async with connect(uri, additional_headers=headers, compression=None, close_timeout=0.5, proxy=None) as socket:
            phone = Party(socket)
            if token is not None:
                await phone.says({"event": "connected", "protocol": "Call", "version": "1.0.0"})
                await phone.says(start(token, call, sid))
            yield phone


@asynccontextmanager
async def serving(app: ASGIApp, public_url: str = "", token: str | None = TOKEN) -> AsyncIterator[Service]:
    listener = server.listen("127.0.0.1", 0)
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    async with server.serving(app, listener):
        yield Service(address, public_url or f"http://{address}", token)


@asynccontextmanager
async def answering(
    agent: Agent | ChooseAgent,
    live_url: str,
    observe: Observer = lambda call_sid, now, step: None,
    public_url: str = "http://127.0.0.1:8080",
    **settings: Any,
) -> AsyncIterator[Service]:
    """The service on a free port, its model at `live_url`."""
    given = {"auth_tokens": (TOKEN,), "provider": "offline", **settings}
    app = create_app(agent, Settings(public_url=public_url, live_url=live_url, **given), observe)
    tokens: tuple[str, ...] = given["auth_tokens"]
    async with serving(app, public_url, tokens[0] if tokens else None) as service:
        yield service


def call_form(call: str = CALL) -> dict[str, str]:
    return {
        "CallSid": call,
        "AccountSid": ACCOUNT,
        "From": "+15550100001",
        "To": "+15550100002",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "FromCountry": "US",
        "FromCity": "",
    }


def token_in(document: str) -> str:
    """The stream token in a TwiML document."""
    parameter = ElementTree.fromstring(document).find("./Connect/Stream/Parameter[@name='token']")
    assert parameter is not None, document
    return parameter.attrib["value"]


def start(token: str, call: str = CALL, sid: str = STREAM) -> dict[str, Any]:
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    return {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": ACCOUNT,
            "streamSid": sid,
            "callSid": call,
            "tracks": ["inbound"],
            "mediaFormat": media_format,
            "customParameters": {"token": token},
        },
        "streamSid": sid,
    }


def media(ulaw: bytes = SILENCE) -> dict[str, Any]:
    payload = {"track": "inbound", "chunk": "1", "timestamp": "155", "payload": base64.b64encode(ulaw).decode()}
    return {"event": "media", "sequenceNumber": "2", "media": payload, "streamSid": STREAM}


def mark(name: str) -> dict[str, Any]:
    return {"event": "mark", "sequenceNumber": "3", "streamSid": STREAM, "mark": {"name": name}}


STOP = {"event": "stop", "sequenceNumber": "4", "streamSid": STREAM, "stop": {"accountSid": ACCOUNT, "callSid": CALL}}


def voice(pcm: bytes) -> dict[str, Any]:
    """A piece of the model's turn: 24 kHz s16le."""
    data = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(pcm).decode()}
    return {"serverContent": {"modelTurn": {"parts": [{"inlineData": data}]}}}


def content(**fields: Any) -> dict[str, Any]:
    return {"serverContent": fields}


def tool_call(id: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"toolCall": {"functionCalls": [{"id": id, "name": name, "args": arguments}]}}
