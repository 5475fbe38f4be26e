"""A Live session as it is on the wire, message by message: the questions are about what our own messages leave out."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..live import providers
from ..live.closing import Closing
from ..live.connection import IN_THE_WAY, Address, connected
from ..settings import Settings
from .journal import Journal
from .network import of_error

SET_UP = 10.0  # seconds for the setup
TURN = 20.0  # seconds for a whole turn
FRAME = 0.1  # seconds of sound in a message
OUTPUT_RATE = 24_000  # Hz


class Refused(Exception):
    """The server wants no such session. The text is its own, with the status or the code."""


class NoWay(Exception):
    """The server could not be asked."""


@dataclass
class Turn:
    """What the model did until its turn was complete. Times in seconds since the turn was asked for; None: it never."""

    said: str = ""
    heard: str = ""
    sound: float = 0.0
    chunks: list[float] = field(default_factory=list)
    first_sound: float | None = None
    last_sound: float | None = None
    first_heard: float | None = None
    generated: float | None = None
    complete: float | None = None
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    usage: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        return bool(self.said or self.sound)

    def take(self, message: Mapping[str, Any], at: float) -> None:
        content = message.get("serverContent") or {}
        for part in (content.get("modelTurn") or {}).get("parts", ()):
            if data := (part.get("inlineData") or {}).get("data"):
                self._sounded(len(data) * 3 / 4 / 2 / OUTPUT_RATE, at)
        self.said += (content.get("outputTranscription") or {}).get("text", "")
        if words := (content.get("inputTranscription") or {}).get("text", ""):
            self.heard += words
            self.first_heard = at if self.first_heard is None else self.first_heard
        if content.get("generationComplete"):
            self.generated = at
        if content.get("turnComplete"):
            self.complete = at
        self.calls += (message.get("toolCall") or {}).get("functionCalls", ())
        self.cancelled += (message.get("toolCallCancellation") or {}).get("ids", ())
        self.usage = message.get("usageMetadata") or self.usage

    def _sounded(self, seconds: float, at: float) -> None:
        self.sound += seconds
        self.chunks.append(seconds)
        self.first_sound = at if self.first_sound is None else self.first_sound
        self.last_sound = at


class Session:
    """An open one, its setup accepted. `handle` is the last that came, `updates` how many came."""

    def __init__(self, socket: ClientConnection, ask: Interview, hide: Callable[[str], str]) -> None:
        self._socket, self._ask, self._hide = socket, ask, hide
        self.handle: str | None = None
        self.updates = 0

    async def says(self, message: Mapping[str, Any]) -> None:
        """Sends it; to a session that is closed, nothing: what is heard next tells."""
        self._ask.note(">", message)
        try:
            await self._socket.send(json.dumps(message))
        except ConnectionClosed:
            self._ask.note(">", "could not be sent")

    async def tells(self, text: str) -> None:
        await self.says(
            {"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True}}
        )

    async def plays(self, pcm: bytes, rate: int) -> None:
        """Sound at its own pace: s16le mono."""
        loop = asyncio.get_running_loop()
        size = 2 * int(rate * FRAME)
        due = loop.time()
        for start in range(0, len(pcm), size):
            data = base64.b64encode(pcm[start : start + size]).decode()
            await self.says({"realtimeInput": {"audio": {"mimeType": f"audio/pcm;rate={rate}", "data": data}}})
            due += FRAME
            await asyncio.sleep(due - loop.time())

    async def hears(self, within: float) -> dict[str, Any] | None:
        """The next message; None once the session is closed, or nothing came in so many seconds."""
        try:
            async with asyncio.timeout(within):
                message: dict[str, Any] = json.loads(await self._socket.recv())
        except ConnectionClosed:
            self._ask.note("<", self.closing)
            return None
        except TimeoutError:
            return None
        except ValueError as error:
            raise NoWay(f"the server sent what is no JSON: {error}") from error
        self._ask.note("<", message)
        if (update := message.get("sessionResumptionUpdate")) is not None:
            self.updates += 1
            self.handle = update.get("newHandle") or self.handle
        return message

    async def turn(self, within: float = TURN, until_call: bool = False) -> Turn:
        """What comes until the turn is complete, the session closed, or so many seconds are over."""
        loop = asyncio.get_running_loop()
        began, turn = loop.time(), Turn()
        while turn.complete is None and (left := began + within - loop.time()) > 0:
            if (message := await self.hears(left)) is None:
                break
            turn.take(message, loop.time() - began)
            if until_call and turn.calls:
                break
        return turn

    async def ends(self, within: float) -> str:
        """How it was closed in so many seconds; "" if it was not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while not self.closing and (left := until - loop.time()) > 0:
            await self.hears(left)
        return self.closing

    @property
    def closing(self) -> str:
        """How it was closed; "" while it is open."""
        code = self._socket.close_code
        return "" if code is None else self._hide(f"closed with {code} {self._socket.close_reason!r}")


class Interview:
    """Opens sessions for one question, and keeps its journal."""

    def __init__(self, settings: Settings, dialler: providers.Dialler) -> None:
        self.settings = settings
        self.journal = Journal()
        self._dialler = dialler
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def note(self, way: str, message: Mapping[str, Any] | str) -> None:
        self.journal.note(self._loop.time() - self._began, way, message)

    async def address(self) -> Address:
        """The provider's, with our credentials. Raises `NoWay`."""
        address = await self._dialler.address()
        if isinstance(address, Closing):
            raise NoWay(address.why)
        return address

    @asynccontextmanager
    async def session(
        self, setup: Mapping[str, Any] | None = None, address: Address | None = None
    ) -> AsyncIterator[Session]:
        """One whose setup is a plain one with these fields over it, closed at the end. Raises `Refused` or `NoWay`."""
        address = address or await self.address()
        socket = await self._connected(address)
        try:
            session = Session(socket, self, address.hide)
            await session.says({"setup": merged(self._plain(), setup or {})})
            message = await session.hears(SET_UP)
            while message is not None and "setupComplete" not in message:
                message = await session.hears(SET_UP)
            if message is None:
                raise Refused(session.closing or f"nothing came in {SET_UP:g} s")
            yield session
        finally:
            await socket.close()

    async def _connected(self, address: Address) -> ClientConnection:
        self.note(">", f"dials {urlsplit(address.url).path}")
        try:
            return await connected(address)
        except InvalidStatus as error:
            body = " ".join(address.hide(bytes(error.response.body).decode(errors="replace")).split())
            self.note("<", f"HTTP {error.response.status_code} {body}")
            raise Refused(f"HTTP {error.response.status_code} {body:.200}".rstrip()) from error
        except IN_THE_WAY as error:
            raise NoWay(of_error(error, address.url, None).what) from error

    def _plain(self) -> dict[str, Any]:
        return {
            "model": providers.model(self.settings),
            "generationConfig": {"responseModalities": ["AUDIO"]},
            "systemInstruction": {"parts": [{"text": "Answer in as few words as you can."}]},
            "inputAudioTranscription": {},
            "outputAudioTranscription": {},
        }


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` wins, object by object."""
    both = {**under, **over}
    for name in under.keys() & over.keys():
        if isinstance(under[name], Mapping) and isinstance(over[name], Mapping):
            both[name] = merged(under[name], over[name])
    return both
