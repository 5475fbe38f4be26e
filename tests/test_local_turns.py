"""Whole calls on a virtual clock in which our own ear says when the caller speaks, and the model is only told."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import pytest

from telephony_agent import Agent
from telephony_agent.live.requests import EndActivity, StartActivity
from telephony_agent.live.setup import Setup
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.phone.levels import silent_after
from telephony_agent.record.entries import AgentTurn, CallerTurn, Mishaps
from telephony_agent.steps import ToLive
from tests import virtual
from tests.house import House, calling
from tests.test_whole_call import LONG, speech

T = TypeVar("T")

AGENT = Agent(instructions="Be brief.", disclosure=None, turns="local", idle_after=60.0)
HELLO = Say("Good evening. What can I do for you?")
ANSWER = Say("We are open from five to ten.")
DELAY = 0.08  # seconds on the way, each way


def told(house: House, kind: type[T]) -> list[T]:
    commands = [step.command for _, step in house.steps if isinstance(step, ToLive)]
    return [command for command in commands if isinstance(command, kind)]


@pytest.mark.parametrize("model", ["offline", *MODELS])
def test_the_model_is_told_of_each_of_the_callers_turns_and_answers_it(model: str) -> None:
    async def call() -> None:
        faculties = scripted(HELLO, ANSWER, ANSWER, transcripts=["When?", "Really?"])
        async with calling(AGENT, faculties, DELAY, model) as (phone, house):
            await phone.hears()
            for _ in range(2):
                await phone.says(speech())
                answer = await phone.hears()
                assert answer.latency is not None
                assert answer.latency < 2.0
        assert [setup.manual for setup in told(house, Setup)] == [True]
        assert len(told(house, StartActivity)) == len(told(house, EndActivity)) == 2
        assert [turn.text for turn in house.entries if isinstance(turn, CallerTurn)] == ["When?", "Really?"]
        assert [turn.text for turn in house.entries if isinstance(turn, AgentTurn)] == [
            step.text for step in (HELLO, ANSWER, ANSWER)
        ]

    virtual.run(call())


@pytest.mark.parametrize("model", ["offline", *MODELS])
def test_a_caller_who_interrupts_silences_the_agent_and_is_answered(model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), ANSWER, transcripts=["Stop."])
        async with calling(AGENT, faculties, DELAY, model) as (phone, house):
            await phone.until_speaking()
            await phone.until_queued(2.0)
            said = await phone.says(speech())
            answer = await phone.hears()
            assert silent_after(phone.recording.agent_levels, said.began, answer.began) <= 0.25 + 2 * DELAY
            await asyncio.sleep(1)
        cut, whole = [turn for turn in house.entries if isinstance(turn, AgentTurn)]
        assert len(cut.heard) < len(LONG)
        assert whole.heard == ANSWER.text
        (mishaps,) = [entry for entry in house.entries if isinstance(entry, Mishaps)]
        assert (mishaps.silenced, mishaps.went_on) == (1, 0)

    virtual.run(call())
