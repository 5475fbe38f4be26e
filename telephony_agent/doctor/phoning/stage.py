"""The service that the probe's call meets: it answers with one act after the other, and keeps what it sees."""

from __future__ import annotations

import asyncio
import audioop
import base64
import json
import math
import struct
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from ...phone.signature import Form, Signatures
from .acts import ACTS, CUT, REFUSED, TALK, document
from .seen import Asked, Stream, Visit
from .wire import Closed, Ping, Request, Socket

RATE = 8000  # Hz
TONE, PEAK = 440, 8000  # Hz, and of 32,767: what whoever answers hears
SILENCE = b"\xff" * RATE  # a second of mu-law
ONE_MESSAGE, MESSAGES = 30, 60  # seconds of sound in a single one, and in as many of a second: nobody has to hear it
SOON = 5.0  # seconds in which what must come comes
KEY = 12.0  # seconds for a key to be pressed
AFTER_KEY = 0.5  # seconds in which its tone is heard, if it is
FRAMES = 10  # of sound, after which a stream is under way
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
SPOILT = {"voice", f"after-{CUT}"}  # what is answered 503 the first time


class Stage:
    """`base`: our public URL with a secret in its path, which nobody else knows. `hang_up` ends the call by REST."""

    def __init__(self, base: str, token: str, hang_up: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.visit = Visit()
        self.over = asyncio.Event()
        self._base, self._path = base, urlsplit(base).path
        self._signatures = Signatures([token], base.removesuffix(self._path))
        self._validator = RequestValidator(token)
        self._hang_up = hang_up
        self._left = list(ACTS)
        self._spoilt: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def now(self) -> float:
        return self._loop.time() - self._began

    def note(self, way: str, message: Any) -> None:
        self.visit.journal.note(self.now, way, message)

    # Requests

    async def answer(self, request: Request) -> tuple[int, str]:
        kind = request.target.removeprefix(f"{self._path}/")
        if kind == "sign" and request.method == "GET":
            return 200, self._path
        try:
            form = Form.parse(request.body.decode())
        except ValueError:
            return 400, "This is no form."
        signature = request.headers.get("x-twilio-signature", "")
        if kind == request.target or not self._signatures.of_webhook(request.target, form, signature):
            return 403, "This is not for you."
        status, text = self._answered(kind, form)
        fields = {name: form.first(name) for name in form}
        token = request.headers.get("i-twilio-idempotency-token", "")
        self.visit.requests.append(Asked(self.now, kind, fields, token, status))
        self.note("<", {"POST": kind, "answered": status, **fields})
        return status, text

    def _answered(self, kind: str, form: Form) -> tuple[int, str]:
        if kind in SPOILT - self._spoilt:
            self._spoilt.add(kind)
            return 503, "Once more."
        if kind in ("voice", "fallback") or kind.startswith("after-"):
            return 200, document(self._left[0] if self._left else None, self._base)
        if kind == "status" and (status := form.first("CallStatus")) in ENDED:
            self.visit.over = self.now, status
            self.over.set()
        return 204, ""

    # Streams

    async def talk(self, socket: Socket) -> None:
        act = socket.request.target.removeprefix(f"{self._path}/")
        if act not in self._left:
            await socket.refuse(404)
            return
        stream = self.visit.streams[act] = Stream(self.now, self._signed(socket.request))
        self.note("<", f"the upgrade of stream {act!r}, signed for {stream.signed or 'no URL that we know'}")
        line = Line(self, socket, stream)
        try:
            await self._play(act, line)
        finally:
            self._left.remove(act)
            self.note("<", f"stream {act!r} is over, closed with {stream.close_code}")

    async def _play(self, act: str, line: Line) -> None:
        if act == REFUSED:
            line.stream.finished = self.now
            await line.socket.refuse(403)
            return
        line.stream.accepted = True
        await line.socket.accept()
        if act == TALK:
            await _talk(line)
            line.stream.finished = self.now
            await line.socket.close(1000)
            await line.ends(SOON)
            return
        await line.until(lambda: len(line.stream.events("media")) >= FRAMES, SOON)
        line.stream.finished = self.now
        if act == CUT:
            line.socket.cut()
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hang_up())
            await line.ends(2 * SOON)

    def _signed(self, request: Request) -> str:
        """With the port and without, with a slash at the end and without."""
        public = urlsplit(self._base)
        given = request.headers.get("x-twilio-signature", "")
        for host in dict.fromkeys([public.netloc, public.hostname or ""]):
            for end in ("", "/"):
                url = f"wss://{host}{request.target}{end}"
                if self._validator.compute_signature(url, {}) == given:
                    return url.replace(self._path, "/…")
        return ""


class Line:
    """One stream: what comes is kept, with its time."""

    def __init__(self, stage: Stage, socket: Socket, stream: Stream) -> None:
        self.stage, self.socket, self.stream = stage, socket, stream

    async def says(self, event: str, **body: Any) -> None:
        sid = next((message["streamSid"] for _, message in self.stream.events("start")), "")
        message = {"event": event, "streamSid": sid, **body}
        if event != "media":
            self.stage.note(">", message)
        await self.socket.send(json.dumps(message))

    async def plays(self, ulaw: bytes) -> None:
        await self.says("media", media={"payload": base64.b64encode(ulaw).decode()})

    async def marks(self, name: str, within: float) -> float | None:
        """Seconds until it comes back; None if it does not."""
        began = self.stage.now
        await self.says("mark", mark={"name": name})
        return await self.returns(name, began, within)

    async def returns(self, name: str, began: float, within: float) -> float | None:
        if await self.until(lambda: self._back(name) is not None, within):
            return round((self._back(name) or began) - began, 3)
        return None

    def _back(self, name: str) -> float | None:
        return next((at for at, message in self.stream.events("mark") if message["mark"]["name"] == name), None)

    async def ends(self, within: float) -> None:
        """What comes until the other end has closed."""
        await self.until(lambda: self.stream.over is not None, within)

    async def until(self, true: Callable[[], bool], within: float) -> bool:
        """Whether it became so, while the stream was there, in so many seconds."""
        try:
            async with asyncio.timeout(within):
                while not true():
                    if self.stream.over is not None:
                        return False
                    self._took(await self.socket.receive())
        except TimeoutError:
            return False
        return True

    def _took(self, received: str | Ping | Closed) -> None:
        match received:
            case Closed(code):
                self.stream.over, self.stream.close_code = self.stage.now, code
            case Ping():
                self.stream.pings += 1
            case text:
                try:
                    message = json.loads(text)
                except ValueError:
                    message = {"event": "no JSON", "text": text}
                self.stream.messages.append((self.stage.now, message))
                if message.get("event") != "media":
                    self.stage.note("<", message)


async def _talk(line: Line) -> None:
    notes = line.stream.notes
    if not await line.until(lambda: bool(line.stream.events("start")), SOON):
        return
    await line.plays(_tone(1.0))
    notes["played"] = await line.marks("played", SOON)
    await line.plays(_tone(3.0))
    began = line.stage.now
    await line.says("mark", mark={"name": "cleared"})
    await line.says("clear")
    notes["cleared"] = await line.returns("cleared", began, 2.0)  # less than the tone lasts
    await line.plays(SILENCE * ONE_MESSAGE)
    for _ in range(MESSAGES):
        await line.plays(SILENCE)
    await line.says("clear")
    notes["alive"] = await line.marks("alive", SOON)
    await line.until(lambda: bool(line.stream.events("dtmf")), KEY)
    await line.until(lambda: False, AFTER_KEY)


def _tone(seconds: float) -> bytes:
    samples = [round(PEAK * math.sin(2 * math.pi * TONE * at / RATE)) for at in range(round(seconds * RATE))]
    return audioop.lin2ulaw(struct.pack(f"<{len(samples)}h", *samples), 2)
