"""Twilio's side of the HTTP face: what it asks and reports, and its Media Streams.

https://www.twilio.com/docs/voice/twiml and https://www.twilio.com/docs/voice/media-streams.
"""

from __future__ import annotations

import asyncio
import logging
import re

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from ..access import Operator, is_direct
from ..agent import IncomingCall
from ..calls import Answer, Calls, Connect, Refuse, Wait
from ..errors import ProtocolError
from ..record.entries import Next
from ..settings import Settings
from . import twiml
from .connection import PhoneConnection
from .messages import Heard, Started
from .reading import Reader
from .signature import Form, Signatures

logger = logging.getLogger(__name__)

START_PATIENCE = 5.0  # seconds from the upgrade to `start`
LONGEST_FORM = 65_536  # bytes; Twilio's have about 2,000
POLICY = 1008  # WebSocket close code (RFC 6455, 7.4.1)
CALL_SID, ACCOUNT_SID = re.compile("CA[0-9a-fA-F]{32}"), re.compile("AC[0-9a-fA-F]{32}")
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")


class Refused(Exception):
    """The request is not to be served; `response` says so to whoever sent it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.response = PlainTextResponse(why, status)


class Webhooks:
    """The routes under `/twilio`. `calls` must be running."""

    def __init__(self, calls: Calls, settings: Settings, operator: Operator) -> None:
        self._calls = calls
        self._settings = settings
        self._operator = operator
        self._signatures = Signatures(settings.auth_tokens, settings.public_url) if settings.auth_tokens else None

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/voice", self.voice, methods=["POST"]),
            Route("/voice/next", self.next, methods=["POST"]),
            Route("/status", self.status, methods=["POST"]),
            Route("/stream-status", self.report, methods=["POST"]),
            Route("/amd", self.report, methods=["POST"]),
            Route("/recording", self.report, methods=["POST"]),
            WebSocketRoute("/stream", self.stream),
        ]

    # HTTP.

    async def voice(self, request: Request) -> Response:
        """A call comes in, or one that we placed is answered."""
        try:
            incoming = _incoming(await self._form(request))
        except Refused as refused:
            return refused.response
        return self._document(await self._calls.ring(incoming))

    async def next(self, request: Request) -> Response:
        """The stream has ended, or could not be opened: what now?"""
        try:
            incoming = _incoming(await self._form(request))
        except Refused as refused:
            return refused.response
        return self._document(await self._calls.next(incoming))

    async def status(self, request: Request) -> Response:
        """The call has moved on, at Twilio."""
        try:
            form = await self._form(request)
        except Refused as refused:
            return refused.response
        if (status := form.first("CallStatus")) in ENDED:
            await self._calls.end(form.first("CallSid"), f"Twilio says: {status}")
        return Response(status_code=204)

    async def report(self, request: Request) -> Response:
        """What is only worth a line in the log: how a stream fared, who picked up, a recording that is ready."""
        try:
            form = await self._form(request)
        except Refused as refused:
            return refused.response
        what = {name: form.first(name) for name in ("StreamEvent", "StreamError", "AnsweredBy", "RecordingStatus")}
        facts = " ".join(f"{name}={_plain(value)}" for name, value in what.items() if value)
        logger.info("%s %s", _plain(form.first("CallSid")), facts or request.url.path)
        return Response(status_code=204)

    def _document(self, answer: Answer) -> Response:
        base = self._settings.public_url
        match answer:
            case Connect(token):
                stream = f"ws{base.removeprefix('http')}/twilio/stream"
                text = twiml.connect(stream, f"{base}/twilio/voice/next", f"{base}/twilio/stream-status", token)
            case Refuse():
                text = twiml.busy()
            case Wait():
                text = twiml.wait()
            case Next.APOLOGISE:
                text = twiml.apologise()
            case _:
                text = twiml.hang_up()
        return Response(text, media_type="text/xml")

    async def _form(self, request: Request) -> Form:
        """The fields, once it is certain that they are Twilio's."""
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > LONGEST_FORM:
                    raise Refused(413, f"The form is longer than {LONGEST_FORM} bytes.")
        except ClientDisconnect:
            raise Refused(400, "The form broke off.") from None
        try:
            form = Form.parse(body.decode())
        except ValueError:
            raise Refused(400, "This is not a form (application/x-www-form-urlencoded).") from None
        if self._signatures is None:
            self._check_local(request)
            if "origin" in request.headers:
                raise Refused(403, "This is not for web pages.")  # any that is open in a browser here could post
        elif not self._signatures.of_webhook(_target(request), form, request.headers.get("x-twilio-signature", "")):
            logger.warning("refused a request to %s: not Twilio's signature for PUBLIC_URL", request.url.path)
            raise Refused(403, "The signature is not Twilio's for this URL and form.")
        account = self._settings.account_sid
        if account is not None and form.first("AccountSid") != account:
            raise Refused(403, "AccountSid is not the account that this service answers for.")
        return form

    def _check_local(self, connection: HTTPConnection) -> None:
        """Without a token to check signatures with, only this machine itself is let in, and no proxy on it."""
        if not is_direct(connection):
            logger.warning(
                "refused a request that came through a proxy or by another name: TWILIO_AUTH_TOKEN is not set"
            )
            raise Refused(
                403, "Set TWILIO_AUTH_TOKEN: without it only direct requests to a loopback address are served."
            )

    # The stream.

    async def stream(self, websocket: WebSocket) -> None:
        only: str | None = None  # the one account whose calls this stream may be for
        try:
            if self._signatures is None:
                self._check_local(websocket)
            elif (signature := websocket.headers.get("x-twilio-signature")) is None and self._operator.is_in(websocket):
                only = self._operator.account_sid  # a browser can't sign: it gets the calls that it placed, no other
            elif not self._signatures.of_handshake(_target(websocket), signature or ""):
                raise Refused(403, "The signature is not Twilio's for this URL.")
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
        caller=form.first("From"),
        called=form.first("To"),
        direction=form.first("Direction"),
        country=form.first("FromCountry"),
        parameters={name: form.first(name) for name in form},
    )


def _target(connection: HTTPConnection) -> str:
    """The path and query of the request line, still percent-encoded, as they were signed."""
    path = connection.scope.get("raw_path", b"").decode("latin-1")
    query = connection.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _plain(value: str) -> str:
    """A peer's word in a line of the log: short, and on that line."""
    return re.sub(r"[^\w.:+-]+", " ", value)[:80]
