"""Calls of minutes in seconds, over real sockets: an event loop whose clock runs faster, and all three ends on it.

Every wait of ours is the loop's, so whoever is on it lives faster without knowing. A busy machine makes the clock slow,
and nobody late.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack

from telephony_agent import Agent
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.server import LiveServer
from telephony_agent.offline.model.server import serving as modelling
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.levels import AUDIBLE, FRAME, SPEECH
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.recording import Recording
from telephony_agent.steps import Action, Event
from tests.parties import TOKEN, answering

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

URL = "http://127.0.0.1:8080"  # what the service believes that it is reached at
JUMP = 0.02  # seconds by which the clock goes on at once, at most, where nobody had wanted to wait for longer
BREATH = 0.1  # seconds of silence that are more than the space between two words


class HurriedLoop(asyncio.SelectorEventLoop):
    """Its clock runs `speed` times faster, but while a worker thread is at work, which does not."""

    def __init__(self, speed: float) -> None:
        self._clock = _Clock(speed)
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._clock.at_work += 1
        future.add_done_callback(self._clock.has_worked)
        return future


class _Clock(selectors.DefaultSelector):
    """Where a loop waits for its sockets and its next timer; the time stands still while something is done."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self.now = 1_000.0
        self._speed = speed
        self._last = time.monotonic()
        self.at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        speed = 1.0 if self.at_work else self._speed
        ready = super().select(timeout and timeout / speed)
        last, self._last = self._last, time.monotonic()
        self.now += min((self._last - last) * speed, max(timeout or 0.0, JUMP))
        return ready

    def has_worked(self, future: asyncio.Future[Any]) -> None:
        self.at_work -= 1


def run(main: Coroutine[Any, Any, T], speed: float) -> T:
    with asyncio.Runner(loop_factory=lambda: HurriedLoop(speed)) as runner:
        return runner.run(main)


@dataclass
class Watched:
    """What happened in a call, and was logged of it, by the loop's time; and who plays the model."""

    model: LiveServer
    steps: list[tuple[float, Event | Action]] = field(default_factory=list)
    log: list[tuple[float, str]] = field(default_factory=list)


@asynccontextmanager
async def calling(
    agent: Agent, faculties: Faculties, terms: Terms | None = None, out: Path | None = None, **settings: Any
) -> AsyncIterator[tuple[Phone, Watched]]:
    """The offline phone rings `serve`'s own server, which talks to the offline model's. `out`: for the recording."""
    async with modelling(faculties, terms=terms) as model:
        watched = Watched(model)
        time = asyncio.get_running_loop().time
        with _log(lambda message: watched.log.append((time(), message))):
            observed = answering(
                agent, model.url, lambda sid, now, step: watched.steps.append((now, step)), URL, **settings
            )
            async with observed as service:
                host, port = service.address.split(":")
                ring = Ring(f"{URL}/twilio/voice", TOKEN, connect_to=(host, int(port)), out=out)
                async with Phone(ring) as phone:
                    yield phone, watched


@dataclass(frozen=True)
class Gap:
    """Nobody is heard, until the agent is; seconds since the ring."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def gaps(recording: Recording) -> list[Gap]:
    """All that a caller could notice: before each answer, and within it."""
    found, silent = [], 0
    for at, (caller, agent) in enumerate(zip(recording.caller_levels, recording.agent_levels, strict=True)):
        if agent > AUDIBLE and silent * FRAME > BREATH:
            found.append(Gap((at - silent) * FRAME, at * FRAME))
        silent = 0 if agent > AUDIBLE or caller > SPEECH else silent + 1
    return found


@contextmanager
def _log(note: Callable[[str], None]) -> Iterator[None]:
    """All that our own loggers say at INFO."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            note(record.getMessage())

    logger, listener = logging.getLogger("telephony_agent"), Listener()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)
