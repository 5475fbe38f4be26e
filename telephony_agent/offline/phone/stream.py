"""One stream's socket: opened as Twilio opens it, then a Line's events in and its actions out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from . import line as line_
from .line import Line
from .messages import dump
from .recording import Journal
from .webhook import route, signature

USER_AGENT = "Twilio.TmeWs/1.0"
OPEN_TIMEOUT = 5.0  # seconds for the handshake
CLOSE_TIMEOUT = 1.0  # seconds for a service to close its side

logger = logging.getLogger(__name__)


async def dial(url: str, auth_token: str | None, connect_to: tuple[str, int] | None) -> ClientConnection:
    """A stream's socket, with Twilio's headers and no others: no Origin, subprotocol or extension.

    The signature is over the wss form of the URL even where the socket is plain, as behind a proxy that ends TLS.
    Raises OSError, TimeoutError among it, and websockets' WebSocketException if the handshake is refused.
    """
    parts = urlsplit(url)
    public = urlunsplit(parts._replace(scheme="wss", netloc=parts.netloc.removesuffix(":443"), path=parts.path or "/"))
    way = route(url, connect_to)
    return await connect(
        urlunsplit(parts._replace(scheme="wss" if way.tls else "ws")),
        host=way.host,
        port=way.port,
        additional_headers={**signature(auth_token, public, {}), "Accept-Encoding": "gzip"},
        user_agent_header=USER_AGENT,
        compression=None,
        proxy=None,
        ping_interval=None,
        max_size=None,
        max_queue=None,
        open_timeout=OPEN_TIMEOUT,
        close_timeout=CLOSE_TIMEOUT,
        ssl=way.tls,
    )


class Stream:
    """A Line on an open socket. `delay`: seconds that every message takes, each way; the order is kept.

    `changed` is called after every step, so that whoever waits for something may look again.
    """

    def __init__(
        self, line: Line, connection: ClientConnection, delay: float, journal: Journal, changed: Callable[[], None]
    ) -> None:
        self.line = line
        self._connection = connection
        self._delay = delay
        self._journal = journal
        self._changed = changed
        self._time = asyncio.get_running_loop().time
        self._arriving: asyncio.Queue[tuple[float, line_.Event]] = asyncio.Queue()
        self._leaving: asyncio.Queue[tuple[float, line_.Action]] = asyncio.Queue()

    def feed(self, event: line_.Event) -> None:
        """An event and all it leads to, in one step."""
        now = self._time()
        for action in self.line.handle(event, now):
            self._leaving.put_nowait((now + self._delay, action))
        self._changed()

    async def run(self) -> None:
        """Until the stream is over and its socket closed. Cancelled, it drops the socket."""
        self.feed(line_.Opened())
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [tasks.create_task(work) for work in (self._read(), self._deliver(), self._keep_time())]
                await self._write()
                for task in others:
                    task.cancel()
        finally:
            self._connection.transport.abort()

    async def _read(self) -> None:
        """From the socket, into the delay."""
        try:
            while True:
                data = await self._connection.recv()
                self._arriving.put_nowait((self._time() + self._delay, line_.Received(data)))
        except ConnectionClosed as gone:
            code = gone.rcvd.code if gone.rcvd else None
            self._arriving.put_nowait((self._time() + self._delay, line_.Closed(code)))

    async def _deliver(self) -> None:
        while True:
            due, event = await self._arriving.get()
            await self._until(due)
            match event:
                case line_.Received(data):
                    self._journal.received(self._time() - self.line.epoch, data)
                case line_.Closed(code):
                    self._journal.noted(self._time() - self.line.epoch, closed=code)
            self.feed(event)

    async def _write(self) -> None:
        """To the socket, out of the delay; a socket that is gone is `_read`'s to tell."""
        while True:
            due, action = await self._leaving.get()
            await self._until(due)
            match action:
                case line_.Close():
                    # Twilio's close frame has no code, which websockets' annotation has no word for.
                    await self._connection.close(None)  # type: ignore[arg-type]
                    return
                case line_.Send(message):
                    text = dump(message)
                    self._journal.sent(self._time() - self.line.epoch, text)
                    try:
                        await self._connection.send(text)
                    except ConnectionClosed:
                        logger.debug("the service's socket is gone; dropped one message")

    async def _keep_time(self) -> None:
        while (deadline := self.line.deadline) is not None:
            await self._until(deadline)
            self.feed(line_.TimeIsUp())

    async def _until(self, due: float) -> None:
        if (wait := due - self._time()) > 0:
            await asyncio.sleep(wait)
