"""Calls that we place, whole: our service between the offline phone of whoever is called and the offline model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from telephony_agent.agent import Order
from telephony_agent.offline.model.faculties import Decision, Faculties, Prompted, Say, Told
from telephony_agent.offline.model.faults import UpgradeRefused
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.phone import tones
from telephony_agent.offline.phone.call import Call, Detection, Outgoing
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.levels import AUDIBLE, RATE
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.pickup import FIRST_WORD, MACHINE, MESSAGE
from telephony_agent.record.entries import AgentTurn, Outcome
from telephony_agent.states import Timer
from tests import virtual
from tests.house import RING, URL, House, calling
from tests.test_whole_call import AGENT, speech

CALLEE = "+12025550199"
HELLO = "Hello, this is the bakery. It is about your table."
WORDS = "Your table is booked for eight."
GREETING = speech(2.5)  # a machine's


def answers(told: Told) -> Decision:
    """What our agent says: its message to a machine, who it is to anybody else."""
    return Say(WORDS if isinstance(told, Prompted) and "A machine has answered" in told.turns[-1].text else HELLO)


def an_agent() -> Faculties:
    return scripted(*[answers] * 5, transcripts=["Hello?"] * 5)


class Placed:
    """A call of ours to somebody, and what there is to see of it."""

    def __init__(self, call: Call, house: House) -> None:
        self.call, self.house = call, house

    async def ended(self) -> None:
        assert await self.call.until(lambda: self.call.ending is not None, 120)

    @property
    def outcome(self) -> Outcome:
        return [entry for entry in self.house.entries if isinstance(entry, Outcome)][-1]

    @property
    def turns(self) -> list[AgentTurn]:
        return [entry for entry in self.house.entries if isinstance(entry, AgentTurn)]

    @property
    def audible(self) -> list[float]:
        """When something of the agent was heard there: seconds since they picked up."""
        assert self.call.answered is not None
        heard = [sound for line in self.call.lines for sound in line.played if sound.level > AUDIBLE]
        return [sound.at - self.call.answered for sound in heard]


@asynccontextmanager
async def placing(
    person: Person, voicemail: str | None = None, faculties: Faculties | None = None, dead: bool = False
) -> AsyncIterator[Placed]:
    """`dead`: the model can't be had."""
    async with calling(AGENT, faculties or an_agent()) as (own, house):
        await own.hangs_up()
        if dead:
            house.fail(UpgradeRefused(503, 99))
        async with Exchange(RING, house) as exchange:
            exchange.people[CALLEE] = person
            ring = exchange.order(url=f"{URL}/voice", to_number=CALLEE)
            house.orders[ring.call_sid] = Order(CALLEE, voicemail=voicemail)
            detection = Detection(voicemail is not None, f"{URL}/twilio/amd", waits=False)
            yield Placed(exchange.place(ring, Outgoing(detection=detection)), house)


def hangs_up_after(seconds: float) -> Callable[[Call], Awaitable[None]]:
    """What they do on the phone."""

    async def talk(call: Call) -> None:
        await asyncio.sleep(seconds)
        call.hang_up()

    return talk


def test_whoever_answers_speaks_first_and_then_the_agent() -> None:
    async def talks(call: Call) -> None:
        phone = Phone.at(call)
        await phone.hears()
        call.hang_up()

    async def story() -> None:
        async with placing(Person(greeting=speech(0.8), talk=talks)) as placed:
            await placed.ended()
            assert placed.audible[0] > 0.8
            assert placed.audible[0] < FIRST_WORD
            assert [turn.text for turn in placed.turns] == [HELLO]
            assert placed.outcome.why == "the caller hung up"
            assert Phone.at(placed.call).report == []

    virtual.run(story())


def test_a_callee_who_says_nothing_is_spoken_to_after_some_seconds() -> None:
    async def story() -> None:
        async with placing(Person(talk=hangs_up_after(9.0))) as placed:
            await placed.ended()
            assert FIRST_WORD < placed.audible[0] < FIRST_WORD + 1.5
            assert [turn.text for turn in placed.turns] == [HELLO]

    virtual.run(story())


def test_a_callee_who_never_says_anything_is_taken_leave_of() -> None:
    async def story() -> None:
        async with placing(Person()) as placed:
            await placed.ended()
            assert placed.outcome.why == Timer.IDLE.value
            assert placed.call.ending is not None
            assert placed.call.ending.by == "service"
            assert placed.call.seconds < 40

    virtual.run(story())


def test_a_machine_is_hung_up_on_as_soon_as_it_is_known_for_one() -> None:
    async def story() -> None:
        async with placing(Person(machine=True, greeting=speech(30.0))) as placed:
            await placed.ended()
            assert placed.outcome.why == MACHINE
            assert placed.call.seconds < 5
            assert placed.audible == []

    virtual.run(story())


@pytest.mark.parametrize("greeting", [GREETING, speech(0.8) + b"\xff" * 2 * RATE + speech(1.0)])
def test_a_machine_has_the_whole_message_after_its_beep(greeting: bytes) -> None:
    """Also if it pauses, so that the agent takes it for somebody and begins to talk."""

    async def story() -> None:
        async with placing(Person(machine=True, greeting=greeting), voicemail=WORDS) as placed:
            await placed.ended()
            assert placed.outcome.why == MESSAGE
            message = placed.turns[-1]
            assert (message.text, message.heard, message.heard_ms) == (WORDS, WORDS, message.sent_ms)
            beeped = len(greeting) / RATE + tones.BEEP
            after = [at for at in placed.audible if at > beeped]
            assert len(after) * 0.02 == pytest.approx(message.sent_ms / 1000, abs=0.1)
            assert placed.call.announced == []

    virtual.run(story())


def test_a_machine_that_makes_noises_while_it_records_has_the_whole_message() -> None:
    async def talks(call: Call) -> None:
        phone = Phone.at(call)
        await phone.until_speaking()
        await phone.says(speech(1.0))

    async def story() -> None:
        async with placing(Person(machine=True, greeting=GREETING, talk=talks), voicemail=WORDS) as placed:
            await placed.ended()
            assert placed.turns[-1].heard == WORDS

    virtual.run(story())


def test_twilio_leaves_the_message_where_the_model_can_t_be_had() -> None:
    async def story() -> None:
        async with placing(Person(machine=True, greeting=GREETING), voicemail=WORDS, dead=True) as placed:
            await placed.ended()
            assert placed.outcome.why == MESSAGE
            assert placed.call.announced == [WORDS]

    virtual.run(story())


def test_a_machine_that_hangs_up_in_mid_message_has_none() -> None:
    async def story() -> None:
        machine = Person(machine=True, greeting=GREETING, talk=hangs_up_after(4.0))
        async with placing(machine, voicemail=WORDS * 5) as placed:
            await placed.ended()
            assert placed.outcome.why != MESSAGE

    virtual.run(story())
