"""A network without sockets, for calls on a virtual clock: TwiML by path, and a service's end of each stream."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from telephony_agent.offline.phone.levels import ulaw_level
from telephony_agent.offline.phone.network import Socket
from telephony_agent.offline.phone.webhook import Answer

Item = str | bytes | None  # None: closed


class Wire:
    """One stream. The phone's end is a `network.Socket`; the service's is `service`."""

    def __init__(self) -> None:
        self.close_code: int | None = None
        self.lost = False
        self.service = ServiceEnd(self)
        self._to_phone: asyncio.Queue[Item] = asyncio.Queue()
        self.to_service: asyncio.Queue[Item] = asyncio.Queue()

    async def receive(self) -> str | bytes | None:
        return await self._to_phone.get()

    async def send(self, text: str) -> None:
        self.to_service.put_nowait(text)

    async def close(self, code: int | None) -> None:
        self.drop()

    def drop(self) -> None:
        self.to_service.put_nowait(None)

    def deliver(self, item: Item) -> None:
        self._to_phone.put_nowait(item)


class ServiceEnd:
    """A service's socket: messages or None from `receive`, as the bridge wants it, and words of the protocol on top."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.sid = ""

    def taken_by(self, take: Callable[[str], bool] | None) -> None:
        """Nothing is: all waits for `receive`."""

    async def receive(self) -> str | bytes | None:
        return await self._wire.to_service.get()

    async def send(self, text: str | bytes) -> None:
        self._wire.deliver(text)

    def send_now(self, text: str) -> bool:
        return False

    async def close(self, code: int) -> None:
        if self._wire.close_code is None and not self._wire.lost:
            self._wire.close_code = code
            self._wire.deliver(None)

    def lose(self) -> None:
        """The socket breaks off, without a close frame."""
        self._wire.lost = True
        self._wire.deliver(None)

    async def receives(self, event: str) -> dict[str, Any]:
        """The next message of this kind; others are passed over. Raises EOFError when the phone is gone."""
        while (text := await self.receive()) is not None:
            message: dict[str, Any] = json.loads(text)
            self.sid = message.get("streamSid", self.sid)
            if message["event"] == event:
                return message
        raise EOFError("the phone is gone")

    async def receives_speech(self, loud: bool) -> None:
        """Until a frame of the caller that is, or is not, speech."""
        while (ulaw_level(base64.b64decode((await self.receives("media"))["media"]["payload"])) > -40) is not loud:
            pass

    async def sends(self, event: str, **body: Any) -> None:
        await self.send(json.dumps({"event": event, "streamSid": self.sid, **body}))

    async def says(self, ulaw: bytes) -> None:
        await self.sends("media", media={"payload": base64.b64encode(ulaw).decode()})

    async def marks(self, name: str) -> None:
        await self.sends("mark", mark={"name": name})

    async def returned(self, name: str) -> None:
        while (await self.receives("mark"))["mark"]["name"] != name:
            pass


class InMemory:
    """`talk` is what the service does on a stream, which it then closes with 1000. Its tasks live in `tasks`."""

    def __init__(
        self, documents: dict[str, str], talk: Callable[[ServiceEnd], Awaitable[None]], tasks: asyncio.TaskGroup
    ) -> None:
        self.documents = documents
        self.posted: list[tuple[str, dict[str, str]]] = []
        self._talk = talk
        self._tasks = tasks

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        path = urlsplit(url).path
        self.posted.append((path, form))
        document = self.documents.get(path)
        return Answer(204, "text/plain", "") if document is None else Answer(200, "text/xml", document)

    async def dial(self, url: str) -> Socket:
        wire = Wire()
        self._tasks.create_task(self._serve(wire.service))
        return wire

    async def _serve(self, end: ServiceEnd) -> None:
        try:
            await self._talk(end)
        except EOFError:
            return
        await end.close(1000)
