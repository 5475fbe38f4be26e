"""The operator's pages under `/console`: the way in, a phone in the browser, and what a call is doing, live."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from ..access import PAUSE, Operator
from ..agent import IncomingCall
from ..calls import Answer, Calls, Connect, Refuse
from ..phone.connection import PhoneConnection
from ..phone.signature import Form
from .captions import Over, dump
from .feed import Feed, Watcher

logger = logging.getLogger(__name__)

PAGES = Path(__file__).parent / "pages"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LONGEST_FORM = 4_096  # bytes; a token or two numbers
LONGEST_NUMBER = 100  # characters; a SIP address may be long
NORMAL = 1000  # WebSocket close code (RFC 6455, 7.4.1)
CALL_SID = re.compile("CA[0-9a-f]{32}")
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # not "no-referrer": a form's Origin would be "null"
    "X-Content-Type-Options": "nosniff",
}


class Console:
    """The routes under `/console`. `feed` must be told what happens to the calls."""

    def __init__(self, calls: Calls, operator: Operator, feed: Feed) -> None:
        self._calls = calls
        self._operator = operator
        self._feed = feed
        self._pages = {file.name: file.read_bytes() for file in PAGES.iterdir() if file.suffix in KINDS}

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.door, methods=["GET"]),
            Route("/", self.enter, methods=["POST"]),
            Route("/phone", self.phone, methods=["GET"]),
            Route("/phone/call", self.call, methods=["POST"]),
            Route("/phone/call/{sid}/next", self.next, methods=["POST"]),
            Route("/files/{name}", self.file, methods=["GET"]),
            WebSocketRoute("/calls/{sid}/events", self.events),
        ]

    # The way in.

    async def door(self, request: Request) -> Response:
        if not self._operator.meets(request):
            return _nothing()
        return _to("./phone") if self._operator.is_in(request) else self._page("enter.html")

    async def enter(self, request: Request) -> Response:
        """The token from the form, for a cookie."""
        if not self._operator.meets(request):
            return _nothing()
        if not self._operator.may_try(request):
            wait = {"Retry-After": f"{PAUSE:.0f}"}
            return PlainTextResponse(
                "Not now: too many wrong tokens, or sent by another site's page.", 429, HEADERS | wait
            )
        form = await _form(request)
        response = _to("./phone")
        if form is not None and self._operator.enter(form.first("token").strip(), response):
            return response
        logger.warning("a wrong token for the console")
        return self._page("wrong.html", 403)

    # The phone.

    async def phone(self, request: Request) -> Response:
        if not self._operator.meets(request):
            return _nothing()
        return self._page("phone.html") if self._operator.is_in(request) else _to("./")

    async def call(self, request: Request) -> Response:
        """A new call, by the way of every call: its CallSid and the token of its stream."""
        if (refused := self._refused(request)) is not None:
            return refused
        form = await _form(request)
        if form is None:
            return JSONResponse({"error": "This is no form of our page."}, 400, HEADERS)
        sid = f"CA{secrets.token_hex(16)}"
        caller, called = form.first("From") or "client:operator", form.first("To")
        if max(len(caller), len(called)) > LONGEST_NUMBER:
            return JSONResponse({"error": "A number is too long."}, 400, HEADERS)
        return self._answer(sid, await self._calls.ring(self._incoming(sid, caller, called)))

    async def next(self, request: Request) -> Response:
        """The stream has ended: what now?"""
        if (refused := self._refused(request)) is not None:
            return refused
        sid = request.path_params["sid"]
        if not CALL_SID.fullmatch(sid):
            return _nothing()
        return self._answer(sid, await self._calls.next(self._incoming(sid, "client:operator", "")))

    def _incoming(self, sid: str, caller: str, called: str) -> IncomingCall:
        account = self._operator.account_sid
        parameters = {"CallSid": sid, "AccountSid": account, "From": caller, "To": called, "Direction": "inbound"}
        return IncomingCall(sid, account, caller, called, "inbound", parameters=parameters)

    def _answer(self, sid: str, answer: Answer) -> Response:
        match answer:
            case Connect(token):
                call = {"callSid": sid, "accountSid": self._operator.account_sid, "token": token}
                return JSONResponse(call, headers=HEADERS)
            case Refuse(why):
                return JSONResponse({"error": f"The call was refused: {why}."}, 503, HEADERS)
            case _:
                return JSONResponse({"callSid": sid, "token": None}, headers=HEADERS)

    # What a call is doing.

    async def events(self, websocket: WebSocket) -> None:
        """Captions, one a message, until the call is over or the page has gone."""
        sid = websocket.path_params["sid"]
        if not self._operator.is_in(websocket) or await self._calls.find(sid) is None:
            await websocket.close()  # before it is accepted: HTTP 403
            return
        with self._feed.watching(sid) as watcher:
            await websocket.accept()
            socket = PhoneConnection(websocket)
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(_tell(socket, watcher))
                while await socket.receive() is not None:
                    pass  # a page has nothing to say here
                telling.cancel()

    # Files.

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not self._operator.meets(request) or name not in self._pages or name.endswith(".html"):
            return _nothing()
        return self._page(name)

    def _page(self, name: str, status: int = 200) -> Response:
        return Response(self._pages[name], status, HEADERS, KINDS[Path(name).suffix])

    def _refused(self, request: Request) -> Response | None:
        if not self._operator.meets(request):
            return _nothing()
        if not self._operator.is_in(request):
            return JSONResponse({"error": "You are not in, or no longer: open /console/ anew."}, 401, HEADERS)
        return None


async def _tell(socket: PhoneConnection, watcher: Watcher) -> None:
    shown = None
    while not isinstance(shown, Over):
        shown = await watcher.get()
        await socket.send(dump(shown))
    await socket.close(NORMAL)


async def _form(request: Request) -> Form | None:
    """The fields; None if it is no form, or longer than ours are."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return None
    try:
        return Form.parse(body.decode())
    except ValueError:
        return None


def _to(where: str) -> Response:
    return RedirectResponse(where, 303, HEADERS)


def _nothing() -> Response:
    return PlainTextResponse("Not Found", 404)
