"""One session with its socket: what happens is fed to it at once, what it wants done is started at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, assert_never

from websockets.exceptions import ConnectionClosed

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import INVALID
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Meet,
    Met,
    Nonsense,
    Send,
    Speak,
    StopThinking,
    Think,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Aloud, Faculties, Told
from telephony_agent.offline.model.faults import InSession
from telephony_agent.offline.model.faulty import Faulty
from telephony_agent.offline.model.front import Front
from telephony_agent.offline.model.messages import Fixed, Setup, parse
from telephony_agent.offline.model.outgoing import dump

REASON = 123  # bytes, the most a close frame holds
CUT = 1006  # the code of a line that breaks without a word

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pools:
    """Who recognises, and who does what is quicker: one that thinks or speaks does not wait for one that listens."""

    ears: Executor
    rest: Executor


class Line:
    """`admits` says how a setup is to be refused, if it is; `fixed` is what a token makes of it."""

    def __init__(
        self,
        socket: Front,
        session: Faulty,
        faculties: Faculties,
        pools: Pools,
        tasks: asyncio.TaskGroup,
        admits: Callable[[Setup], tuple[int, str] | None],
        fixed: Fixed | None = None,
    ) -> None:
        self._socket, self._session, self._faculties, self._pools = socket, session, faculties, pools
        self._admits, self._fixed = admits, fixed
        self._loop = asyncio.get_running_loop()
        self._outbox: asyncio.Queue[bytes | Close] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._group = tasks
        self._thinking: asyncio.Task[None] | None = None  # aloud
        self._ended = False
        self._tasks = {tasks.create_task(self._write())}

    def receive(self, raw: str | bytes) -> None:
        try:
            messages = parse(raw, self._fixed)
        except ProtocolError as error:
            log.warning("< refused: %s", error)
            return self._feed(Nonsense(error.close_code or INVALID, str(error)))
        for message in messages:
            log.debug("< %s", type(message).__name__)
            refusal = self._admits(message) if isinstance(message, Setup) else None
            self._feed(Nonsense(*refusal) if refusal else message)

    def end(self) -> None:
        self._ended = True
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    def slow_down(self, seconds: float) -> None:
        """Hold pongs back for so long."""
        self._socket.pong_after = seconds

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
                self._work(lambda: Transcribed(ticket, ear.transcribe(utterance)), self._pools.ears)
            case Think(ticket, brain, told):
                self._stop_thinking()
                if isinstance(brain, Aloud):
                    self._thinking = self._start(self._think_aloud(ticket, brain, told))
                else:
                    self._work(lambda: Thought(ticket, *brain.think(told)))
            case StopThinking():
                self._stop_thinking()
            case Speak(ticket, sentence):
                self._work(lambda: self._voice(ticket, sentence))
            case never:
                assert_never(never)

    def _work(self, job: Callable[[], Event], pool: Executor | None = None) -> None:
        self._start(self._run(job, pool or self._pools.rest))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _think_aloud(self, ticket: int, brain: Aloud, told: Told) -> None:
        async with aclosing(brain.think_aloud(told)) as thoughts:
            async for after, decision in thoughts:
                self._feed(Thought(ticket, after, decision))

    def _voice(self, ticket: int, sentence: str) -> Voiced:
        """In a worker: what there is of the sentence is told at once, and at the end that it is the end."""
        for part in self._faculties.voice.speak(sentence):
            self._loop.call_soon_threadsafe(self._voiced, Voiced(ticket, part, more=True))
        return Voiced(ticket, b"")

    def _voiced(self, part: Voiced) -> None:
        if not self._ended:
            self._feed(part)

    def _stop_thinking(self) -> None:
        if self._thinking:
            self._thinking.cancel()
            self._thinking = None

    async def _run(self, job: Callable[[], Event], pool: Executor) -> None:
        self._feed(await self._loop.run_in_executor(pool, job))

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
