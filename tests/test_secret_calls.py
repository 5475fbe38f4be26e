"""Whole calls in which a PIN is pressed while Twilio records: its REST API is slow, refuses, or does not answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from telephony_agent import Agent, CallContext, tool
from telephony_agent.errors import ToolError
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.call import Taped
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.phone.messages import Heard
from telephony_agent.record.entries import Noted, ToolRun
from telephony_agent.steps import Requested
from telephony_agent.toolbox.context import CollectDigits, PauseRecording, RecordCall, ResumeRecording
from tests import virtual
from tests.house import RING, House, calling
from tests.rest import Rest
from tests.test_taping import loudness
from tests.test_whole_call import speech

PIN = "4*11"  # no part of an identifier
BETWEEN = 0.25  # seconds from key to key
GOT: list[str] = []  # by the functions


@tool
async def record_me(call: CallContext) -> str:
    """Record the call."""
    return await call.record()


@tool(timeout=60)
async def ask_pin(call: CallContext) -> str:
    """Take the PIN."""
    try:
        GOT.append(await call.collect_digits(4, secret=True))
    except ToolError:
        GOT.append("")
        raise
    return "It was taken."


@tool(timeout=60)
async def ask_twice(call: CallContext) -> str:
    """Take a new PIN."""
    await ask_pin(call)
    return await ask_pin(call)


AGENT = Agent(instructions="Be brief.", disclosure=None, recording_agreed=True, tools=[record_me, ask_pin, ask_twice])
Presses = Callable[[Phone, House, Taped], Awaitable[None]]


def a_call(presses: Presses, function: str = "ask_pin", **rest: Any) -> tuple[House, Rest]:
    """The agent asks for a PIN and calls its function in one breath; from then on it is the caller's, who `presses`."""
    GOT.clear()

    async def talk() -> tuple[House, Rest]:
        steps: list[Say | Call] = [Say("Hello."), calls("record_me"), Say("Your PIN, please.", more=True)]
        faculties = scripted(*steps, calls(function), Say("Thank you."), transcripts=["Record it."])
        async with calling(AGENT, faculties, ring=replace(RING, tones=True)) as (caller, house):
            twilio = house.calls._control = Rest(caller.exchange, **rest)
            await caller.hears()
            await caller.says(speech())
            await caller._until(lambda: wanted(house), 10, "somebody to want keys")
            await presses(caller, house, caller._call.tapes[0])
            return house, twilio

    return virtual.run(talk())


def wanted(house: House) -> bool:
    return any(isinstance(step, Requested) and isinstance(step.request, CollectDigits) for _, step in house.steps)


async def types(caller: Phone, keys: str) -> None:
    for key in keys:
        caller.press(key)
        await asyncio.sleep(BETWEEN)


def noted(house: House) -> list[dict[str, Any]]:
    return [dict(entry.facts) for entry in house.entries if isinstance(entry, Noted) and entry.kind == "keys"]


def shown(house: House, caplog: pytest.LogCaptureFixture) -> str:
    """All that anybody but the function learns: the log, the observers, the records; without what was heard."""
    steps = [repr(step) for _, step in house.steps if not isinstance(step, Heard)]
    return "\n".join([*caplog.messages, *steps, *map(repr, house.entries)])


@pytest.mark.parametrize(("takes", "after"), [(0.3, 0.4), (1.0, 1.2)])
def test_no_tone_of_a_pin_is_recorded(takes: float, after: float, caplog: pytest.LogCaptureFixture) -> None:
    async def presses(caller: Phone, house: House, tape: Taped) -> None:
        await asyncio.sleep(after)
        await types(caller, PIN)
        await asyncio.sleep(1.0 + takes)
        await caller.says(speech())
        line = caller.lines[-1]
        assert len(line.keyed) == 4 * 5
        assert loudness(caller.exchange, tape, line.keyed) == 0
        assert loudness(caller.exchange, tape, line.spoken[-20:]) > 1000

    with caplog.at_level(logging.DEBUG):
        house, twilio = a_call(presses, takes=takes)
    assert GOT == [PIN]
    assert twilio.asked == [RecordCall(), PauseRecording(), ResumeRecording()]
    assert noted(house) == [{"pressed": "secret"}]
    assert PIN not in shown(house, caplog)


@pytest.mark.parametrize(("takes", "later"), [(0.4, 2), (0.65, 1), (1.8, 0)])
def test_keys_that_are_pressed_before_the_pause_are_not_lost_and_the_records_say_so(takes: float, later: int) -> None:
    async def presses(caller: Phone, house: House, tape: Taped) -> None:
        await types(caller, PIN)
        await asyncio.sleep(3)
        paused = tape.pauses[0].began
        tones = [sound for sound in caller.lines[-1].keyed if sound.at >= paused]
        assert len(tones) == later * 5
        assert not tones or loudness(caller.exchange, tape, tones) == 0

    house, _ = a_call(presses, takes=takes)
    assert GOT == [PIN]
    assert noted(house) == [{"pressed": "secret", "recorded": "some, perhaps"}]


def test_two_secrets_one_after_the_other_are_on_no_recording() -> None:
    async def presses(caller: Phone, house: House, tape: Taped) -> None:
        await asyncio.sleep(0.5)
        await types(caller, PIN)
        await types(caller, "0815")
        await caller._until(lambda: tape.status == "in-progress", 10, "the recording to go on")
        assert loudness(caller.exchange, tape, caller.lines[-1].keyed) == 0
        assert len(tape.pauses) == 1

    a_call(presses, "ask_twice", takes=0.3)
    assert GOT == [PIN, "0815"]


FAILS: dict[str, dict[str, Any]] = {"500": {"refuses": (PauseRecording,)}, "silence": {"silent": (PauseRecording,)}}


@pytest.mark.parametrize("fails", FAILS)
def test_a_pin_that_would_be_recorded_is_not_taken_and_told_nobody(
    fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def presses(caller: Phone, house: House, tape: Taped) -> None:
        await asyncio.sleep(0.9)
        await types(caller, "47")
        await asyncio.sleep(1.5)
        await types(caller, "11")
        await asyncio.sleep(15)
        assert tape.status == "in-progress"

    with caplog.at_level(logging.DEBUG):
        house, twilio = a_call(presses, **FAILS[fails])
    assert GOT == [""]
    (run,) = [entry for entry in house.entries if isinstance(entry, ToolRun) and entry.name == "ask_pin"]
    assert "could not be paused" in run.response["error"]
    assert {facts["pressed"] for facts in noted(house)} == {"secret"}
    assert noted(house)[0]["recorded"] == "some, perhaps"
    assert "The caller pressed" not in shown(house, caplog)
    assert twilio.asked == [RecordCall(), PauseRecording(), ResumeRecording()]
    assert "PauseRecording failed" in caplog.text


def test_a_recording_goes_on_that_twilio_did_not_let_go_on_at_once() -> None:
    async def presses(caller: Phone, house: House, tape: Taped) -> None:
        twilio = house.calls._control
        assert isinstance(twilio, Rest)
        await asyncio.sleep(0.5)
        await types(caller, PIN)
        await caller._until(lambda: twilio.asked.count(ResumeRecording()) == 2, 10, "a second try")
        twilio.refuses = ()
        await caller._until(lambda: tape.status == "in-progress", 10, "the recording to go on")

    a_call(presses, refuses=(ResumeRecording,))
    assert GOT == [PIN]
