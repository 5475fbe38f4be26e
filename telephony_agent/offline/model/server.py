"""The offline Live server: WebSockets, worker threads for what is slow, and a Session that decides everything."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, assert_never

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import INVALID
from telephony_agent.offline.model.control import Answer, Converse, Fail, asked, refusal
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
from telephony_agent.offline.model.faults import (
    Closes,
    Fault,
    HandlesForgotten,
    InSession,
    UpgradeRefused,
    is_of_now,
    is_of_setup,
)
from telephony_agent.offline.model.faulty import Faulty
from telephony_agent.offline.model.messages import parse
from telephony_agent.offline.model.outgoing import dump
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import Terms

WORKERS = min(4, os.cpu_count() or 1)  # threads; each keeps a core busy while it recognises
REASON = 123  # bytes, the most a close frame holds
CUT = 1006  # the code of a line that breaks without a word
GOODBYE = 1.0  # seconds a client has to close its end


log = logging.getLogger(__name__)


class LiveServer:
    """A running server. `url` is the base that a client appends a provider's path to."""

    def __init__(self, faculties: Faculties, terms: Terms | None, pool: ThreadPoolExecutor) -> None:
        self._faculties, self._terms, self._pool = faculties, terms, pool
        self._conversations = Conversations()
        self._lines: set[_Line] = set()
        self._to_come: list[InSession] = []  # what goes wrong with the next session
        self._refusals: list[int] = []  # HTTP statuses that the next connections get
        self.host, self.port, self.url = "", 0, ""

    def listens(self, server: Server, host: str) -> None:
        self.host = host
        self.port = next(iter(server.sockets)).getsockname()[1]
        self.url = f"ws://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def sessions(self) -> int:
        """How many clients are connected."""
        return len(self._lines)

    async def drop(self, code: int, reason: str = "") -> None:
        """Close all sessions with this code, as Google does now and then; 1006 cuts the line without a word."""
        self.fail(Closes(code, reason))

    def fail(self, fault: Fault, next_session: bool = False) -> int:
        """Let this go wrong in all sessions, or the next one if there is none or it is about a beginning.

        Returns how many it concerns at once: 0 for what is to come.
        """
        if isinstance(fault, UpgradeRefused):
            self._refusals += [fault.status] * fault.times
        elif isinstance(fault, HandlesForgotten):
            self._conversations.forget()
        elif next_session or is_of_setup(fault) or not (self._lines or is_of_now(fault)):
            self._to_come.append(fault)
        else:
            for line in tuple(self._lines):
                line.fail(fault)
            return len(self._lines)
        return 0

    def answer(self, socket: ServerConnection, request: Request) -> Response | None:
        """What there is instead of a session."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        wanted = asked(request.path, request.method, socket.remote_address[0], host, origin)
        match wanted:
            case Converse():
                return _json(*refusal(self._refusals.pop(0))) if self._refusals else None
            case Answer(status, content):
                return _json(status, content)
            case Fail(fault, next_session):
                return _json(HTTPStatus.OK, {"sessions": self.fail(fault, next_session)})
            case never:
                assert_never(never)

    async def converse(self, socket: ServerConnection) -> None:
        """One session, from its first message to its last. Nothing of it remains afterwards."""
        faults, self._to_come = self._to_come, []
        session = Faulty(Session(self._faculties, self._conversations, self._terms), faults)
        async with asyncio.TaskGroup() as tasks:
            line = _Line(socket, session, self._faculties, self._pool, tasks)
            self._lines.add(line)
            try:
                async for raw in socket:
                    line.receive(raw)
            except ConnectionClosed:
                pass
            finally:
                self._lines.remove(line)
                line.end()


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
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="offline-model") as pool:
        live = LiveServer(faculties, terms, pool)
        async with (
            asyncio.timeout(time_limit),
            serve(
                live.converse,
                host,
                port,
                process_request=live.answer,
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=GOODBYE,
            ) as server,
        ):
            live.listens(server, host)
            yield live


def _json(status: int, content: dict[str, Any]) -> Response:
    body = msgspec.json.encode(content) + b"\n"
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    return Response(status, HTTPStatus(status).phrase, Headers(headers), body)


class _Line:
    """A session with its socket: what happens is fed to it at once, what it wants done is started at once."""

    def __init__(
        self,
        socket: ServerConnection,
        session: Faulty,
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

    def fail(self, fault: InSession) -> None:
        """Let this go wrong."""
        self._act(self._session.fail(fault, self._loop.time()))

    def _feed(self, event: Event) -> None:
        self._act(self._session.handle(event, self._loop.time()))

    def _act(self, actions: list[Action]) -> None:
        for action in actions:
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
                self._outbox.put_nowait(dump(message, self._session.spelling))
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
            if item.code == CUT:
                return self._socket.transport.abort()
            await self._socket.close(item.code, item.reason.encode()[:REASON].decode(errors="ignore"))
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the session
