"""A warm transfer: somebody is called, told who calls and why, and takes the call, declines it, or is not there."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent import Agent
from telephony_agent.builtin import consult_and_transfer_to
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone import call as line
from telephony_agent.offline.phone import twiml as theirs
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.phone import twiml
from tests import virtual
from tests.house import URL, House, calling
from tests.test_whole_call import agent_turns, speech

COLLEAGUE = "+15550100009"
ABOUT = "A caller wants a table for twelve."
AGENT = Agent(instructions="Be brief.", tools=[consult_and_transfer_to(COLLEAGUE, "the manager")])


class Rest:
    """Places the colleague's call, as Twilio's REST API would."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def arrange(self, request: Any, call: Any) -> str:
        url = f"{URL}/twilio/colleague/{call.call_sid}"
        document = tuple(theirs.parse(twiml.consult(request.about, url), URL))
        order = self._exchange.order(url="", from_number="+15550100002", to_number=request.to, status_url=url)
        placed = self._exchange.place(order, line.Outgoing(document=document, timeout=request.timeout))
        return placed.sid


def presses(key: str) -> Person:
    async def talk(call: line.Call) -> None:
        phone = Phone.at(call)
        await phone.is_told(ABOUT)
        phone.press(key)
        await call.until(lambda: call.status in line.ENDED, 30)

    return Person(after=1.0, talk=talk)


def play(person: Person, *says: str, put_through: bool) -> House:
    async def talk() -> House:
        steps: list[Say | Call] = [Say("Hello."), calls("consult_the_manager", about=ABOUT), *map(Say, says)]
        async with calling(AGENT, scripted(*steps, transcripts=["The manager, please."])) as (caller, house):
            house.calls._control = Rest(caller.exchange)
            caller.exchange.people[COLLEAGUE] = person
            await caller.hears()
            await caller.says(speech())
            if put_through:
                assert (await caller.is_put_through(within=60)).startswith("CF")
            else:
                await caller.hears(within=90)
                assert not caller.over
        return house

    return virtual.run(talk())


def test_who_takes_the_call_has_the_caller_after_the_agents_last_words() -> None:
    house = play(presses("1"), "Here is the manager.", put_through=True)
    assert [(turn.text, turn.heard) for turn in agent_turns(house)][-1] == ("Here is the manager.",) * 2


@pytest.mark.parametrize(
    "person", [presses("2"), Person("busy"), Person("no-answer")], ids=["declined", "busy", "none"]
)
def test_a_caller_whom_nobody_takes_never_left_the_agent(person: Person) -> None:
    house = play(person, "The manager is not there.", put_through=False)
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "The manager is not there."]
    assert len(house.streams) == 1
