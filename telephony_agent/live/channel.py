"""What a program's session goes through: one connection after the other, messages in and out, one receiver at a time.

No task reads ahead. Where nobody receives, messages wait in the socket, and the server is held back by TCP.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from ..errors import ConnectionLost, ProtocolError, SessionMisused
from .closing import Closing, Remedy
from .connection import LiveConnection
from .messages import Command, Event, Ready, ToolCall, dump, parse
from .notices import Notice
from .setup import Setup

logger = logging.getLogger(__name__)

SETUP_TIMEOUT = 10.0  # seconds from an open socket to `setupComplete`
NONSENSE = 20  # bad messages of the model's on one connection before that is an error

Told = Event | Notice
Dial = Callable[[], Awaitable[LiveConnection | Closing]]


class Channel:
    """`peek` sees each event as it arrives, before it is received. `can_resume`: whether there is a handle by now."""

    def __init__(self, dial: Dial, peek: Callable[[Told], None], can_resume: Callable[[], bool]) -> None:
        self.receiver = ""
        """Who receives now."""
        self.closed = False
        """By us, for good."""
        self._dial, self._peek, self._can_resume = dial, peek, can_resume
        self._connection: LiveConnection | None = None
        self._connected = asyncio.Event()  # clear while one connection is exchanged for another
        self._events: deque[Told] = deque()
        self._nonsense = 0
        self._waiting: asyncio.Timeout | None = None
        self._stopped = False

    @property
    def connected(self) -> bool:
        """Whether what is sent now goes out now."""
        return self._connected.is_set() and not self.closed and self._connection is not None and self._connection.open

    # A connection.

    async def enter(self, setup: Setup) -> None:
        """Dial, and be accepted. Raises ConnectionLost."""
        connection = await self._dial()
        if isinstance(connection, Closing):
            raise self._lost(connection)
        try:
            async with asyncio.timeout(SETUP_TIMEOUT):
                await self._be_accepted(connection, setup)
            if self.closed:
                raise SessionMisused("the session was closed while it was resumed")
        except BaseException as error:
            await connection.close()
            if isinstance(error, TimeoutError):
                raise self._lost(Closing(Remedy.RESUME, f"no setupComplete in {SETUP_TIMEOUT:g} s")) from None
            raise
        self._connection = connection
        self._connected.set()

    async def exchange(self, setup: Callable[[], Setup]) -> None:
        """Close this connection, and enter another: the server takes a handle only when the old socket is gone.

        `setup` is asked when all that had arrived was looked at. Calls that nobody received yet are dropped.
        """
        if self._connection is None or self.closed or not self._connected.is_set():
            raise SessionMisused("resume() while the session is closed, or is being resumed already")
        self._connected.clear()
        try:
            await self._connection.close()
            while self._waiting is None and (message := await self._connection.receive()) is not None:
                self._take(message)
            self._events = deque(event for event in self._events if not isinstance(event, ToolCall))
            self._nonsense = 0
            await self.enter(setup())
        finally:
            self._connected.set()

    async def close(self) -> None:
        """For good: whoever receives is told, whoever sends gets an error."""
        self.closed = True
        self._connected.set()
        if self._connection is not None:
            await self._connection.close()

    async def _be_accepted(self, connection: LiveConnection, setup: Setup) -> None:
        await connection.send(dump(setup))
        while (message := await connection.receive()) is not None:
            if any(isinstance(event, Ready) for event in self._take(message)):
                return
        raise self._lost(connection.closing)

    # Out.

    async def send(self, command: Command) -> None:
        """Returns when the socket has taken it; waits while connections are exchanged. Raises ConnectionLost."""
        text = dump(command)
        while True:
            await self._connected.wait()
            if self.closed or self._connection is None:
                raise SessionMisused("the session is closed; connect again")
            connection = self._connection
            await connection.send(text)
            if connection.open:
                return
            if self._is_lost(connection):
                raise self._lost(connection.closing)

    # In.

    @contextmanager
    def receiving(self, who: str) -> Iterator[None]:
        """One at a time. Raises SessionMisused, naming the other one."""
        if self.receiver:
            raise SessionMisused(f"{self.receiver} receives already, one at a time; end it before {who}")
        self.receiver = who
        try:
            yield
        finally:
            self.receiver = ""

    def begin(self) -> None:
        """Receive again, after a `stop`."""
        if not self.receiver:
            self._stopped = False

    def stop(self) -> None:
        """Whoever receives is told that this is all; what comes can be received later."""
        self._stopped = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def next_event(self) -> Told | None:
        """None: closed by us, or stopped. Raises ConnectionLost; ProtocolError when the server talks nonsense."""
        while not self.closed and not self._stopped:
            if self._events:
                return self._events.popleft()
            try:
                async with asyncio.timeout(None) as self._waiting:
                    await self._read()
            except TimeoutError:
                return None
            finally:
                self._waiting = None
        return None

    async def _read(self) -> None:
        """The next message, or that there is no more."""
        await self._connected.wait()
        connection = self._connection
        if connection is None or self.closed:
            return
        message = await connection.receive()
        if message is not None:
            self._take(message)
        elif self._is_lost(connection):
            raise self._lost(connection.closing)

    def _take(self, message: str | bytes) -> list[Told]:
        try:
            events = parse(message)
        except ProtocolError as error:
            self._nonsense += 1
            logger.warning("a message of the model's is ignored: %s", error)
            if self._nonsense == NONSENSE:
                raise
            return []
        for event in events:
            self._peek(event)
        self._events.extend(events)
        return events

    # Losing it.

    def _is_lost(self, connection: LiveConnection) -> bool:
        """And neither closed by us nor exchanged for another."""
        return self._connected.is_set() and connection is self._connection and not self.closed

    def _lost(self, closing: Closing) -> ConnectionLost:
        may_resume = closing.remedy is Remedy.RESUME and (self._connection is None or self._can_resume())
        if self._connection is None or closing.remedy is not Remedy.RESUME:
            mend = closing.remedy.value
        else:
            mend = "resume()" if may_resume else "the server gave no handle to resume by: connect again, with a history"
        return ConnectionLost(closing.why, mend, may_resume)
