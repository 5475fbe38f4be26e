"""What comes twice, breaks off or is closed in mid-call, and is one conversation all the same; the gap it leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from telephony_agent import Agent
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.phone.network import Socket
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.webhook import Answer
from tests import virtual
from tests.house import RING, House, calling
from tests.parties import Party, Service, answering, call_form, modelling, token_in, voice
from tests.test_whole_call import AGENT, LONG, agent_turns, speech

GAP = 1.0  # seconds without the agent, at most, when a stream dies; the phone adds what it needs to notice
TRIES = 5


class AsksTwice:
    """A way to the house on which each of Twilio's questions arrives twice: at once, or after the answer."""

    def __init__(self, house: House, at_once: bool) -> None:
        self._house, self._at_once = house, at_once
        self.documents: list[tuple[str, str]] = []

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        if self._at_once:
            first, second = await asyncio.gather(self._house.post(url, form), self._house.post(url, form))
        else:
            first, second = await self._house.post(url, form), await self._house.post(url, form)
        self.documents.append((first.body, second.body))
        return second

    async def dial(self, url: str) -> Socket:
        return await self._house.dial(url)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_webhook_that_comes_twice_is_one_conversation(at_once: bool) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello!"))) as (other, house):
            await other.hangs_up()
            twice = AsksTwice(house, at_once)
            async with Phone(RING, twice) as phone:
                await phone.hears()
                await phone.hangs_up()
                assert phone.report == []
            assert all(first == second for first, second in twice.documents)
            assert len(house.streams) == 1
        assert [turn.text for turn in agent_turns(house)] == ["Hello!"]

    virtual.run(call())


@pytest.mark.anyio
async def test_a_stream_that_comes_twice_is_heard_once() -> None:
    async with modelling() as model, answering(Agent(instructions="Any.", greeting=None), model.url) as service:
        token = token_in(await service.rings())
        async with service.stream(token) as first:
            session = await model.accepted()
            async with service.stream(token, sid="MZ" + "3" * 32) as second:
                assert await second.is_closed() == 1008
            await session.says(voice(b"\x00\x10" * 2400))
            assert (await first.hears_only("media"))["streamSid"] == "MZ" + "2" * 32
            assert model.dials == 1


@pytest.mark.parametrize("moment", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012], ids=str)
def test_a_server_that_closes_the_stream_in_mid_call_has_the_caller_back(code: int, moment: float) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), Say("As I said."), Say("Yes?"), transcripts=["Are you there?"])
        async with calling(AGENT, faculties) as (phone, house):
            await phone.answered()
            await asyncio.sleep(moment)
            if code == 1006:
                house.streams[-1].service.lose()
            else:
                await house.streams[-1].service.close(code)
            house.streams[-1].drop()
            await phone.hears()
            await phone.says(speech())
            await phone.hears()
            assert len(phone.lines) == 2
            assert len(house.sessions) == 1
            assert not phone.over

    virtual.run(call())


async def dies(service: Service, phone: Party) -> float:
    """The stream does; seconds until the agent is heard on the next one. What Twilio needs to notice is not in it."""
    phone.socket.transport.abort()
    began = time.monotonic()
    status, document = await service.post("/twilio/voice/next", call_form() | {"CallStatus": "in-progress"})
    assert status == 200
    async with service.stream(token_in(document)) as next_stream:
        await next_stream.hears_only("media")
        took = time.monotonic() - began
        next_stream.socket.transport.abort()
        return took


@pytest.mark.anyio
async def test_a_stream_that_dies_leaves_a_gap_of_less_than_a_second(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    async with modelling() as model, answering(Agent(instructions="Any.", greeting=None), model.url) as service:
        gaps = []
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.accepted()

            async def speak() -> None:
                while True:
                    await session.says(voice(b"\x00\x10" * 480))
                    await asyncio.sleep(0.02)

            speaking = asyncio.create_task(speak())
            await phone.hears_only("media")
            for _ in range(TRIES):
                gaps.append(await dies(service, phone))
            speaking.cancel()
        record_property("longest_gap_seconds", round(max(gaps), 3))
        with capsys.disabled():
            print(f" gaps of {', '.join(f'{1000 * gap:.0f}' for gap in gaps)} ms ", end="")
        assert max(gaps) <= GAP
        assert model.dials == 1
