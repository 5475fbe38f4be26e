"""What a line does to a call, and what callers do at the worst moment: our service between both offline ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from telephony_agent import Agent
from telephony_agent.builtin import hang_up
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.call import Loss
from telephony_agent.offline.phone.impairments import Impairments
from telephony_agent.offline.phone.network import Socket
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.unknowns import Unknowns
from telephony_agent.offline.phone.webhook import Answer
from telephony_agent.record.entries import AgentTurn
from tests import virtual
from tests.house import RING, URL, House, calling
from tests.test_whole_call import AGENT, LONG, speech

AWAY = 15.0  # seconds after which the service has given up a call that has no stream


def said(house: House) -> list[str]:
    return [entry.text for entry in house.entries if isinstance(entry, AgentTurn)]


def lose(house: House) -> None:
    """The last stream breaks off, without a close frame."""
    house.streams[-1].lost = True
    house.streams[-1].deliver(None)
    house.streams[-1].drop()


async def talk_on(phone: Phone) -> None:
    with suppress(ConnectionError):  # hung up before a word was said
        await phone.says(speech(4.0))


@pytest.mark.parametrize("moment", [step * 0.3 for step in range(20)])
def test_a_caller_may_hang_up_at_any_moment(moment: float) -> None:
    async def call() -> None:
        before = asyncio.all_tasks()
        async with calling(AGENT, scripted(Say(LONG), Say("Yes?"), transcripts=["Go on."])) as (phone, house):
            async with asyncio.TaskGroup() as tasks:
                talking = tasks.create_task(talk_on(phone))
                await asyncio.sleep(moment)
                ending = await phone.hangs_up()
                talking.cancel()
            assert ending.by == "caller"
            assert phone.report == []
        assert asyncio.all_tasks() == before
        assert len(house.calls) == 0

    virtual.run(call())


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("after", ["action", "fallback", "hangup"])
def test_a_stream_that_is_lost_is_survived_where_twilio_lets_it_be(after: Loss, moment: float) -> None:
    async def call() -> None:
        ring = replace(RING, after_loss=after, fallback_url=f"{URL}/twilio/voice/next")
        faculties = scripted(Say(LONG), Say("As I said."), transcripts=["Go on."])
        async with calling(AGENT, faculties, ring=ring) as (phone, house):
            await phone.answered()
            await asyncio.sleep(moment)
            lose(house)
            if after == "hangup":
                assert (await phone.ended()).status == "failed"
                await asyncio.sleep(AWAY)
                assert len(house.calls) == 0
                return
            await phone.hears()
            assert len(phone.lines) == 2
            assert phone.lines[1].played
            assert len(house.sessions) == 1
            assert [fault.code for fault in phone.report] == [31921]

    virtual.run(call())


@pytest.mark.parametrize(
    "impairments",
    [
        Impairments(loss=0.05),
        Impairments(jitter=0.12),
        Impairments(stall=0.5, stall_every=2.0),
        Impairments(drift=0.001),
        Impairments(drift=-0.001),
        Impairments(echo=40.0),
        Impairments(noise=-60.0),
        Impairments(loss=0.02, jitter=0.04, stall=0.3, drift=0.0005, echo=45.0, noise=-60.0),
    ],
    ids=str,
)
def test_a_conversation_over_a_bad_line_is_still_one(impairments: Impairments) -> None:
    async def call() -> None:
        faculties = scripted(Say("Hello, how can I help?"), Say("At five."), transcripts=["When do you open?"])
        async with calling(AGENT, faculties, ring=replace(RING, impairments=impairments)) as (phone, house):
            await phone.hears()
            await phone.says(speech(1.0))
            await phone.hears()
            await phone.hangs_up()
            assert phone.report == []
        assert said(house) == ["Hello, how can I help?", "At five."]

    virtual.run(call())


@pytest.mark.parametrize(
    "unknowns",
    [
        Unknowns(first_sequence=0),
        Unknowns(first_timestamp=0),
        Unknowns(first_timestamp=4_000_000_000),
        Unknowns(stop_on_close=True),
        Unknowns(close_code=1000),
        Unknowns(late=2.0),
        Unknowns(0, 0, stop_on_close=True, close_code=1001, late=2.0),
    ],
    ids=str,
)
@pytest.mark.parametrize("marks", [False, True])
def test_whatever_is_not_known_of_twilio_the_conversation_goes_on(unknowns: Unknowns, marks: bool) -> None:
    """Also over a stream that the service has closed, and to the end of a goodbye."""

    async def call() -> None:
        faculties = scripted(
            Say("Hello, how can I help?"), Say("At five."), calls("hang_up"), Say("Goodbye."), transcripts=["When?"] * 2
        )
        agent = Agent(instructions="Be brief.", disclosure=None, tools=[hang_up])
        ring = replace(RING, unknowns=unknowns, marks_on_clear=marks)
        async with calling(agent, faculties, ring=ring) as (phone, house):
            await phone.hears()
            if not unknowns.stop_on_close:  # a `stop` of a stream that is open says that the caller has hung up
                await house.streams[-1].service.close(1001)
                await asyncio.sleep(3)
            await phone.says(speech(1.0))
            await phone.hears()
            await phone.says(speech(1.0))
            assert (await phone.ended()).reason == "the service hung up"
            assert len(phone.lines) == (1 if unknowns.stop_on_close else 2)
        assert said(house) == ["Hello, how can I help?", "At five.", "Goodbye."]

    virtual.run(call())


class RefusesOnce:
    """A way to the house on which the first stream's handshake is refused."""

    def __init__(self, house: House) -> None:
        self._house, self._refused = house, False

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        return await self._house.post(url, form)

    async def dial(self, url: str) -> Socket:
        if not self._refused:
            self._refused = True
            raise ConnectionRefusedError("HTTP 403")
        return await self._house.dial(url)


def test_a_handshake_that_is_refused_is_followed_by_another_stream() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello!"))) as (other, house):
            await other.hangs_up()
            async with Phone(RING, RefusesOnce(house)) as phone:
                await phone.hears()
                assert [fault.code for fault in phone.report] == [31920]
                assert len(phone.lines) == 1
        assert said(house) == ["Hello!"]

    virtual.run(call())
