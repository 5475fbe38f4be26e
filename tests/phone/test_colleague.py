"""`POST /twilio/colleague/{sid}` over HTTP: who may answer for a colleague, and what a colleague is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from telephony_agent import Agent, builtin
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.people import Person
from telephony_agent.steps import Action, Arranged, Event
from telephony_agent.toolbox.context import Consult
from tests.offline.phone.service import on_loopback
from tests.parties import ACCOUNT, CALL, SOON, STOP, TOKEN, Model, Party, Service, answering, modelling, tool_call
from tests.parties import token_in as token

COLLEAGUE = "+12025550177"
AGENT = Agent(instructions="Be brief.", greeting=None, tools=[builtin.consult_and_transfer_to(COLLEAGUE, "the boss")])
PATH = f"/twilio/colleague/{CALL}"
CONFERENCE, HANGUP = "</Conference>", "<Hangup"


@dataclass
class Desk:
    """A caller whose agent has somebody asked: the service, the caller's stream, the model, the colleague's call."""

    service: Service
    caller: Party
    session: Party
    exchange: Exchange
    sid: str

    async def answers(self, sid: str = "", path: str = PATH, **form: str) -> tuple[int, str]:
        facts = {"CallSid": sid or self.sid, "AccountSid": ACCOUNT, "CallStatus": "in-progress", **form}
        return await self.service.post(path, facts)

    async def model_is_told(self) -> str:
        return str(await self.session.hears_only("toolResponse"))


@asynccontextmanager
async def asked(model: Model) -> AsyncIterator[Desk]:
    async with Exchange(Ring("http://127.0.0.1:9/none", auth_token=TOKEN, account_sid=ACCOUNT)) as exchange:
        exchange.people[COLLEAGUE] = Person("no-answer")
        rings = asyncio.Event()

        def observe(call_sid: str, now: float, step: Event | Action) -> None:
            if isinstance(step, Arranged) and isinstance(step.request, Consult):
                rings.set()

        async with (
            on_loopback(api.app(exchange)) as (host, port),
            answering(AGENT, model.url, observe, account_sid=ACCOUNT, api_url=f"http://{host}:{port}") as service,
            service.stream(token(await service.rings())) as caller,
        ):
            session = await model.accepted()
            await session.says(tool_call("call_1", "consult_the_boss", about="Somebody wants a table."))
            async with asyncio.timeout(SOON):
                await rings.wait()
            yield Desk(service, caller, session, exchange, next(iter(exchange.calls)))


@pytest.mark.anyio
async def test_who_takes_the_call_goes_to_the_conference_also_if_twilio_asks_twice() -> None:
    async with modelling() as model, asked(model) as desk:
        for _ in range(2):
            status, document = await desk.answers(Digits="1")
            assert (status, CONFERENCE in document, CALL in document) == (200, True, True)
        assert "put them through" in await desk.model_is_told()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "form",
    [{"Digits": "2"}, {"Digits": ""}, {}, {"CallStatus": "busy"}, {"CallStatus": "no-answer"}, {"Digits": "11"}],
    ids=str,
)
async def test_who_does_not_is_hung_up_on_and_the_model_knows(form: dict[str, str]) -> None:
    async with modelling() as model, asked(model) as desk:
        status, document = await desk.answers(**form)
        assert (status, HANGUP in document) == (200, True)
        assert "Nobody takes the call" in await desk.model_is_told()


@pytest.mark.anyio
async def test_nobody_else_answers_for_them() -> None:
    """A wrong signature, none, another call's, a call that nobody knows."""
    async with modelling() as model, asked(model) as desk:
        facts = {"CallSid": desk.sid, "AccountSid": ACCOUNT, "CallStatus": "in-progress", "Digits": "1"}
        assert (await desk.service.post(PATH, facts, {"X-Twilio-Signature": "wrong"}))[0] == 403
        assert (await Service(desk.service.address, desk.service.public_url, None).post(PATH, facts))[0] == 403
        assert HANGUP in (await desk.answers("CA" + "7" * 32, Digits="2"))[1]
        assert HANGUP in (await desk.answers(path=f"/twilio/colleague/CA{'9' * 32}", Digits="1"))[1]
        assert CONFERENCE in (await desk.answers(Digits="1"))[1]


@pytest.mark.anyio
async def test_who_takes_the_call_of_a_caller_who_has_hung_up_is_hung_up_on() -> None:
    async with modelling() as model, asked(model) as desk:
        await desk.caller.says(STOP)
        assert await desk.caller.is_closed() == 1000
        assert HANGUP in (await desk.answers(Digits="1"))[1]
        colleague = desk.exchange.calls[desk.sid]
        assert await colleague.until(lambda: colleague.ending is not None, SOON)
        assert colleague.status == "canceled"
