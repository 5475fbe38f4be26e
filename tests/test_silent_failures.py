"""Whole calls on a virtual clock in which the model fails without an error: nobody sits in silence for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from telephony_agent import Agent, tool
from telephony_agent.offline.model.faculties import Call, Say, Sound, Utterance
from telephony_agent.offline.model.faults import (
    CutShort,
    DuplicateCall,
    EarlyTurnComplete,
    EmptyTurn,
    GoesAway,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    OtherLanguage,
    RejectedTurn,
    Silence,
    SlowSetup,
    Stalls,
    Storm,
    Unheard,
)
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.record.entries import AgentTurn, Mishaps, Outcome, ToolRun
from tests import virtual
from tests.house import House, calling
from tests.test_whole_call import LONG, speech

HELLO = Say("Good evening. What can I do for you?")
ANSWER = Say("We are open from five to ten. Shall I book a table for you?")
AGAIN = Say("From five to ten, as I said.")
LOST = 8.0  # seconds of silence after which a caller counts as lost


@tool
async def opening_hours() -> str:
    """Tell the opening hours."""
    return "From five to ten."


AGENT = Agent(instructions="Be brief.", disclosure=None, language="en-US", tools=[opening_hours], idle_after=60.0)


def mishaps(house: House) -> Mishaps:
    (found,) = [entry for entry in house.entries if isinstance(entry, Mishaps)]
    return found


def heard(house: House) -> list[str]:
    return [entry.text for entry in house.entries if isinstance(entry, AgentTurn) and entry.heard_ms]


def answers_after(fault: InSession, *steps: Say | Call, seconds: float = 0.6, model: str = "offline") -> House:
    """A call in which this goes wrong with the answer to a question: the caller hears one all the same, in time."""

    async def call() -> House:
        faculties = scripted(HELLO, *steps, AGAIN, AGAIN, transcripts=["When are you open?"] * 3)
        async with calling(AGENT, faculties, model=model) as (phone, house):
            await phone.hears()
            house.fail(fault)
            said = await phone.says(speech(seconds))
            await asyncio.sleep(20)
            (spoken, *_) = [sound for sound in phone.heard if sound.at > said.ended and sound.level > -50]
            assert spoken.at - said.ended < LOST
        assert AGAIN.text in heard(house)
        return house

    return virtual.run(call())


@pytest.mark.parametrize(
    "model", ["offline", "gemini-live-2.5-flash-native-audio"]
)  # whose words come ahead of their sound
@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (NearSilence(), "near_silent"),
        (EmptyTurn(), "empty"),
        (RejectedTurn(), "rejected"),
        (Stalls("reply"), "stall"),
        (Stalls("sound"), "endless"),
        (CutShort(), "broken_off"),
        (OtherLanguage(), "other_language"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_the_model_fails_once_and_is_told(fault: InSession, trouble: str, model: str) -> None:
    house = answers_after(fault, ANSWER, model=model)
    assert mishaps(house).troubles == {trouble: 1}
    assert mishaps(house).cures == {"nudge": 1}
    assert len(house.sessions) == 1


def test_the_model_says_nothing_after_a_function_has_answered() -> None:
    house = answers_after(Stalls("answer"), calls("opening_hours"), ANSWER)
    assert mishaps(house).troubles == {"tool_stall": 1}
    assert mishaps(house).cures == {"nudge": 1}


def test_the_server_says_nothing_more_before_it_goes_away() -> None:
    house = answers_after(GoesAway(2.5, silent=True))
    assert mishaps(house).cures == {"nudge": 1}
    assert len(house.sessions) == 2


def test_the_server_hangs_without_closing() -> None:
    house = answers_after(Silence(600.0))
    assert mishaps(house).cures == {"nudge": 1, "resume": 1}
    assert len(house.sessions) == 2


@pytest.mark.parametrize(("seconds", "sessions"), [(2.0, 1), (30.0, 2)], ids=["late", "never"])
def test_the_setup_is_accepted_late_or_never(seconds: float, sessions: int) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(HELLO)) as (phone, house):
            house.fail(SlowSetup(seconds))
            greeting = await phone.hears()
            assert greeting.began < LOST
            assert len(house.sessions) == sessions
        assert heard(house) == [HELLO.text]

    virtual.run(call())


def test_a_short_yes_that_the_model_did_not_hear_is_asked_for() -> None:
    house = answers_after(Unheard(), seconds=0.3)
    assert mishaps(house).troubles == {"ignored": 1}
    assert mishaps(house).cures == {"nudge": 1}


@pytest.mark.parametrize(
    ("fault", "troubles"),
    [
        (NoTurnComplete(generated=True), {}),
        (NoTurnComplete(generated=False), {}),
        (EarlyTurnComplete(), {}),
        (NothingInterrupted("now"), {"nothing_interrupted": 1}),
        (NothingInterrupted("reply"), {"nothing_interrupted": 1}),
        (Storm(1000), {}),
        (Silence(1.5), {}),
        (GoesAway(0.0), {}),
        (GoesAway(50.0), {}),
    ],
    ids=str,
)
def test_what_costs_the_caller_nothing_is_left_alone(fault: InSession, troubles: dict[str, int]) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(HELLO, ANSWER, AGAIN, transcripts=["When?", "Once more?"])) as (
            phone,
            house,
        ):
            await phone.hears()
            house.fail(fault)
            await phone.says(speech())
            await phone.hears()
            await asyncio.sleep(5)
            await phone.says(speech())
            await phone.hears()
        assert " ".join(heard(house)) == f"{HELLO.text} {ANSWER.text} {AGAIN.text}"
        found = mishaps(house)
        assert found.cures == {}
        assert {name: count for name, count in found.troubles.items() if name != "endless"} == troubles

    virtual.run(call())


def test_a_call_that_comes_twice_runs_once_and_is_answered_once() -> None:
    async def call() -> None:
        faculties = scripted(HELLO, calls("opening_hours"), ANSWER, transcripts=["When are you open?"])
        async with calling(AGENT, faculties) as (phone, house):
            await phone.hears()
            house.fail(DuplicateCall())
            await phone.says(speech())
            await phone.hears()
        assert [entry.name for entry in house.entries if isinstance(entry, ToolRun)] == ["opening_hours"]
        assert heard(house) == [HELLO.text, ANSWER.text]
        assert len(house.sessions) == 1

    virtual.run(call())


def test_a_model_that_never_answers_again_is_left_for_the_fallback() -> None:
    async def call() -> None:
        steps = [HELLO, *[ANSWER] * 20]
        async with calling(AGENT, scripted(*steps, transcripts=["When?"] * 9)) as (phone, house):
            await phone.hears()
            for fault in (Stalls("reply"), Stalls("reply")):
                house.fail(fault)
            said = await phone.says(speech())
            house.fail(Stalls("reply"), next_session=True)
            await phone.ended(within=10)
            assert phone.now - said.ended < LOST
        assert mishaps(house).cures == {"nudge": 1, "resume": 1, "fallback": 1}
        assert len(house.sessions) == 2
        (outcome,) = [entry for entry in house.entries if isinstance(entry, Outcome)]
        assert outcome.next == AGENT.fallback

    virtual.run(call())


# Interruptions, whatever the model does.


class Deaf:
    """An ear of the model's that hears nothing."""

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> list[Sound]:
        return []

    def finish(self) -> list[Sound]:
        return []

    def transcribe(self, utterance: Utterance) -> str:
        return ""


@pytest.mark.parametrize("model", ["offline", *MODELS])
@pytest.mark.parametrize("deaf", [False, True])
def test_the_agent_falls_silent_whether_the_model_notices_or_not(model: str, deaf: bool) -> None:
    delay = 0.08

    async def call() -> House:
        faculties = scripted(Say(LONG), AGAIN, transcripts=["When are you open?"])
        if deaf:
            faculties = replace(faculties, ear=lambda setup: Deaf())
        async with calling(AGENT, faculties, delay, model=model) as (phone, house):
            await phone.until_speaking()
            await phone.until_queued(2.0)
            said = await phone.says(speech(0.5))
            await asyncio.sleep(10)
            frames = phone.recording.agent_levels[round(said.began / 0.02) :]
            silent = next(n for n in range(len(frames)) if max(frames[n : n + 10]) < -50)
            assert silent * 0.02 <= 0.25 + 2 * delay
        return house

    house = virtual.run(call())
    found = mishaps(house)
    assert found.silenced == 1
    assert found.went_on == deaf
    if deaf:
        assert heard(house) == [LONG]
