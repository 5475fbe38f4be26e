"""One call's bridge between ends in memory, on a clock that jumps: time going by is `asyncio.sleep`, and takes none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import wraps
from typing import Any

from telephony_agent import Agent, CallContext, tool
from telephony_agent.bridge import Bridge
from telephony_agent.live.closing import Closing
from telephony_agent.phone.reading import Reader
from telephony_agent.states import State
from telephony_agent.steps import Action, Event
from telephony_agent.toolbox.run import Pool, Toolbox
from tests import virtual
from tests.ends import Model, Models, Phone, content, media
from tests.story import INCOMING, STARTED

SILENCE = media(b"\xff" * 160)
STOP = {"event": "stop"}
NORMAL, NONSENSE, UNSUPPORTED, POLICY = 1000, 1007, 1003, 1008
DONE = [content(generationComplete=True), content(turnComplete=True)]


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers, slowly."""
    await asyncio.sleep(2)
    return a + b


@tool
async def dawdle() -> str:
    """Take one's time, whoever says stop."""
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(2)
    return "at last"


@tool
async def farewell(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye"


AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, tools=[add, dawdle, farewell])


class Line:
    """One call's bridge, and whoever is at its ends."""

    def __init__(self, models: Models, prewarm: bool = False) -> None:
        self.models = models
        self.steps: list[Event | Action] = []
        self.bridge = Bridge(
            agent=AGENT,
            incoming=INCOMING,
            model="models/gemini-3.8-live",
            dial=models,
            toolbox=Toolbox(AGENT.declared, Pool(), 20.0),
            observe=lambda now, step: self.steps.append(step),
        )
        self.running = asyncio.create_task(self.bridge.run(prewarm))
        self.attached: list[asyncio.Task[None]] = []

    @property
    def model(self) -> Model:
        return self.models.sessions[-1]

    def state(self) -> State:
        return self.bridge.call.state

    def streams(self) -> Phone:
        """A stream is there."""
        caller = Phone()
        self.attached.append(asyncio.create_task(self.bridge.attach(caller, Reader(), STARTED)))
        return caller

    def tasks(self, kind: str) -> list[str]:
        """The names of those at work."""
        return [name for task in asyncio.all_tasks() if kind in (name := task.get_name())]

    async def is_over(self) -> None:
        """The call ends, both ends are closed, and nothing of it ever happens again."""
        await self.running
        await asyncio.gather(*self.attached)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert all(session.gone.is_set() for session in self.models.sessions)
        before = len(self.steps)
        await asyncio.sleep(3600)
        assert len(self.steps) == before, "a timer was left"


@asynccontextmanager
async def a_call(*models: Model | Closing) -> AsyncIterator[tuple[Line, Phone]]:
    """On the line, and over when the story is told."""
    line = Line(Models(*models))
    await asyncio.sleep(1)
    caller = line.streams()
    await asyncio.sleep(1)
    yield line, caller
    await line.is_over()


Test = Callable[..., Coroutine[Any, Any, None]]


def in_virtual_time(test: Test) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        virtual.run(test(*args, **kwargs), limit=10_000)

    return run
