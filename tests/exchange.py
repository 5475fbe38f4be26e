"""The calls of a process and Twilio before them, on the virtual clock."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from telephony_agent.agent import IncomingCall
from telephony_agent.bridge import Bridge
from telephony_agent.calls import Answer, Calls, Connect
from telephony_agent.live.closing import Closing
from telephony_agent.phone.messages import Started
from telephony_agent.phone.reading import Reader
from telephony_agent.record.entries import Entry
from telephony_agent.steps import Action, Dial, Event, Record
from tests.ends import Model, Models, Phone
from tests.line import AGENT
from tests.story import INCOMING

OTHER = replace(INCOMING, call_sid="CA" + "9" * 32)


class Exchange:
    """The calls, and Twilio before them."""

    def __init__(self, *prepared: Model | Closing, **settings: Any) -> None:
        self.models = Models(*prepared)
        self.dialled: list[str] = []
        self.entries: defaultdict[str, list[Entry]] = defaultdict(list)
        given = {"agent": AGENT, "max_calls": 200, "prewarm": False, **settings}
        self.calls = Calls(model="models/gemini-3.8-live", dial=self.models, observe=self._observe, **given)

    def _observe(self, call_sid: str, now: float, step: Event | Action) -> None:
        if isinstance(step, Dial):
            self.dialled.append(call_sid)
        elif isinstance(step, Record):
            self.entries[call_sid].append(step.entry)

    async def token(self, incoming: IncomingCall = INCOMING) -> str:
        """That a ring gets."""
        answer = await self.calls.ring(incoming)
        assert isinstance(answer, Connect), answer
        await asyncio.sleep(0.1)
        return answer.token

    async def admits(self, token: str, incoming: IncomingCall = INCOMING, account: str | None = None) -> Bridge | None:
        return await self.calls.admit(start(token, incoming, account))

    async def stream(self, token: str, incoming: IncomingCall = INCOMING) -> Phone:
        """One that is let in."""
        bridge = await self.admits(token, incoming)
        assert bridge is not None
        caller = Phone()
        self.attached = asyncio.create_task(bridge.attach(caller, Reader(), start(token, incoming)))
        await asyncio.sleep(0.5)
        return caller

    async def asked_next(self, incoming: IncomingCall = INCOMING) -> Answer:
        return await self.calls.next(incoming)

    async def talks(self) -> Phone:
        return await self.stream(await self.token())


def start(token: str, incoming: IncomingCall = INCOMING, account: str | None = None) -> Started:
    return Started("MZ" + "2" * 32, incoming.call_sid, account or incoming.account_sid, {"token": token})


@asynccontextmanager
async def an_exchange(*prepared: Model | Closing, **settings: Any) -> AsyncIterator[Exchange]:
    exchange = Exchange(*prepared, **settings)
    async with exchange.calls.running():
        yield exchange
    assert len(exchange.calls) == 0
    await asyncio.sleep(1)
    assert asyncio.all_tasks() == {asyncio.current_task()}
