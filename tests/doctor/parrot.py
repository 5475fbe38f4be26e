"""A Live server played by hand that says one word, the last of its instruction, and can be told to be odd."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from telephony_agent.doctor.answers import Answer
from telephony_agent.doctor.ask import QUESTIONS, ask_one
from telephony_agent.live.providers import Dialler
from telephony_agent.settings import Settings


@dataclass
class Parrot:
    url: str = ""
    keeps: bool = False
    """Resumed, it goes by its old instruction."""
    silent: bool = False
    handles: bool = True
    unasked: bool = False
    refuses: tuple[int, str] | None = None
    """How a session that is resumed is closed."""
    deaf: tuple[str, ...] = ()
    """Kinds of message that it takes no notice of."""
    hurt: tuple[str, ...] = ()
    """Kinds of message that it closes the session at."""
    setups: list[dict[str, Any]] = field(default_factory=list)
    _word: str = ""

    async def talk(self, socket: ServerConnection) -> None:
        try:
            async for raw in socket:
                (kind, content), *_ = json.loads(raw).items()
                if kind in self.hurt:
                    await socket.close(1007, "Request contains an invalid argument.")
                elif kind not in self.deaf:
                    await self._do(kind, content, socket)
        except ConnectionClosed:
            pass

    async def _do(self, kind: str, content: dict[str, Any], socket: ServerConnection) -> None:
        if kind == "setup":
            self.setups.append(content)
            resumed = "handle" in content.get("sessionResumption", {})
            if resumed and self.refuses:
                return await socket.close(*self.refuses)
            if not (resumed and self.keeps):
                self._word = _word(content)
            await self._says(socket, setupComplete={})
        elif kind == "contextUpdate":
            self._word = _word(content)
        elif kind == "clientContent" or "text" in content:
            if not self.silent:
                await self._says(socket, serverContent={"outputTranscription": {"text": self._word}})
            await self._says(socket, serverContent={"generationComplete": True})
            await self._says(socket, serverContent={"turnComplete": True})
            if self.unasked or (self.handles and "sessionResumption" in self.setups[-1]):
                await self._says(socket, sessionResumptionUpdate={"newHandle": "a-handle", "resumable": True})
        return None

    async def _says(self, socket: ServerConnection, **message: Any) -> None:
        await socket.send(json.dumps(message).encode())


def _word(content: dict[str, Any]) -> str:
    instruction = content.get("systemInstruction", {"parts": [{"text": "nothing"}]})
    return str(instruction["parts"][0]["text"]).rstrip(".").split()[-1]


@asynccontextmanager
async def parroting(**odd: Any) -> AsyncIterator[Parrot]:
    parrot = Parrot(**odd)
    async with serve(parrot.talk, "127.0.0.1", 0, close_timeout=0.2) as server:
        parrot.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield parrot


async def asked(name: str, url: str, **settings: Any) -> Answer:
    """What that question is answered with there."""
    given = Settings(live_url=url, **({"provider": "offline"} | settings))
    question = next(each for each in QUESTIONS if each.name == name)
    return (await ask_one(question, given, Dialler(given))).answer
