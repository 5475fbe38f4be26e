"""Twilio's side of the HTTP face: what it asks and reports, and its Media Streams.

https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/voice/media-streams.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol, assert_never

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from .. import phrases
from ..agent import ENDED, Agent, IncomingCall, Order
from ..calls import Answer, Calls, Connect, Refuse, Wait
from ..errors import ProtocolError
from ..policies import known_as
from ..record.entries import Announce, Apology, CallBack, Meet, Next, PressDigits, Transfer, Voicemail
from ..settings import Settings
from . import twiml
from .connection import PhoneConnection
from .door import Door, Refused
from .messages import Heard, Started
from .reading import Reader
from .signature import Form

logger = logging.getLogger(__name__)

REPEATED = 30.0  # seconds in which Twilio may repeat a question: twice the longest that it tries
START_PATIENCE = 5.0  # seconds from the upgrade to `start`
POLICY = 1008  # WebSocket close code (RFC 6455, 7.4.1)
CALL_SID, ACCOUNT_SID = re.compile("CA[0-9a-fA-F]{32}"), re.compile("AC[0-9a-fA-F]{32}")
SUMS_UP = {"stream-status": "StreamEvent", "amd": "AnsweredBy", "recording": "RecordingStatus"}  # a report, by its kind
KNOWN = ("CallSid", "AccountSid", "ApiVersion")  # of every report: they are kept with the call, or worth nothing
LONGEST_FACT, FACTS = 500, 60  # characters of what Twilio tells, and how much of it, that are kept


FindOrder = Callable[[str], Awaitable[Order | None]]  # by the CallSid of a call that we placed
Note = Callable[[str, str, Mapping[str, str]], None]  # the CallSid, the kind of report, its facts
Speak = Callable[[str, str], twiml.Words]  # a text, in the language that the operator gave for it


class Sounds(Protocol):
    """The recordings there are of what is said where no agent can."""

    def sound(self, agent: Agent, text: str, language: str) -> str | None: ...
    def wav(self, name: str) -> bytes | None: ...


class Webhooks:
    """The routes under `/twilio`. `calls` must be running."""

    def __init__(
        self, calls: Calls, settings: Settings, door: Door, note: Note, find_order: FindOrder, sounds: Sounds
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._door = door
        self._note = note
        self._find_order = find_order
        self._sounds = sounds
        self._told: dict[tuple[str, str, str], str] = {}  # by path, CallSid and Twilio's idempotency token

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/voice", self.voice, methods=["POST"]),
            Route("/voice/next", self.next, methods=["POST"]),
            Route("/status", self.status, methods=["POST"]),
            Route("/stream-status", self.report, methods=["POST"]),
            Route("/amd", self.report, methods=["POST"]),
            Route("/recording", self.report, methods=["POST"]),
            Route("/colleague/{call_sid}", self.colleague, methods=["POST"]),
            Route("/clips/{name}.wav", self.clip, methods=["GET"]),
            WebSocketRoute("/stream", self.stream),
        ]

    # HTTP.

    async def voice(self, request: Request) -> Response:
        """A call comes in, or one that we placed is answered."""
        return await self._tell(request, self._calls.ring)

    async def next(self, request: Request) -> Response:
        """The stream has ended, or could not be opened: what now?"""
        return await self._tell(request, self._calls.next)

    async def _tell(self, request: Request, ask: Callable[[IncomingCall], Awaitable[Answer]]) -> Response:
        """The document for a call. A question that Twilio repeats, as it lost the answer, has the same one again."""
        try:
            incoming = _incoming(await self._door.form(request))
        except Refused as refused:
            return refused.response
        if incoming.outbound:
            incoming = replace(incoming, order=await self._find_order(incoming.call_sid))
        question = request.url.path, incoming.call_sid, request.headers.get("i-twilio-idempotency-token", "")
        if (text := self._told.get(question)) is None:
            answer = await ask(incoming)
            text = document(answer, self._settings.public_url, self._voice(incoming.call_sid))
        if question[-1] and question not in self._told:
            self._told[question] = text
            asyncio.get_running_loop().call_later(REPEATED, self._told.pop, question)
        return Response(text, media_type="text/xml")

    def _voice(self, call_sid: str) -> Speak:
        """How that is said to this caller for which there is no agent: as the agent would, if it was recorded."""
        agent = self._calls.speaker(call_sid)

        def speak(text: str, language: str) -> twiml.Words:
            own = language or (agent.language if agent else None)
            text, language = phrases.spoken(text, own)
            name = self._sounds.sound(agent, text, language) if agent else None
            url = f"{self._settings.public_url}/twilio/clips/{name}.wav" if name else ""
            return twiml.Words(text, language, url)

        return speak

    async def clip(self, request: Request) -> Response:
        """A recording, for who was given its name, which cannot be guessed: what is fetched to be played has no form to
        sign. Another sound has another name."""
        wav = self._sounds.wav(request.path_params["name"])
        if wav is None:
            return Response(status_code=404)
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "public, max-age=604800, immutable"})

    async def status(self, request: Request) -> Response:
        """The call has moved on, at Twilio."""
        try:
            form = await self._door.form(request)
        except Refused as refused:
            return refused.response
        self._note(form.first("CallSid"), "status", _reported(form))
        if (status := form.first("CallStatus")) in ENDED:
            await self._calls.end(form.first("CallSid"), f"Twilio says: {status}")
        return Response(status_code=204)

    async def report(self, request: Request) -> Response:
        """How a stream fared, who picked up, a recording that is ready: for the records."""
        try:
            form = await self._door.form(request)
        except Refused as refused:
            return refused.response
        kind = request.url.path.rpartition("/")[2]
        self._note(form.first("CallSid"), kind, _reported(form))
        if kind == "amd":
            await self._calls.answered_by(form.first("CallSid"), form.first("AnsweredBy"))
        logger.info("%s %s %s", _plain(form.first("CallSid")), kind, _plain(form.first(SUMS_UP[kind])))
        return Response(status_code=204)

    async def colleague(self, request: Request) -> Response:
        """Who was called about a caller has pressed a key, or is gone."""
        try:
            form = await self._door.form(request)
        except Refused as refused:
            return refused.response
        takes_it = form.first("Digits") == "1" and form.first("CallStatus") not in ENDED
        answer = await self._calls.decide(request.path_params["call_sid"], form.first("CallSid"), takes_it)
        return Response(document(answer, self._settings.public_url), media_type="text/xml")

    # The stream.

    async def stream(self, websocket: WebSocket) -> None:
        try:
            only = self._door.handshake(websocket)
        except Refused as refused:
            logger.warning("refused a stream: %s", refused)
            await websocket.close()  # before it is accepted: HTTP 403
            return
        await websocket.accept()
        connection, reader = PhoneConnection(websocket), Reader()
        try:
            async with asyncio.timeout(START_PATIENCE):
                started = await _start(connection, reader)
        except TimeoutError:
            logger.warning("closed a stream: no start within %g s", START_PATIENCE)
            await connection.close(POLICY)
            return
        except ProtocolError as error:
            logger.warning("closed a stream: %s", error)
            await connection.close(error.close_code or POLICY)
            return
        if started is None:
            return
        bridge = await self._calls.admit(started) if only in (None, started.account_sid) else None
        if bridge is None:
            logger.warning("closed a stream: its token, call or account is not one that we wait for")
            await connection.close(POLICY)
            return
        await bridge.attach(connection, reader, started)


async def _start(connection: PhoneConnection, reader: Reader) -> Started | None:
    """The stream's `start`; None if it closed without one. Sound before it is for nobody, and counted."""
    early = 0
    while (message := await connection.receive()) is not None:
        match reader.read(message):
            case Started() as started:
                if early:
                    logger.warning("%s %d bytes of sound came before start: dropped", started.call_sid, early)
                return started
            case Heard(ulaw):
                early += len(ulaw)
            case _:
                pass
    return None


def _incoming(form: Form) -> IncomingCall:
    call_sid, account_sid = form.first("CallSid"), form.first("AccountSid")
    if not CALL_SID.fullmatch(call_sid) or not ACCOUNT_SID.fullmatch(account_sid):
        raise Refused(400, "CallSid (CA and 32 hex digits) or AccountSid (AC and 32) is missing or malformed.")
    return IncomingCall(
        call_sid=call_sid,
        account_sid=account_sid,
        caller=known_as(form.first("From")),
        called=form.first("To"),
        direction=form.first("Direction"),
        country=form.first("FromCountry"),
        parameters={name: form.first(name) for name in form},
    )


def _reported(form: Form) -> dict[str, str]:
    names = [name for name in form if name not in KNOWN and form.first(name)][:FACTS]
    return {name: form.first(name)[:LONGEST_FACT] for name in names}


def _plain(value: str) -> str:
    """A peer's word in a line of the log: short, and on that line."""
    return re.sub(r"[^\w.:+-]+", " ", value)[:80]


def document(answer: Answer, base: str, speak: Speak = twiml.Words) -> str:
    """The TwiML for it. `base`: our public URL."""
    next_url, recording_url = f"{base}/twilio/voice/next", f"{base}/twilio/recording"
    match answer:
        case Connect(token, notice, language):
            stream, status = f"ws{base.removeprefix('http')}/twilio/stream", f"{base}/twilio/stream-status"
            return twiml.connect(stream, next_url, status, token, speak(notice, language) if notice else None)
        case Refuse():
            return twiml.busy()
        case Wait():
            return twiml.wait()
        case Apology(text, language):
            return twiml.apologise(speak(text, language))
        case CallBack(text, _, language):
            return twiml.offer(speak(text, language), next_url)
        case Transfer(to, timeout, caller_id, words, language):
            return twiml.transfer(to, timeout, caller_id, speak(words, language) if words else None, next_url)
        case Voicemail(words, language, longest):
            return twiml.voicemail(speak(words, language), longest, next_url, recording_url)
        case PressDigits(keys):
            return twiml.press(keys, next_url)
        case Announce(words, language):
            return twiml.announce(speak(words, language), next_url)
        case Meet(room):
            return twiml.meet(room, next_url)
        case Next():
            return twiml.hang_up()
        case _:
            assert_never(answer)
