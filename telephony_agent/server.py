"""uvicorn, set up for Media Streams, as a task of ours: `demo` and tests run it beside other things."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import sound_last
from .errors import ConfigError
from .websocket import Socket

T = TypeVar("T")

LONGEST_MESSAGE = 65_536  # bytes; Twilio's have about 400
UNREAD = 30  # seconds that a peer may leave what was sent to it unread, or unacknowledged
SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE = 5  # seconds for open requests when stopping
LOOK = re.compile(r"/calls/CA[0-9a-fA-F]{32}")  # where `dial` looks, second by second, how its call fares


def is_news(access: logging.LogRecord) -> bool:
    """A filter of uvicorn's access log: who looks at a call and finds it, does so again and again."""
    match access.args:
        case (_, "GET", str(path), _, 200) if LOOK.search(path):
            return False
    return True


def config(app: ASGIApp) -> uvicorn.Config:
    """What every server of ours has in common."""
    logging.getLogger("uvicorn.access").addFilter(is_news)
    return uvicorn.Config(
        app,
        ws=Socket,
        ws_max_size=LONGEST_MESSAGE,
        ws_ping_interval=None,  # 50 frames a second tell better whether the peer is there
        ws_per_message_deflate=False,  # sound in base64 does not pay for it
        proxy_headers=False,  # the public URL is configured, so nothing a client sends decides on it
        timeout_graceful_shutdown=GRACE,
        log_config=None,
        lifespan="on",
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any. Raises `ConfigError` if it can't be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"can't listen on {host} port {port}: {error}; set HOST and PORT to what is free") from error
    # asyncio sets this on sockets of its own making only; without it a `media` right after a `mark` waits for the ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; else a peer that reads no more holds its socket for ever
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD * 1000)
    return listener


class Startable:
    """The app. `why` it could not start, if it knows: then no traceback of its lifespan is logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.why: ConfigError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed: list[Message] = []  # kept back until the exception behind it is here

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, tell)
        except ConfigError as error:
            self.why = error
            failed = [{**message, "message": ""} for message in failed]
            raise
        finally:
            for message in failed:
                await send(message)


class Server(uvicorn.Server):
    """Leaves the signals to whoever runs it, and tells when it has started, or will not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = Startable(app)
        super().__init__(config(self.app))
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        with suppress(SystemExit):  # what uvicorn makes of a lifespan that fails; `started` tells
            await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.up.set()


def run(app: ASGIApp, listener: socket.socket, drain: Callable[[], Awaitable[None]]) -> None:
    """The app, served on that socket until SIGTERM or SIGINT, then until `drain` is done; a second signal ends it now.

    uvicorn's own handling closes every WebSocket at the first signal: each a call. Raises `ConfigError` if the app
    can't start.
    """
    sound_last.run(_run(app, listener, drain))


async def _run(app: ASGIApp, listener: socket.socket, drain: Callable[[], Awaitable[None]]) -> None:
    with stops() as told:
        await serve(app, listener, drain, told)


@contextmanager
def stops() -> Iterator[asyncio.Semaphore]:
    """Each signal to stop releases it."""
    loop = asyncio.get_running_loop()
    told = asyncio.Semaphore(0)
    before = {each: signal.signal(each, lambda *_: loop.call_soon_threadsafe(told.release)) for each in SIGNALS}
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    drain: Callable[[], Awaitable[None]],
    told: asyncio.Semaphore,
    leave: Callable[[], Coroutine[Any, Any, bool]] | None = None,
) -> bool:
    """As `run` does; also, at once, when `leave` is done. Whether that was why."""
    async with serving(app, listener):
        gc.collect()
        gc.freeze()  # what is there now, stays: to look through it takes 50 ms each time, in which no call is served
        if leave is None:
            await told.acquire()
        elif await unless_stopped(told, leave()):
            return True
        draining, again = asyncio.ensure_future(drain()), asyncio.create_task(told.acquire())
        await asyncio.wait([draining, again], return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        again.cancel()
    return False


async def unless_stopped(told: asyncio.Semaphore, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` comes to; None if a signal to stop came first."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(told.acquire())
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        return None if stopping.done() else working.result()
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait([working, stopping])


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """The app, served on that socket until left."""
    server = Server(app)
    with listener:
        # Not in a TaskGroup: what goes wrong in the body should come out as it is.
        task = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn")
        try:
            await server.up.wait()
            if not server.started:
                raise server.app.why or ConfigError("the service could not start; the log says why")
            yield
        finally:
            server.should_exit = True
            await task
