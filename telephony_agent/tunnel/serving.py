"""The service behind a tunnel: first the tunnel, then a sign that it leads here, then the settings, then the service.

A program that had to be started again may have been given another URL. Twilio has none of the old one's calls then, so
the service begins anew, with settings that name the new one.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import urllib.request
from collections.abc import Awaitable, Callable
from http.client import HTTPException

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .. import server
from ..errors import ConfigError, TelephonyAgentError
from .child import Tunnel

# seconds before the first try: a name that is asked for before the DNS has it is remembered as unknown
SETTLING = 2.0
AGAIN = 1.0  # seconds between tries
ANSWERS = 60.0  # seconds in which something must come through
PATIENCE = 10.0  # seconds for one try

logger = logging.getLogger(__name__)


async def serve(
    tunnel: Tunnel,
    listener: socket.socket,
    build: Callable[[str], Starlette],
    settle: Callable[[str], Awaitable[None]],
) -> None:
    """Until SIGTERM or SIGINT. `build` makes the service for a public URL, `settle` tells Twilio of that URL.

    Raises `ConfigError` if no tunnel comes up, and what `build` and, the first time, `settle` raise.
    """
    first = True
    with listener, server.stops() as told:
        async with tunnel.running():
            while (url := await server.unless_stopped(told, _found(tunnel, listener, first))) is not None:
                app = build(url)
                logger.info("the tunnel leads here from %s", url)

                async def leave(url: str = url, first: bool = first) -> bool:
                    await _settled(settle, url, first)
                    await tunnel.leaves(url)
                    return True

                if not await server.serve(app, listener.dup(), app.state.service.drain, told, leave):
                    return
                logger.warning("the tunnel has left %s; calls that were up are lost", url)
                first = False


async def _settled(settle: Callable[[str], Awaitable[None]], url: str, first: bool) -> None:
    """Later on, what can't be told Twilio is no reason to stop."""
    try:
        await settle(url)
    except TelephonyAgentError as error:
        if first:
            raise
        logger.error("the number is not attached to %s: %s", url, error)


async def _found(tunnel: Tunnel, listener: socket.socket, first: bool) -> str:
    """The tunnel's URL, once it leads here. Raises `ConfigError` if, the first time, it does not; later on it waits."""
    sign = secrets.token_hex(16)
    loop = asyncio.get_running_loop()
    async with server.serving(_showing(sign), listener.dup()):
        url = await tunnel.url()
        until = loop.time() + ANSWERS
        await asyncio.sleep(SETTLING)
        while (why := await asyncio.to_thread(_wrong, f"{url}/healthz", sign)) is not None:
            logger.debug("%s: %s", url, why)
            if first and loop.time() > until:
                what = f"nothing came through the tunnel {url} in {ANSWERS:g} s: {why}"
                raise ConfigError(f"{what}; look at this machine's network and DNS, or try the other program")
            await asyncio.sleep(AGAIN)
            url = await tunnel.url()
        return url


def _showing(sign: str) -> Starlette:
    """What listens until there is a service: 503 lets Twilio ask again."""

    async def answer(request: Request) -> Response:
        if request.url.path == "/healthz":
            return PlainTextResponse(sign)
        return PlainTextResponse("the service starts", 503)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def _wrong(url: str, sign: str) -> str | None:
    """Why it is not us that answers there; None if it is. Blocks."""
    opener = urllib.request.build_opener()  # with the proxies that there are now
    try:
        with opener.open(url, timeout=PATIENCE) as answer:
            body = answer.read(1024)
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
    return None if body == sign.encode() else "something else answers there"
