"""One stream: a Line's events in from a socket and a clock, its actions out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import line as line_
from .impairments import CLEAN, Delays, Impairments
from .line import Line
from .messages import OVERFLOW, Fault, Media, dump
from .network import Socket
from .recording import Journal

BEHIND = 250  # messages that wait for a service to read: 5 s, past which the caller's sound is dropped


class Stream:
    """A Line on an open socket. `delay`: seconds that every message takes, each way, and more with `impairments`; the
    order is kept. `close_code`: of our close frame.

    `changed` is called after every step, so that whoever waits for something may look again.
    """

    def __init__(
        self,
        line: Line,
        socket: Socket,
        delay: float,
        journal: Journal,
        changed: Callable[[], None],
        impairments: Impairments = CLEAN,
        close_code: int | None = None,
    ) -> None:
        self.line = line
        self._socket = socket
        self._out, self._in = Delays(impairments, delay), Delays(impairments, delay)
        self._close_code = close_code
        self._journal = journal
        self._changed = changed
        self._time = asyncio.get_running_loop().time
        self._began = self._time()
        self._arriving: asyncio.Queue[tuple[float, line_.Received | line_.Closed]] = asyncio.Queue()
        self._leaving: asyncio.Queue[tuple[float, line_.Action]] = asyncio.Queue()

    def feed(self, event: line_.Event) -> None:
        """An event and all it leads to, in one step."""
        now = self._time()
        for action in self.line.handle(event, now):
            self._leaving.put_nowait((self._out.due(now, now - self._began), action))
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
            self._arrives(line_.Received(data))
        self._arrives(line_.Closed(self._socket.close_code))

    def _arrives(self, event: line_.Received | line_.Closed) -> None:
        now = self._time()
        self._arriving.put_nowait((self._in.due(now, now - self._began), event))

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
                    await self._socket.close(self._close_code)
                    return
                case line_.Send(Media()) if self._leaving.qsize() > BEHIND:
                    self._overflow()
                case line_.Send(message):
                    text = dump(message)
                    self._journal.sent(self._time() - self.line.epoch, text)
                    await self._socket.send(text)

    def _overflow(self) -> None:
        """Told once."""
        if all(fault.code != OVERFLOW for fault in self.line.faults):
            at = self._time() - self.line.epoch
            reason = "the service reads too slowly; what its caller says is dropped"
            self.line.faults.append(Fault(OVERFLOW, reason, at))

    async def _keep_time(self) -> None:
        while (deadline := self.line.deadline) is not None:
            await self._until(deadline)
            self.feed(line_.TimeIsUp())

    async def _until(self, due: float) -> None:
        if (wait := due - self._time()) > 0:
            await asyncio.sleep(wait)
