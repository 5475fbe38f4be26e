"""Who may speak for Twilio: only what carries its signature; without a token, only this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from ..access import Operator, is_direct
from ..settings import Settings
from .signature import Form, Signatures

logger = logging.getLogger(__name__)

LONGEST_BODY = 65_536  # bytes; Twilio's forms have about 2,000
SIGNATURE, ALGORITHM = "x-twilio-signature", "x-twilio-webhooks-signature-settings"


class Refused(Exception):
    """The request is not to be served; `response` says so to whoever sent it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.response = PlainTextResponse(why, status)


class Door:
    """Lets requests and handshakes in, or raises `Refused`. `forged` is told of a `request` or `stream` that is not
    Twilio's.
    """

    def __init__(self, settings: Settings, operator: Operator, forged: Callable[[str], None]) -> None:
        self._forged = forged
        self._account_sid = settings.account_sid
        self._operator = operator
        keys = (settings.shared_key,) if settings.shared_key else ()
        self._signatures = Signatures(settings.auth_tokens, settings.public_url, keys) if settings.is_signed else None

    async def form(self, request: Request) -> Form:
        """The fields, once it is certain that they are Twilio's."""
        body = await _body(request)
        is_json = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
        try:
            form = Form.of_json(body.decode()) if is_json else Form.parse(body.decode())
        except (ValueError, RecursionError):
            raise Refused(400, "This is no form (application/x-www-form-urlencoded) and no JSON object.") from None
        if self._signatures is None:
            _check_local(request)
            if "origin" in request.headers:
                raise Refused(403, "This is not for web pages.")  # any that is open in a browser here could post
        elif not self._is_signed(request, body if is_json else form, self._signatures):
            self._forged("request")
            logger.warning("refused a request to %s: not Twilio's signature for PUBLIC_URL", request.url.path)
            raise Refused(403, "The signature is not Twilio's for this URL and form.")
        if self._account_sid is not None and form.first("AccountSid") != self._account_sid:
            raise Refused(403, "AccountSid is not the account that this service answers for.")
        return form

    def _is_signed(self, request: Request, body: Form | bytes, signatures: Signatures) -> bool:
        proof = request.headers.get(SIGNATURE, ""), request.headers.get(ALGORITHM, "")
        if isinstance(body, bytes):
            return signatures.of_json(_target(request), body, *proof)
        return signatures.of_webhook(_target(request), body, *proof)

    def handshake(self, websocket: WebSocket) -> str | None:
        """The one account whose calls this stream may be for; None: any."""
        if self._signatures is None:
            _check_local(websocket)
            return None
        signature = websocket.headers.get(SIGNATURE)
        if signature is None and self._operator.is_in(websocket):
            return self._operator.account_sid  # a browser can't sign: it gets the calls that it placed, no other
        settings = websocket.headers.get(ALGORITHM, "")
        if not self._signatures.of_handshake(_target(websocket), signature or "", settings):
            self._forged("stream")
            raise Refused(403, "The signature is not Twilio's for this URL.")
        return None


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise Refused(413, f"The form is longer than {LONGEST_BODY} bytes.")
    except ClientDisconnect:
        raise Refused(400, "The form broke off.") from None
    return body


def _check_local(connection: HTTPConnection) -> None:
    """Without a token to check signatures with, only this machine itself is let in, and no proxy on it."""
    if not is_direct(connection):
        logger.warning("refused a request that came through a proxy or by another name: TWILIO_AUTH_TOKEN is not set")
        raise Refused(403, "Set TWILIO_AUTH_TOKEN: without it only direct requests to a loopback address are served.")


def _target(connection: HTTPConnection) -> str:
    """The path and query of the request line, still percent-encoded, as they were signed."""
    path = connection.scope.get("raw_path", b"").decode("latin-1")
    query = connection.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
