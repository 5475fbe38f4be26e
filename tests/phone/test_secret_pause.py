"""A PIN is asked for while Twilio records, over sockets: its REST API is slow, fails, or does not answer in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telephony_agent import Agent
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring, Taped
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.levels import FRAME, SPEECH
from telephony_agent.offline.phone.network import Internet
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.record.entries import Entry, Noted
from telephony_agent.steps import Action, Event, Record
from tests.offline.phone.service import on_loopback
from tests.parties import ACCOUNT, TOKEN, Party, answering, modelling, tool_call, voice
from tests.story import voice as spoken
from tests.test_secret_calls import GOT, ask_pin, record_me
from tests.test_taping import loudness

AGENT = Agent(
    instructions="Be brief.", greeting=None, disclosure=None, recording_agreed=True, tools=[record_me, ask_pin]
)
LASTS = 0.6  # seconds: the agent's question, which would be over before the recording is paused
SLOW = 1.0  # seconds
Way = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]


@dataclass
class Call:
    """A recorded call: Twilio, the caller, the model's end, the recording, what was written down."""

    exchange: Exchange
    caller: Phone
    session: Party
    tape: Taped
    entries: list[Entry]

    async def asks(self) -> None:
        """The model asks its question and calls the function, in one breath."""
        await self.session.says(voice(spoken(LASTS)))
        await self.session.says(tool_call("call_2", "ask_pin"))

    @property
    def heard(self) -> float:
        """Seconds of the question."""
        return sum(FRAME for sound in self.caller.heard if sound.level > SPEECH)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        await self.caller._until(true, 8.0, what)

    @property
    def keys(self) -> list[dict[str, str]]:
        return [dict(entry.facts) for entry in self.entries if isinstance(entry, Noted) and entry.kind == "keys"]


@asynccontextmanager
async def recorded(way: Way) -> AsyncIterator[Call]:
    """`way`: how requests that pause the recording, or let it go on, are answered."""

    async def dispatch(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        return await (way(request, answer) if "Twilio.CURRENT" in request.url.path else answer(request))

    entries: list[Entry] = []

    def observe(call_sid: str, now: float, step: Event | Action) -> None:
        if isinstance(step, Record):
            entries.append(step.entry)

    GOT.clear()
    template = Ring("", auth_token=TOKEN, account_sid=ACCOUNT)
    twilio = Exchange(template)
    rest = api.app(twilio)
    rest.add_middleware(BaseHTTPMiddleware, dispatch=dispatch)
    async with (
        modelling() as model,
        on_loopback(rest) as (host, port),
        answering(AGENT, model.url, observe, account_sid=ACCOUNT, api_url=f"http://{host}:{port}") as service,
        twilio,
    ):
        ours, at = service.address.split(":")
        twilio.network = Internet(TOKEN, (ours, int(at)))
        call = twilio.ring(twilio.order(url=f"{service.public_url}/twilio/voice"))
        session = await model.accepted()
        await session.hears_only("realtimeInput")  # the caller is on the line
        await session.says(tool_call("call_1", "record_me"))
        await session.hears_only("toolResponse")
        yield Call(twilio, Phone.at(call), session, call.tapes[0], entries)


def slowly(seconds: float) -> Way:
    async def way(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        await asyncio.sleep(seconds)
        return await answer(request)

    return way


async def in_vain(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    return JSONResponse({"code": 20500, "message": "Internal Server Error", "status": 500}, 500)


@pytest.mark.anyio
async def test_a_caller_who_waits_for_the_end_of_the_question_is_not_recorded() -> None:
    async with recorded(slowly(SLOW)) as call:
        await call.asks()
        await call.until(lambda: call.heard > LASTS - 0.1, "the question")
        call.caller.press("4711")
        await call.session.hears_only("toolResponse")
        await call.until(lambda: call.tape.status == "in-progress", "the recording to go on")
        keyed = call.caller.lines[-1].keyed
        assert len(keyed) == 4 * 5
        assert loudness(call.exchange, call.tape, keyed) == 0
        assert GOT == ["4711"]
        assert call.keys == [{"pressed": "secret"}]


@pytest.mark.parametrize("way", [in_vain, slowly(2.5)], ids=["fails", "late"])
@pytest.mark.anyio
async def test_a_question_has_no_end_where_the_recording_is_not_paused(way: Way) -> None:
    async with recorded(way) as call:
        await call.asks()
        response = await call.session.hears_only("toolResponse")
        assert "could not be paused" in str(response)
        await asyncio.sleep(0.5)
        assert call.heard < LASTS - 0.1
        assert GOT == [""]
