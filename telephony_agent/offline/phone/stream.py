"""One stream: a Line's events in from a socket and a clock, its actions out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import line as line_
from .line import Line
from .messages import dump
from .network import Socket
from .recording import Journal


class Stream:
    """A Line on an open socket. `delay`: seconds that every message takes, each way; the order is kept.

    `changed` is called after every step, so that whoever waits for something may look again.
    """

    def __init__(self, line: Line, socket: Socket, delay: float, journal: Journal, changed: Callable[[], None]) -> None:
        self.line = line
        self._socket = socket
        self._delay = delay
        self._journal = journal
        self._changed = changed
        self._time = asyncio.get_running_loop().time
        self._arriving: asyncio.Queue[tuple[float, line_.Received | line_.Closed]] = asyncio.Queue()
        self._leaving: asyncio.Queue[tuple[float, line_.Action]] = asyncio.Queue()

    def feed(self, event: line_.Event) -> None:
        """An event and all it leads to, in one step."""
        now = self._time()
        for action in self.line.handle(event, now):
            self._leaving.put_nowait((now + self._delay, action))
        self._changed()

    async def run(self) -> None:
        """Until the stream is over and its socket closed."""
        self.feed(line_.Opened())
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [tasks.create_task(work) for work in (self._read(), self._deliver(), self._keep_time())]
                await self._write()
                for task in others:
                    task.cancel()
        finally:
            self._socket.drop()

    async def _read(self) -> None:
        """From the socket, into the delay."""
        while (data := await self._socket.receive()) is not None:
            self._arriving.put_nowait((self._time() + self._delay, line_.Received(data)))
        self._arriving.put_nowait((self._time() + self._delay, line_.Closed(self._socket.close_code)))

    async def _deliver(self) -> None:
        while True:
            due, event = await self._arriving.get()
            await self._until(due)
            at = self._time() - self.line.epoch
            match event:
                case line_.Received(data):
                    self._journal.received(at, data)
                case line_.Closed(code):
                    self._journal.noted(at, closed=code)
            self.feed(event)

    async def _write(self) -> None:
        """To the socket, out of the delay."""
        while True:
            due, action = await self._leaving.get()
            await self._until(due)
            match action:
                case line_.Close():
                    await self._socket.close()
                    return
                case line_.Send(message):
                    text = dump(message)
                    self._journal.sent(self._time() - self.line.epoch, text)
                    await self._socket.send(text)

    async def _keep_time(self) -> None:
        while (deadline := self.line.deadline) is not None:
            await self._until(deadline)
            self.feed(line_.TimeIsUp())

    async def _until(self, due: float) -> None:
        if (wait := due - self._time()) > 0:
            await asyncio.sleep(wait)
