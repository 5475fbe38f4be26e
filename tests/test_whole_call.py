"""Whole calls on a virtual clock: the offline phone, our service's calls and the offline model, wired in memory."""

from __future__ import annotations

import asyncio
import audioop
from dataclasses import replace

import numpy as np
import pytest

from telephony_agent import Agent, CallContext, Options, TurnTaking, tool
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import ThinksAloud
from telephony_agent.offline.model.flavours import MODELS, THINKING
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.levels import FRAME_BYTES, RATE, silent_after
from telephony_agent.record.entries import AgentTurn, Aside, CallerTurn, Outcome, ToolRun
from tests import virtual
from tests.house import House, calling

FRAME_MS = 20
DELAYS = [0.0, 0.08]
FLAVOURS = ["offline", *MODELS]
FAR_AND_NEAR = [(0.0, "offline"), *((0.08, model) for model in FLAVOURS)]
LONG = "This is a very long answer that goes on and on about many things that nobody has asked for, until it ends."


@tool
async def opening_hours(day: str) -> str:
    """Tell the opening hours."""
    return f"On {day} from five to ten."


@tool
async def say_goodbye(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye!"


AGENT = Agent(
    instructions="Be brief.", greeting="Say hello.", disclosure=None, tools=[opening_hours, say_goodbye], idle_after=5.0
)


def speech(seconds: float = 0.6) -> bytes:
    """Loud enough to be taken for it: mu-law."""
    at = np.arange(int(RATE * seconds)) / RATE
    return audioop.lin2ulaw((8000 * np.sin(2 * np.pi * 300 * at)).astype("<i2").tobytes(), 2)


def agent_turns(house: House) -> list[AgentTurn]:
    return [entry for entry in house.entries if isinstance(entry, AgentTurn)]


@pytest.mark.parametrize(("delay", "model"), FAR_AND_NEAR)
def test_a_question_a_tool_and_a_goodbye(delay: float, model: str) -> None:
    async def call() -> None:
        steps: list[Say | Call] = [
            Say("Hello, how can I help you?"),
            calls("opening_hours", day="Tuesday"),
            Say("On Tuesday from five to ten."),
            calls("say_goodbye"),
            Say("Thank you for calling. Goodbye!"),
        ]
        faculties = scripted(*steps, transcripts=["What are your hours on Tuesday?", "Goodbye."])
        async with calling(AGENT, faculties, delay, model) as (phone, house):
            await phone.hears()
            await phone.says(speech())
            await phone.hears()
            await phone.says(speech())
            await phone.hears()
            ending = await phone.ended()
        assert (ending.status, ending.by) == ("completed", "service")
        spoken = [entry.text for entry in agent_turns(house) if entry.text != THINKING.filler]
        assert spoken == [step.text for step in steps if isinstance(step, Say)]
        assert all(turn.heard_ms == turn.sent_ms and turn.heard == turn.text for turn in agent_turns(house))
        assert [entry.name for entry in house.entries if isinstance(entry, ToolRun)] == ["opening_hours", "say_goodbye"]
        said = [entry.text for entry in house.entries if isinstance(entry, CallerTurn)]
        assert said == ["What are your hours on Tuesday?", "Goodbye."]
        assert isinstance(house.entries[-1], Outcome)
        assert phone.report == []

    virtual.run(call())


@pytest.mark.parametrize("after", [0.05, 0.31, 1.0, 2.345, 4.0])
@pytest.mark.parametrize(("delay", "model"), FAR_AND_NEAR)
def test_what_was_heard_of_an_interrupted_turn_is_known_to_a_frame(delay: float, after: float, model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), Say("All right."), transcripts=["Stop."])
        async with calling(AGENT, faculties, delay, model) as (phone, house):
            await phone.until_speaking()
            await asyncio.sleep(after)
            queued = phone.queued
            await phone.says(speech())
            turn = await phone.hears()
            (cleared,) = phone.clears
            (cut, *_) = agent_turns(house)
            sounding = [sound for sound in phone.heard if sound.slot < round(turn.began / 0.02)]
            really = sum(len(sound.ulaw) for sound in sounding) / FRAME_BYTES * FRAME_MS
            assert abs(cut.heard_ms - really) <= FRAME_MS
            assert queued > 0
            assert cleared
            assert cut.heard_ms < cut.sent_ms
            assert LONG.startswith(cut.heard)
            assert len(cut.heard) < len(LONG)

    virtual.run(call())


@pytest.mark.parametrize(("delay", "model"), FAR_AND_NEAR)
def test_the_agent_falls_silent_soon_after_the_caller_begins(delay: float, model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), Say("All right."), transcripts=["Stop."])
        async with calling(AGENT, faculties, delay, model) as (phone, _):
            await phone.until_speaking()
            await phone.until_queued(2.0)
            said = await phone.says(speech())
            answer = await phone.hears()
            silent = silent_after(phone.recording.agent_levels, said.began, answer.began)
            assert silent is not None
            assert silent <= 0.25 + 2 * delay

    virtual.run(call())


@pytest.mark.parametrize("delay", DELAYS)
def test_at_any_moment_the_service_knows_what_twilio_holds(delay: float) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say(LONG)), delay) as (phone, house):
            await phone.until_speaking()
            bridge = await house.calls.find(phone.ring.call_sid)
            assert bridge is not None
            assert bridge.call.conversation.voice is not None
            for _ in range(40):
                await asyncio.sleep(0.137)
                holds = bridge.call.conversation.voice.playback.queued(asyncio.get_running_loop().time())
                await asyncio.sleep(delay)  # what leaves now finds it so
                assert abs(holds - phone.queued * RATE) <= FRAME_BYTES

    virtual.run(call())


@pytest.mark.parametrize(("delay", "model"), FAR_AND_NEAR)
def test_a_broken_stream_comes_back_to_the_same_conversation(delay: float, model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), Say("As I said."), Say("Of course."), transcripts=["Go on."])
        async with calling(AGENT, faculties, delay, model) as (phone, house):
            await phone.until_speaking()
            await asyncio.sleep(1.0)
            house.streams[0].close_code = 1006
            house.streams[0].deliver(None)
            house.streams[0].drop()
            await phone.hears()
            (cut, *_) = agent_turns(house)
            really = sum(len(sound.ulaw) for sound in phone.lines[0].played) / FRAME_BYTES * FRAME_MS
            under_way = 2000 * delay  # ms; where a line broke, nobody is told
            assert abs(cut.heard_ms - really) <= FRAME_MS + under_way
            assert len(phone.lines) == 2
            assert len(house.sessions) == 1
            await phone.says(speech())
            await phone.hears()
        assert [turn.text for turn in agent_turns(house)][1:] == ["As I said.", "Of course."]

    virtual.run(call())


@pytest.mark.parametrize("model", FLAVOURS)
def test_a_lost_model_comes_back_with_its_memory_and_what_was_said_meanwhile(model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say("Hello."), Say("I was away."), transcripts=["Are you there?"])
        async with calling(AGENT, faculties, model=model) as (phone, house):
            await phone.hears()
            house.sessions[0].drop(1011, "Internal error encountered.")
            await phone.says(speech())
            await phone.hears()
            assert len(house.sessions) == 2
        assert [turn.text for turn in agent_turns(house)] == ["Hello.", "I was away."]  # and no second greeting

    virtual.run(call())


@pytest.mark.parametrize("model", FLAVOURS)
def test_an_agent_that_may_not_be_interrupted_is_heard_to_the_end(model: str) -> None:
    agent = replace(AGENT, options=Options(turn_taking=TurnTaking(interruptible=False)))

    async def call() -> None:
        async with calling(agent, scripted(Say(LONG)), 0.08, model) as (phone, house):
            await phone.until_speaking()
            await asyncio.sleep(1)
            await phone.says(speech())
            await phone.hears(within=10)
            assert not phone.clears
        assert [turn.heard for turn in agent_turns(house)] == [LONG]

    virtual.run(call())


@pytest.mark.parametrize("model", FLAVOURS)
def test_what_the_model_does_for_itself_is_recorded_and_not_spoken(model: str) -> None:
    async def call() -> None:
        faculties = scripted(Say("Hello."), Say("It is four."), transcripts=["What is two and two?"])
        async with calling(AGENT, faculties, 0.08, model) as (phone, house):
            await phone.hears()
            house.fail(ThinksAloud())
            await phone.says(speech())
            await phone.hears()
        assert [turn.text for turn in agent_turns(house)] == ["Hello.", "It is four."]
        asides = [(entry.kind, entry.text) for entry in house.entries if isinstance(entry, Aside)]
        assert [kind for kind, _ in asides[-3:]] == ["thought", "code", "result"]
        assert ("code", "print(2 + 2)") in asides
        assert all(kind == "thought" for kind, _ in asides[:-3])  # a model of 2.5 tells them unasked

    virtual.run(call())


def test_a_silent_caller_is_asked_once_and_then_hung_up_on() -> None:
    async def call() -> None:
        model = scripted(Say("Hello."), Say("Are you still there?"), Say("Goodbye then."))
        async with calling(AGENT, model) as (phone, house):
            ending = await phone.ended(within=60)
        assert ending.by == "service"
        assert [turn.text for turn in agent_turns(house)] == ["Hello.", "Are you still there?", "Goodbye then."]
        assert all(turn.heard_ms == turn.sent_ms for turn in agent_turns(house))

    virtual.run(call())
