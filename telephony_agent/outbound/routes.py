"""`POST /calls` and what else the operator does with calls from outside: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from .. import briefing
from ..access import Operator
from ..agent import Agent, Order
from ..calls import Calls
from ..errors import ConfigError, TwilioError
from .calling_back import CallingBack
from .placing import Placed, Placing, loaded
from .rules import Refusal, Why

T = TypeVar("T")

LONGEST_BODY = 65_536  # bytes
STATUSES = {Why.NUMBER: 400, Why.AT_ONCE: 429, Why.A_DAY: 429, Why.BUDGET: 429}  # else 403


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /calls`: `to` a number, or `call_back` whoever waits for that under this id.

    `agent`: MODULE:NAME, of a module that the service has loaded.
    """

    to: str = ""
    call_back: int | None = None
    agent: str = ""
    context: dict[str, str] = {}
    voicemail: str | None = None


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /calls/{sid}/tell`: what the model is told, when nobody speaks or at once."""

    text: str
    interrupt: bool = False


class Refused(Exception):
    def __init__(self, status: int, error: str) -> None:
        self.response = JSONResponse({"error": error}, status)


class CallRoutes:
    """`model`: its full name, which an agent must fit."""

    def __init__(
        self, calls: Calls, placing: Placing, calling_back: CallingBack, operator: Operator, model: str
    ) -> None:
        self._calls = calls
        self._placing = placing
        self._calling_back = calling_back
        self._operator = operator
        self._model = model

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/calls", self._for_operator(self.place), methods=["POST"]),
            Route("/calls/{sid}", self._for_operator(self.show), methods=["GET"]),
            Route("/calls/{sid}/tell", self._for_operator(self.tell), methods=["POST"]),
            Route("/calls/{sid}/hangup", self._for_operator(self.hang_up), methods=["POST"]),
        ]

    def _for_operator(self, ask: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if not self._operator.meets(request):
                return PlainTextResponse("Not Found", 404)
            if not self._operator.is_in(request):
                return JSONResponse({"error": "This is the operator's; send OPERATOR_TOKEN as Bearer."}, 401)
            try:
                return await ask(request)
            except Refused as refused:
                return refused.response

        return endpoint

    async def place(self, request: Request) -> Response:
        """201 with the call; 4xx if it is refused; 502 if Twilio refuses it; 503 if this service places none."""
        wanted = _read(await _body(request), Wanted)
        agent = self._agent(wanted.agent) if wanted.agent else None
        if self._calls.full or not self._calls.open:
            raise Refused(503, "The line is full, or the service stops; MAX_CALLS is what may be up.")
        try:
            placed = await self._placed(wanted, agent)
        except ConfigError as error:
            raise Refused(503, str(error)) from error
        except TwilioError as error:
            raise Refused(502, str(error)) from error
        if isinstance(placed, Refusal):
            body = {"error": placed.text, "why": placed.why.name.lower().replace("_", "-")}
            return JSONResponse(body, STATUSES.get(placed.why, 403))
        return JSONResponse(_shown(placed), 201)

    async def _placed(self, wanted: Wanted, agent: Agent | None) -> Placed | Refusal:
        if bool(wanted.to) == (wanted.call_back is not None):
            raise Refused(400, "Give either a number in `to`, or an id in `call_back`.")
        if wanted.voicemail is not None and not wanted.voicemail.strip():
            raise Refused(400, "There is nothing to leave as `voicemail`; give a text, or none to hang up.")
        if wanted.call_back is None:
            return await self._placing.place(Order(wanted.to, agent, wanted.context, wanted.voicemail, wanted.agent))
        placed = await self._calling_back.call(wanted.call_back, agent, wanted.voicemail, wanted.agent)
        if placed is None:
            mend = "`telephony-agent call-backs list` shows who does"
            raise Refused(404, f"nobody waits to be called back as {wanted.call_back}; {mend}")
        return placed

    def _agent(self, spec: str) -> Agent:
        """It is looked up among what is loaded: a request imports nothing."""
        agent = loaded(spec)
        if agent is None:
            what = f"{spec!r} is no agent that this service has loaded"
            raise Refused(400, f"{what}; give MODULE:NAME, and import it where the agent of `serve` is")
        try:
            briefing.check(agent, self._model, datetime.now(UTC))
        except ConfigError as error:
            raise Refused(400, str(error)) from error
        return agent

    async def show(self, request: Request) -> Response:
        placed = await self._placing.find(request.path_params["sid"])
        if placed is None:
            raise Refused(404, "No such call was placed here lately.")
        return JSONResponse(_shown(placed))

    async def tell(self, request: Request) -> Response:
        told = _read(await _body(request), Told)
        bridge = await self._calls.find(request.path_params["sid"])
        if bridge is None:
            raise Refused(404, "No such call is up.")
        if not told.text.strip():
            raise Refused(400, "There is nothing to tell; give a text.")
        bridge.tell(told.text, told.interrupt)
        return JSONResponse({"told": True}, 202)

    async def hang_up(self, request: Request) -> Response:
        sid = request.path_params["sid"]
        bridge = await self._calls.find(sid)
        if bridge is not None:
            bridge.hang_up("the operator hung up")
        try:
            ended = await self._placing.hang_up(sid)
        except TwilioError as error:
            raise Refused(502, str(error)) from error
        if bridge is None and not ended:
            raise Refused(404, "No such call is up.")
        return JSONResponse({"hung_up": True})


def _shown(placed: Placed) -> dict[str, str | bool]:
    return {
        "sid": placed.sid,
        "to": placed.order.number,
        "status": placed.status,
        "answered_by": placed.answered_by,
        "over": placed.over,
        "reached": placed.reached,
    }


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "This is no JSON (application/json).")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise Refused(413, f"The body is longer than {LONGEST_BODY} bytes.")
    return body


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, f"The body is not right: {error}") from error
