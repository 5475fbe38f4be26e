"""Recording the call: never before the caller was told; and whole calls, with secrets in them."""

from __future__ import annotations

import audioop
from typing import Any

from telephony_agent import Agent, CallContext, tool
from telephony_agent.live.messages import Interrupted
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.call import Taped
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.line import Sound
from telephony_agent.phone.playback import Clip
from telephony_agent.record.entries import AgentTurn, Announce, Next, Noted
from telephony_agent.states import State
from telephony_agent.steps import (
    Action,
    Arrange,
    Arranged,
    CloseStream,
    GaveUp,
    NextAsked,
    Reply,
    Requested,
    Settle,
    StreamLost,
)
from telephony_agent.toolbox.context import (
    CollectDigits,
    PauseRecording,
    RecordCall,
    RestRequest,
    ResumeRecording,
)
from tests import virtual
from tests.house import House, calling
from tests.rest import Rest
from tests.story import STARTED, Story, at_rest, of, ringing
from tests.test_whole_call import agent_turns, speech

NOTICE = "This call is recorded."
PIN = CollectDigits(4, 10.0, "#", secret=True)
PIN_KEYS = "4*11"  # no part of an identifier


def arranges(actions: list[Action]) -> list[RestRequest]:
    return [action.request for action in of(Arrange, actions)]


def refusals(actions: list[Action]) -> list[str]:
    return [settle.error for settle in of(Settle, actions) if settle.error]


def opening(**agent: Any) -> Story:
    """The recording that the call begins with has not been heard yet."""
    story = ringing(clip=Clip(NOTICE, bytes(8000)), recording_notice=NOTICE, greeting=None, **agent)
    story.answers()
    return story


def recording(**agent: Any) -> Story:
    story = opening(**agent)
    story.wait(1)
    story.echoes()
    story.give(Requested(1, RecordCall()), Arranged(1, RecordCall(), "RE1"))
    return story


def test_nothing_is_recorded_of_a_caller_who_was_not_told() -> None:
    story = at_rest()
    (why,) = refusals(story.give(Requested(1, RecordCall())))
    assert "recording_notice" in why
    assert story.state is State.TALKING


def test_the_recording_begins_when_the_notice_was_heard_to_its_end() -> None:
    story = opening()
    assert arranges(story.give(Requested(1, RecordCall()))) == []
    assert arranges(story.wait(1)) == []
    assert arranges(story.echoes()) == [RecordCall()]


def test_who_was_told_before_is_recorded_at_once() -> None:
    story = opening()
    story.wait(1)
    story.echoes()
    assert arranges(story.give(Requested(1, RecordCall()))) == [RecordCall()]


def test_twilio_has_told_a_caller_for_whom_there_was_no_clip() -> None:
    story = ringing(recording_notice=NOTICE)
    story.answers()
    assert arranges(story.give(Requested(1, RecordCall()))) == [RecordCall()]


def test_a_notice_that_was_cut_off_with_the_line_has_told_nobody() -> None:
    story = opening()
    story.give(Requested(1, RecordCall()))
    story.wait(0.5)
    actions = story.give(StreamLost(), NextAsked(), STARTED)
    assert arranges(actions) == []
    assert len(refusals(actions)) == 1


def test_who_speaks_over_the_notice_is_recorded_once_all_of_it_was_heard() -> None:
    story = opening()
    story.give(Requested(1, RecordCall()))
    story.wait(0.5)
    story.says(2, "Hello?")
    actions = story.give(Interrupted())  # the model has fallen silent for the caller, our recording has not
    assert arranges(actions + story.wait(0.4)) == []
    story.wait(0.5)
    assert arranges(story.echoes()) == [RecordCall()]
    (notice,) = [turn for turn in of(AgentTurn, story.records) if turn.source == "clip"]
    assert notice.heard == NOTICE


def test_who_has_agreed_elsewhere_is_recorded_at_once() -> None:
    story = at_rest(recording_agreed=True)
    assert arranges(story.give(Requested(1, RecordCall()))) == [RecordCall()]


def test_a_notice_of_the_function_is_said_first_when_the_agent_has_been_heard() -> None:
    story = at_rest()
    story.says(2, "One moment.")
    story.ends_its_turn()
    assert of(CloseStream, story.give(Requested(1, RecordCall(NOTICE))) + story.wait(1.9)) == []
    story.wait(0.1)
    assert of(CloseStream, story.echoes()) == [CloseStream()]
    assert story.give(NextAsked()) == [Reply(Announce(NOTICE))]
    told = story.give(NextAsked())
    assert arranges(told) == [RecordCall(NOTICE)]
    assert told[-1] == Reply(Next.CONNECT)
    story.give(STARTED)
    assert of(Settle, story.give(Arranged(1, RecordCall(NOTICE), "RE1"))) == [Settle(1, "RE1")]


def test_nothing_is_recorded_for_a_function_that_gave_up_meanwhile() -> None:
    story = opening()
    story.give(Requested(1, RecordCall()), GaveUp(1))
    story.wait(1)
    assert arranges(story.echoes()) == []


def test_a_call_is_recorded_once() -> None:
    assert len(refusals(recording().give(Requested(2, RecordCall())))) == 1


def test_who_was_told_is_not_told_again_while_twilio_does_something_else() -> None:
    story = at_rest(recording_agreed=True)
    story.give(Requested(1, PauseRecording()))
    actions = story.give(Requested(2, RecordCall()))
    assert (refusals(actions), arranges(actions)) == ([], [])
    refused = Arranged(1, PauseRecording(), error="nothing is recorded")
    assert arranges(story.give(refused)) == [RecordCall()]


def test_a_recording_that_failed_may_be_tried_again() -> None:
    story = opening()
    story.wait(1)
    story.echoes()
    story.give(Requested(1, RecordCall()), Arranged(1, RecordCall(), error="refused"))
    assert arranges(story.give(Requested(2, RecordCall()))) == [RecordCall()]


# Whole calls.


def loudness(exchange: Exchange, tape: Taped, sounds: list[Sound]) -> int:
    """Of the caller's channel in the recording, where these were heard: the loudest of 16-bit samples."""
    wav = exchange.sound(exchange.calls[tape.call_sid], tape)
    side = audioop.tomono(wav[44:], 2, 1, 0)
    starts = [2 * round((sound.at - tape.began) * 8000) for sound in sounds]
    return max(audioop.max(side[start : start + 320], 2) for start in starts)


@tool(timeout=60)
async def record_me(call: CallContext) -> str:
    """Record the call."""
    return await call.record(NOTICE)


@tool(timeout=60)
async def ask_pin(call: CallContext) -> str:
    """Ask for the PIN."""
    return "right" if await call.collect_digits(4, secret=True) == PIN_KEYS else "wrong"


@tool
async def before_pin(call: CallContext) -> str:
    """Prepare for a PIN."""
    await call.pause_recording()
    return "Now ask for the PIN, then call check_pin."


@tool(timeout=60)
async def check_pin(call: CallContext) -> str:
    """Take the PIN that was asked for."""
    answer = await ask_pin(call)
    await call.resume_recording()
    return answer


AGENT = Agent(instructions="Be brief.", disclosure=None, tools=[record_me, ask_pin, before_pin, check_pin])


def test_a_caller_is_told_then_recorded_and_a_pin_is_nowhere() -> None:
    async def talk() -> House:
        steps: list[Say | Call] = [
            Say("Hello."), calls("record_me"), Say("Your PIN, please."), calls("ask_pin"), Say("Thank you.")
        ]  # fmt: skip
        async with calling(AGENT, scripted(*steps, transcripts=["Record it.", "Yes."])) as (caller, house):
            rest = house.calls._control = Rest(caller.exchange)
            await caller.hears()
            await caller.says(speech())
            assert await caller.is_told(NOTICE)
            await caller.hears()
            await caller.says(speech())
            (tape,) = caller._call.tapes
            await caller._until(lambda: tape.status == "paused", 10, "a pause")
            caller.press(PIN_KEYS)
            await caller.hears()
            assert [type(request) for request in rest.asked] == [RecordCall, PauseRecording, ResumeRecording]
            assert tape.status == "in-progress"
            line = caller.lines[-1]
            assert len(line.keyed) == 4 * 5
            assert loudness(caller.exchange, tape, line.keyed) == 0
            assert loudness(caller.exchange, tape, line.spoken) > 1000
            return house

    house = virtual.run(talk())
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "Your PIN, please.", "Thank you."]
    assert len(house.streams) == 2
    assert [entry.facts["pressed"] for entry in house.entries if isinstance(entry, Noted) and entry.kind == "keys"] == [
        "secret"
    ]
    assert PIN_KEYS not in repr(house.entries) + repr(house.steps)


def requests(house: House) -> list[Requested]:
    return [step for _, step in house.steps if isinstance(step, Requested)]


def test_not_even_the_first_key_is_recorded_where_the_recording_was_paused_before() -> None:
    async def talk() -> House:
        steps: list[Say | Call] = [
            Say("Hello."), calls("record_me"), Say("One moment."), calls("before_pin"), Say("Your PIN, please."),
            calls("check_pin"), Say("Thank you."),
        ]  # fmt: skip
        async with calling(AGENT, scripted(*steps, transcripts=["Record it.", "Yes.", "It comes."])) as (caller, house):
            house.calls._control = Rest(caller.exchange)
            for _ in range(3):
                await caller.hears()
                await caller.says(speech())
            (tape,) = caller._call.tapes
            await caller._until(lambda: any(ask.request == PIN for ask in requests(house)), 10, "somebody to want them")
            assert tape.status == "paused"
            caller.press(PIN_KEYS)
            await caller.hears()
            assert loudness(caller.exchange, tape, caller.lines[-1].keyed) == 0
            await caller._until(lambda: tape.status == "in-progress", 10, "the recording to go on")
            return house

    house = virtual.run(talk())
    keys = [entry.facts for entry in house.entries if isinstance(entry, Noted) and entry.kind == "keys"]
    assert keys == [{"pressed": "secret"}]
