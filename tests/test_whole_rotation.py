"""Whole calls on a virtual clock that outlive their sessions: what was told before is known after, and nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from telephony_agent import Agent
from telephony_agent.live.messages import Ready
from telephony_agent.offline.model.faults import Closes, GoesAway, HandlesForgotten
from telephony_agent.offline.model.terms import Terms
from telephony_agent.record.entries import AgentTurn
from telephony_agent.steps import Action, Dial, DropLive, Event, Lost, ToLive
from tests import virtual
from tests.house import SETUP_TAKES, House, calling
from tests.notebook import keeping_notes, spoken

MODELS = (
    "offline",
    "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-live-2.5-flash-native-audio",
    "gemini-3.1-flash-live-preview",
    "gemini-3.8-live",
)
NAME, QUESTION = "My name is Anna Miller.", "What is my name?"
AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, idle_after=600.0, longest_call=7_200.0)
MODEL = keeping_notes(NAME, QUESTION)


def last_words(house: House) -> str:
    return [entry.text for entry in house.entries if isinstance(entry, AgentTurn)][-1]


def times(house: House, of: Callable[[Event | Action], bool]) -> list[float]:
    return [at for at, step in house.steps if of(step)]


def silences(house: House) -> list[float]:
    """Seconds without a model, for each time that one was gone and came back."""
    gone = times(house, lambda step: isinstance(step, DropLive | Lost))
    back = times(house, lambda step: isinstance(step, Ready))
    return [min(at for at in back if at > since) - since for since in gone if any(at > since for at in back)]


def resumed(house: House) -> list[bool]:
    setups = [step.command for _, step in house.steps if isinstance(step, ToLive) and hasattr(step.command, "resume")]
    return [setup.resume is not None for setup in setups]


@pytest.mark.parametrize("model", MODELS)
def test_a_name_told_before_a_rotation_is_known_after_it(model: str) -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL, model=model) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            house.fail(GoesAway(50))
            await asyncio.sleep(5)
            assert resumed(house) == [False, True]
            await phone.says(spoken(1))
            await phone.hears()
            assert NAME in last_words(house)
            assert silences(house) == pytest.approx([SETUP_TAKES], abs=0.01)

    virtual.run(call())


@pytest.mark.parametrize("model", MODELS)
def test_a_name_told_before_is_known_to_a_fresh_session(model: str) -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL, model=model) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            house.fail(HandlesForgotten())
            house.fail(Closes(1011, "Internal error encountered."))
            await asyncio.sleep(5)
            assert len(house.sessions) == 3, "lost, its handle refused, then a fresh one"
            assert resumed(house) == [False, True, False]
            await phone.says(spoken(1))
            await phone.hears()
            assert NAME in last_words(house)
            assert max(silences(house)) <= 2.0

    virtual.run(call())


@pytest.mark.parametrize("model", MODELS)
def test_what_the_caller_had_just_said_is_known_although_the_session_broke_before_it_answered(model: str) -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL, model=model) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.until_speaking()
            house.fail(Closes(1011, "Internal error encountered."))
            await phone.hears()
            await phone.says(spoken(1))
            await phone.hears()
            assert NAME in last_words(house)

    virtual.run(call())


def test_words_in_the_middle_of_which_the_session_broke_are_understood_by_the_next_one() -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL) as (phone, house):
            await phone.hears()
            asyncio.get_running_loop().call_later(0.5, house.fail, Closes(1011, "Internal error encountered."))
            await phone.says(spoken(0, 1.0))
            await phone.hears()
            await phone.says(spoken(1))
            await phone.hears()
            assert NAME in last_words(house)
            assert len(house.sessions) == 2

    virtual.run(call())


def test_the_callers_words_in_the_gap_are_answered_after_it() -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            house.fail(Closes(1011, "Internal error encountered."))
            await phone.says(spoken(1))
            answer = await phone.hears()
            assert NAME in last_words(house)
            assert len(house.sessions) == 2
            assert answer.latency is not None
            assert answer.latency < 2.0

    virtual.run(call())


def test_a_server_that_is_about_to_close_is_left_before() -> None:
    async def call() -> None:
        async with calling(AGENT, MODEL, terms=Terms(lifetime=60.0)) as (phone, house):
            while phone.now < 130:
                await phone.hears()
                await asyncio.sleep(5)
                await phone.says(spoken(1))
            assert times(house, lambda step: isinstance(step, Lost)) == []
            dials = times(house, lambda step: isinstance(step, Dial))
            assert len(dials) == 3
            assert all(53 <= after - before <= 60 for before, after in pairwise(dials))

    virtual.run(call())
