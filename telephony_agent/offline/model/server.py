"""The offline Live server: WebSockets, worker threads for what is slow, and a Session that decides everything."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import assert_never
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Meet,
    Met,
    Nonsense,
    Send,
    Speak,
    Think,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.messages import INVALID, parse
from telephony_agent.offline.model.outgoing import dump
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import Terms

WORKERS = min(4, os.cpu_count() or 1)  # threads; each keeps a core busy while it recognises
REASON = 123  # bytes, the most a close frame holds
GOODBYE = 1.0  # seconds a client has to close its end

METHOD = re.compile(r"[./]BidiGenerateContent(Constrained)?(/locations/[^/]+)?$")

log = logging.getLogger(__name__)


class LiveServer:
    """A running server. `url` is the base that a client appends a provider's path to."""

    def __init__(self, server: Server, host: str) -> None:
        self._server = server
        self.host = host
        self.port: int = next(iter(server.sockets)).getsockname()[1]
        self.url = f"ws://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def sessions(self) -> int:
        """How many clients are connected."""
        return len(self._server.connections)

    async def drop(self, code: int, reason: str = "") -> None:
        """Close all sessions with this code, as Google does now and then; 1006 cuts the line without a word."""
        for connection in set(self._server.connections):
            if code == 1006:
                connection.transport.abort()
            else:
                await connection.close(code, reason)


@asynccontextmanager
async def serving(
    faculties: Faculties,
    host: str = "127.0.0.1",
    port: int = 0,
    terms: Terms | None = None,
    time_limit: float | None = None,
) -> AsyncIterator[LiveServer]:
    """Serve one model until the block ends, which it must within `time_limit` seconds.

    Raises OSError if the port is taken, TimeoutError at the time limit.
    """
    conversations = Conversations()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="offline-model") as pool:

        async def answer(socket: ServerConnection) -> None:
            await _converse(socket, Session(faculties, conversations, terms), faculties, pool)

        async with (
            asyncio.timeout(time_limit),
            serve(
                answer,
                host,
                port,
                process_request=_refuse_other_paths,
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=GOODBYE,
            ) as server,
        ):
            yield LiveServer(server, host)


def _refuse_other_paths(socket: ServerConnection, request: Request) -> Response | None:
    if METHOD.search(urlsplit(request.path).path):
        return None
    return socket.respond(HTTPStatus.NOT_FOUND, "Only BidiGenerateContent is served here.\n")


async def _converse(socket: ServerConnection, session: Session, faculties: Faculties, pool: ThreadPoolExecutor) -> None:
    """One session, from its first message to its last. Nothing of it remains afterwards."""
    async with asyncio.TaskGroup() as tasks:
        line = _Line(socket, session, faculties, pool, tasks)
        try:
            async for raw in socket:
                line.receive(raw)
        except ConnectionClosed:
            pass
        finally:
            line.end()


class _Line:
    """A session with its socket: what happens is fed to it at once, what it wants done is started at once."""

    def __init__(
        self,
        socket: ServerConnection,
        session: Session,
        faculties: Faculties,
        pool: ThreadPoolExecutor,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._socket, self._session, self._faculties, self._pool = socket, session, faculties, pool
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[bytes | Close] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._group = tasks
        self._tasks = {tasks.create_task(self._write())}

    def receive(self, raw: str | bytes) -> None:
        try:
            messages = parse(raw)
        except ProtocolError as error:
            log.warning("< refused: %s", error)
            return self._feed(Nonsense(error.close_code or INVALID, str(error)))
        for message in messages:
            log.debug("< %s", type(message).__name__)
            self._feed(message)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    def _feed(self, event: Event) -> None:
        for action in self._session.handle(event, self._loop.time()):
            self._do(action)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if (deadline := self._session.deadline) is not None:
            self._timer = self._loop.call_at(deadline, self._feed, TimeIsUp())

    def _do(self, action: Action) -> None:
        match action:
            case Send(message):
                log.debug("> %s", type(message).__name__)
                self._outbox.put_nowait(dump(message, self._session.flavour.spelling))
            case Close():
                self._outbox.put_nowait(action)
            case Meet(brain, setup):
                self._work(lambda: Met(brain.meet(setup)))
            case Transcribe(ticket, ear, utterance):
                self._work(lambda: Transcribed(ticket, ear.transcribe(utterance)))
            case Think(ticket, brain, told):
                self._work(lambda: Thought(ticket, *brain.think(told)))
            case Speak(ticket, sentence):
                self._work(lambda: Voiced(ticket, self._faculties.voice.say(sentence)))
            case never:
                assert_never(never)

    def _work(self, job: Callable[[], Event]) -> None:
        task = self._group.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job: Callable[[], Event]) -> None:
        self._feed(await self._loop.run_in_executor(self._pool, job))

    async def _write(self) -> None:
        try:
            while not isinstance(item := await self._outbox.get(), Close):
                await self._socket.send(item)
            log.info("> closes: %d %s", item.code, item.reason)
            await self._socket.close(item.code, item.reason.encode()[:REASON].decode(errors="ignore"))
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the session
