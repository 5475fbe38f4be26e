"""The account's REST API, as far as a service of ours uses it: who may ask, which resource is meant, pages and errors.

The paths, names and errors are Twilio's (https://www.twilio.com/docs/voice/api); `/offline` is ours. Point the official
library here by its base URL.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from . import api_account, api_calls, api_rooms, resources
from .asked import Asked, Listed, Sound
from .exchange import Exchange
from .resources import ApiError, Json

Answer = Json | Listed | Sound | None
Endpoint = Callable[[Request], Awaitable[Response]]

ROOT = "/2010-04-01/Accounts/{account}"
CREATED = 201
GONE = 204
LARGEST_PAGE = 1000


def app(exchange: Exchange, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """`exchange` must be running, in the same loop: who does not enter it may do so in `lifespan`."""
    tables = (api_account.ROUTES, api_calls.ROUTES, api_rooms.ROUTES)
    routes: list[BaseRoute] = [
        Route(path.replace("~", ROOT), _endpoint(exchange, ask, status), methods=[method])
        for table in tables
        for method, path, ask, status in table
    ]
    return Starlette(routes=[*routes, Route("/{path:path}", _endpoint(exchange, _nowhere, 404))], lifespan=lifespan)


def _endpoint(exchange: Exchange, ask: Callable[[Exchange, Asked], Answer], status: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            _check(exchange, request)
            asked = await _asked(request)
            return _response(ask(exchange, asked), asked, status)
        except ApiError as error:
            return JSONResponse(error.body, error.status)

    return endpoint


def _nowhere(exchange: Exchange, asked: Asked) -> Answer:
    raise resources.not_found(asked.path)


def _check(exchange: Exchange, request: Request) -> None:
    """HTTP Basic: the account and its token, or an API key and its secret. Raises ApiError."""
    refused = ApiError(401, 20003, "Authentication Error - invalid username")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError) as error:
        raise refused from error
    account = exchange.account
    known = account.auth_token if user == account.sid else account.keys.get(user)
    if scheme.lower() != "basic" or not known or not hmac.compare_digest(known.encode(), secret.encode()):
        raise refused
    if request.path_params.get("account", account.sid) != account.sid:
        raise refused


async def _asked(request: Request) -> Asked:
    form: dict[str, list[str]] = {}
    body = (await request.body()).decode("utf-8", "replace")
    for name, value in [*request.query_params.multi_items(), *parse_qsl(body, keep_blank_values=True)]:
        form.setdefault(name, []).append(value)
    return Asked(request.url.path, dict(request.path_params), form)


def _response(answer: Answer, asked: Asked, status: int) -> Response:
    match answer:
        case None:
            return Response(status_code=GONE)
        case Sound(wav):
            return Response(wav, media_type="audio/x-wav")
        case Listed(kind, found):
            size = min(int(asked.number("PageSize", resources.PAGE)), LARGEST_PAGE)
            return JSONResponse(resources.page(kind, asked.path, found, int(asked.number("Page", 0)), size))
        case resource:
            return JSONResponse(resource, status)
