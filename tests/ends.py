"""The two ends of a call in memory, for `tests.virtual`: a phone that plays as Twilio does, models played by hand."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from telephony_agent.live.closing import Closing, Remedy

BREATH = 3.5  # seconds
ROUND_TRIP = 0.02  # seconds that opening or closing a socket takes
BROKEN = Closing(Remedy.RESUME, "closed with 1011")


def media(ulaw: bytes) -> dict[str, Any]:
    return {"event": "media", "media": {"track": "inbound", "payload": base64.b64encode(ulaw).decode()}}


def voice(seconds: float) -> dict[str, Any]:
    """The agent's, as 24 kHz PCM, silent in its last 8 ms."""
    data = base64.b64encode((b"\x00\x10" * int(24_000 * seconds))[:-400] + bytes(400)).decode()
    return content(modelTurn={"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}]})


def content(**fields: Any) -> dict[str, Any]:
    return {"serverContent": fields}


def tool_call(id: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"toolCall": {"functionCalls": [{"id": id, "name": name, "args": arguments}]}}


class End:
    """A socket of ours, seen from the other side. `reads`: whether it takes what is sent.

    As a real one, it hands texts over as they are said to whoever asked for them.
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []  # what the bridge has sent, in order
        self.times: list[float] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = asyncio.Event()  # we are closing it
        self.closed = False
        self._take: Callable[[str], bool] | None = None
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    def says(self, *messages: Mapping[str, Any] | str | bytes) -> None:
        for message in messages:
            said = json.dumps(message) if isinstance(message, Mapping) else message
            if not (isinstance(said, str) and self._take and self._inbox.empty() and self._take(said)):
                self._inbox.put_nowait(said)

    def breaks(self) -> None:
        """The connection is gone, without a word."""
        self._inbox.put_nowait(None)

    def taken_by(self, take: Callable[[str], bool] | None) -> None:
        self._take = take

    async def receive(self) -> str | bytes | None:
        return None if self.gone.is_set() else await self._inbox.get()

    async def send(self, text: str) -> None:
        await self.reads.wait()
        self._note(text)

    def send_now(self, text: str) -> bool:
        if not self.reads.is_set() or self.gone.is_set():
            return False
        self._note(text)
        return True

    def _note(self, text: str) -> None:
        self.sent.append(json.loads(text))
        self.times.append(asyncio.get_running_loop().time())

    async def _close(self) -> None:
        self.gone.set()
        await asyncio.sleep(ROUND_TRIP)
        self.closed = True

    def kinds(self) -> Iterator[str]:
        """What was sent, by its kind."""
        for message in self.sent:
            yield message.get("event") or next(iter(message))


class Phone(End):
    """Plays 8000 bytes a second in order and returns marks; `clear` returns all of them.

    A live one sends 50 frames a second; this one, which has nothing to say, one in `BREATH`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive = True
        self.code: int | None = None  # that the bridge closed it with
        self._playing_until = 0.0
        self._marks: dict[str, asyncio.TimerHandle] = {}

    async def receive(self) -> str | bytes | None:
        try:
            async with asyncio.timeout(BREATH if self.alive else None):
                return await super().receive()
        except TimeoutError:
            return json.dumps(media(b"\xff" * 160)) if self.alive else await super().receive()

    def _note(self, text: str) -> None:
        super()._note(text)
        loop = asyncio.get_running_loop()
        match self.sent[-1]:
            case {"event": "media", "media": {"payload": payload}}:
                seconds = len(base64.b64decode(payload)) / 8_000
                self._playing_until = max(self._playing_until, loop.time()) + seconds
            case {"event": "mark", "mark": {"name": name}}:
                self._marks[name] = loop.call_at(max(self._playing_until, loop.time()), self._returns, name)
            case {"event": "clear"}:
                self._playing_until = loop.time()
                for name, handle in list(self._marks.items()):
                    handle.cancel()
                    self._returns(name)

    def _returns(self, mark: str) -> None:
        del self._marks[mark]
        self.says({"event": "mark", "mark": {"name": mark}})

    async def close(self, code: int) -> None:
        if self.code is None:
            self.code = code
        for handle in self._marks.values():
            handle.cancel()
        await self._close()


class Model(End):
    """A Live session. `accepts`: it answers the setup by itself."""

    def __init__(self, accepts: bool = True) -> None:
        super().__init__()
        self.closing = BROKEN
        self._accepts = accepts

    def says(self, *messages: Mapping[str, Any] | str | bytes) -> None:
        """In binary frames, as Gemini does."""
        super().says(*(json.dumps(each).encode() if isinstance(each, Mapping) else each for each in messages))

    def closes(self, closing: Closing) -> None:
        self.closing = closing
        self.breaks()

    def _note(self, text: str) -> None:
        super()._note(text)
        if self._accepts and "setup" in self.sent[-1]:
            self.says({"setupComplete": {}})

    async def close(self) -> None:
        await self._close()


class Models:
    """Answers each dial: with what is prepared for it, else with a model that accepts."""

    def __init__(self, *prepared: Model | Closing) -> None:
        self.sessions: list[Model] = []
        self.dials: list[float] = []
        self._prepared = list(prepared)

    async def __call__(self) -> Model | Closing:
        assert all(session.closed for session in self.sessions), "two sessions at once: a handle is refused then"
        self.dials.append(asyncio.get_running_loop().time())
        await asyncio.sleep(ROUND_TRIP)
        answer = self._prepared.pop(0) if self._prepared else Model()
        if isinstance(answer, Model):
            self.sessions.append(answer)
        return answer
