"""The offline Live server: WebSockets, worker threads for what is slow, and a Session that decides everything."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, assert_never

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import NO_KEY
from telephony_agent.offline.model.control import Answer, Fail, Give, asked, invalid, refusal
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.door import Door, door
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.faults import (
    Closes,
    Fault,
    HandlesForgotten,
    InSession,
    SlowPong,
    UpgradeRefused,
    is_of_now,
    is_of_setup,
)
from telephony_agent.offline.model.faulty import Faulty
from telephony_agent.offline.model.front import Front
from telephony_agent.offline.model.keys import UNAUTHENTICATED, refused_setup, refused_upgrade
from telephony_agent.offline.model.line import Line, Pools
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.passes import Passes
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import Terms

WORKERS = min(4, os.cpu_count() or 1)  # threads that recognise, each keeping a core busy; and as many for the rest
GOODBYE = 1.0  # seconds a client has to close its end


class LiveServer:
    """A running server. `url` is the base that a client appends a provider's path to."""

    def __init__(self, faculties: Faculties, terms: Terms | None, pools: Pools) -> None:
        self._faculties, self._terms, self._pools = faculties, terms or Terms(), pools
        self._conversations = Conversations()
        self._passes = Passes()
        self._lines: set[Line] = set()
        self._pong_after = 0.0
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
        elif isinstance(fault, SlowPong):
            self._pong_after = fault.seconds
            for line in self._lines:
                line.slow_down(fault.seconds)
        elif next_session or is_of_setup(fault) or not (self._lines or is_of_now(fault)):
            self._to_come.append(fault)
        else:
            for line in tuple(self._lines):
                line.fail(fault)
            return len(self._lines)
        return 0

    def answer(self, socket: ServerConnection, request: Request) -> Response | None:
        """What there is instead of a session."""
        knocked = door(request.path, request.headers)
        if knocked:
            status = self._refuses(knocked)
            return _json(*refusal(status)) if status else None
        body = socket.body if isinstance(socket, Front) else b""
        wanted = asked(request.path, request.method, socket.remote_address[0], request.headers, self._terms.key)
        match wanted:
            case Answer(status, content):
                return _json(status, content)
            case Give():
                return _json(*self._give(body))
            case Fail(fault, next_session):
                return _json(HTTPStatus.OK, {"sessions": self.fail(fault, next_session)})
            case never:
                assert_never(never)

    def _refuses(self, knocked: Door) -> int | None:
        """The HTTP status instead of a WebSocket."""
        if self._refusals:
            return self._refusals.pop(0)
        if knocked.constrained:
            return None if self._passes.find(knocked.token, _now()) else UNAUTHENTICATED
        return refused_upgrade(knocked, self._terms.key)

    def _give(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """A token, as its request wants it."""
        try:
            return HTTPStatus.OK, self._passes.give(body, _now())
        except ProtocolError as error:
            return invalid(str(error))

    def _admits(self, knocked: Door, setup: Setup) -> tuple[int, str] | None:
        """How a setup is to be refused for want of a key."""
        if not knocked.constrained:
            return refused_setup(knocked, self._terms.key)
        return None if self._passes.spend(knocked.token, bool(setup.handle), _now()) else NO_KEY

    async def converse(self, socket: ServerConnection) -> None:
        """One session, from its first message to its last. Nothing of it remains afterwards."""
        assert isinstance(socket, Front)
        assert socket.request
        knocked = door(socket.request.path, socket.request.headers)
        assert knocked, "it was let in"
        faults, self._to_come = self._to_come, []
        session = Faulty(Session(self._faculties, self._conversations, self._terms, knocked), faults)
        token = self._passes.find(knocked.token, _now()) if knocked.constrained else None
        async with asyncio.TaskGroup() as tasks:
            admits, fixed = partial(self._admits, knocked), token.applied if token else None
            line = Line(socket, session, self._faculties, self._pools, tasks, admits, fixed)
            line.slow_down(self._pong_after)
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
    faults: Iterable[Fault] = (),
) -> AsyncIterator[LiveServer]:
    """Serve one model until the block ends, which it must within `time_limit` seconds. `faults` are for its first
    session.

    Raises OSError if the port is taken, TimeoutError at the time limit.
    """
    with (
        ThreadPoolExecutor(WORKERS, thread_name_prefix="offline-ear") as ears,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="offline-model") as rest,
    ):
        live = LiveServer(faculties, terms, Pools(ears, rest))
        async with (
            asyncio.timeout(time_limit),
            serve(
                live.converse,
                host,
                port,
                process_request=live.answer,
                create_connection=Front,
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=GOODBYE,
            ) as server,
        ):
            live.listens(server, host)
            for fault in faults:
                live.fail(fault, next_session=True)
            yield live


def _json(status: int, content: dict[str, Any]) -> Response:
    body = msgspec.json.encode(content) + b"\n"
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    return Response(status, HTTPStatus(status).phrase, Headers(headers), body)


def _now() -> datetime:
    return datetime.now(UTC)
