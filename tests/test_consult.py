"""A warm transfer: somebody is called, told who calls and why, and takes the call, declines it, or is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from telephony_agent import Agent, CallContext, tool
from telephony_agent.builtin import consult_and_transfer_to
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone import call as line
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.tones import beep
from telephony_agent.steps import Arrange, Requested
from telephony_agent.toolbox.context import Consult
from tests import virtual
from tests.house import House, calling
from tests.rest import Rest
from tests.story import at_rest, of
from tests.test_whole_call import agent_turns, speech

COLLEAGUE = "+15550100009"
ABOUT = "A caller wants a table for twelve."
MANAGER = consult_and_transfer_to(COLLEAGUE, "the manager", hold=False)
AGENT = Agent(instructions="Be brief.", disclosure=None, tools=[MANAGER])
WISH = calls("consult_the_manager", about=ABOUT)
HERE_IS = "Here is the manager, who will look after you in a moment."


def presses(key: str, holds: float = 30.0) -> Person:
    """Listens, presses a key, and hangs up after so many seconds."""

    async def talk(call: line.Call) -> None:
        phone = Phone.at(call)
        await phone.is_told(ABOUT)
        phone.press(key)
        await call.until(lambda: call.status in line.ENDED, holds)
        call.hang_up()

    return Person(after=1.0, talk=talk)


def colleague(caller: Phone) -> line.Call:
    return next(call for call in caller.exchange.calls.values() if call.ring.to_number == COLLEAGUE)


def play(
    person: Person,
    *says: str,
    then: Callable[[Phone], Awaitable[None]],
    agent: Agent = AGENT,
    wish: Call = WISH,
) -> House:
    async def talk() -> House:
        steps: list[Say | Call] = [Say("Hello."), wish, *map(Say, says)]
        async with calling(agent, scripted(*steps, transcripts=["The manager, please."])) as (caller, house):
            house.calls._control = Rest(caller.exchange)
            caller.exchange.people[COLLEAGUE] = person
            await caller.hears()
            await caller.says(speech())
            await then(caller)
        return house

    return virtual.run(talk())


@pytest.mark.parametrize(("wanted", "told"), [("", "de-DE"), ("fr-FR", "fr-FR")])
def test_a_colleague_is_told_in_the_agent_s_language_or_in_their_own(wanted: str, told: str) -> None:
    story = at_rest(language="de-DE")
    (arrange,) = of(Arrange, story.give(Requested(1, Consult(COLLEAGUE, ABOUT, 25, wanted))))
    assert arrange.request == Consult(COLLEAGUE, ABOUT, 25, told)


def test_who_takes_the_call_has_the_caller_after_the_agents_last_words() -> None:
    async def then(caller: Phone) -> None:
        assert (await caller.is_put_through(within=60)).startswith("CF")
        await asyncio.sleep(20)
        assert caller.exchange.hears(colleague(caller))
        colleague(caller).hang_up()
        assert (await caller.ended()).status == "completed"

    house = play(presses("1"), "Here is the manager.", then=then)
    assert [(turn.text, turn.heard) for turn in agent_turns(house)][-1] == ("Here is the manager.",) * 2


@pytest.mark.parametrize(
    "person",
    [
        presses("2"),
        Person("busy"),
        Person("no-answer"),
        Person("failed"),
        Person(machine=True, greeting=beep() * 4),
        Person(),
    ],
    ids=["declined", "busy", "no answer", "failed", "voicemail", "silent"],
)
def test_a_caller_whom_nobody_takes_never_left_the_agent(person: Person) -> None:
    async def then(caller: Phone) -> None:
        await caller.hears(within=90)
        assert not caller.over
        assert colleague(caller).status in line.ENDED

    house = play(person, "The manager is not there.", then=then)
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "The manager is not there."]
    assert len(house.streams) == 1


@pytest.mark.parametrize("holds", [0.1, 1.0, 2.0, 3.0, 5.0], ids=str)
def test_a_caller_whose_colleague_goes_again_is_with_the_agent_and_the_conversation_goes_on(holds: float) -> None:
    """Before the agent has said its last words, while it does, and just as the caller comes."""

    async def then(caller: Phone) -> None:
        await asyncio.sleep(15)
        assert caller._call.talks_to is None
        assert not caller.over

    house = play(presses("1", holds), HERE_IS, "They are gone, sorry.", then=then)
    last = agent_turns(house)[-1]
    assert (last.text, last.heard) == ("They are gone, sorry.",) * 2
    assert len(house.sessions) == 1


def test_a_colleague_who_has_talked_to_the_caller_ends_the_call() -> None:
    async def then(caller: Phone) -> None:
        assert (await caller.ended(within=20)).reason == "the service hung up"

    house = play(presses("1", 8.0), HERE_IS, then=then)
    assert agent_turns(house)[-1].text == HERE_IS


@pytest.mark.parametrize("moment", [0.5, 1.5, 4.0], ids=["rings", "listens", "has taken the call"])
def test_a_colleague_of_a_caller_who_hangs_up_is_not_left_alone(moment: float) -> None:
    async def then(caller: Phone) -> None:
        await caller._until(lambda: len(caller.exchange.calls) == 2, 60, "a colleague to be called")
        await asyncio.sleep(moment)
        await caller.hangs_up()
        other = colleague(caller)
        assert await other.until(lambda: other.ending is not None, 5)
        assert other.ending is not None
        assert other.ending.by == "service"

    play(presses("1") if moment > 2 else Person(after=1.0), HERE_IS, then=then)


@tool(timeout=4.0)
async def ask_the_manager(call: CallContext) -> str:
    """Ask the manager, in a hurry."""
    return str(await call.consult(COLLEAGUE, ABOUT))


@tool(timeout=60.0)
async def only_ask(call: CallContext) -> str:
    """Ask the manager, and keep the caller."""
    return str(await call.consult(COLLEAGUE, ABOUT))


@pytest.mark.parametrize(
    ("function", "person", "status"),
    [
        (ask_the_manager, Person("no-answer"), "canceled"),
        (ask_the_manager, Person(after=1.0), "completed"),
        (only_ask, presses("1"), "completed"),
    ],
    ids=["rings", "listens", "has taken the call"],
)
def test_a_colleague_whom_no_function_waits_for_any_more_is_not_kept(
    function: Any, person: Person, status: str
) -> None:
    async def then(caller: Phone) -> None:
        await caller.hears()
        await asyncio.sleep(1)
        assert colleague(caller).status == status

    agent = Agent(instructions="Be brief.", disclosure=None, tools=[function])
    house = play(person, "Nobody is there.", then=then, agent=agent, wish=calls(function.__name__))
    assert agent_turns(house)[-1].text == "Nobody is there."
