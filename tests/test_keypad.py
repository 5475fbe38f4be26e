"""The keys that the caller presses: told to the model, collected by a function, or a secret that nobody else learns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from telephony_agent import Agent, CallContext, tool
from telephony_agent.errors import ToolError
from telephony_agent.live import messages as live
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Noted
from telephony_agent.steps import Action, GaveUp, Record, Requested, Settle, ToLive
from telephony_agent.toolbox.context import CollectDigits
from telephony_agent.toolbox.declare import declare
from telephony_agent.toolbox.run import Pool, Toolbox
from tests import virtual
from tests.ends import Models, tool_call
from tests.house import House, calling
from tests.line import Line, a_call, in_virtual_time
from tests.story import CLEAR, Story, at_rest, forwarded, of, told
from tests.test_whole_call import speech

FOUR = CollectDigits(4, 10.0, "#", secret=False)
PIN = CollectDigits(4, 10.0, "#", secret=True)
PRESSED = "The caller pressed {} on the telephone's keypad."


def presses(story: Story, keys: str) -> list[Action]:
    return story.give(*map(phone.Pressed, keys))


def noted(story: Story) -> list[str]:
    return [entry.facts["pressed"] for entry in of(Noted, story.records)]


def running(**agent: Any) -> Story:
    """A function runs."""
    story = at_rest(**agent)
    story.calls()
    return story


# Nobody collects.


def test_the_model_is_told_what_was_pressed_once_no_more_comes() -> None:
    story = at_rest()
    assert told(presses(story, "1") + story.wait(0.9) + presses(story, "2#") + story.wait(0.9)) == []
    assert told(story.wait(0.2)) == [PRESSED.format("1 2 #")]
    assert noted(story) == ["12#"]
    assert told(presses(story, "5") + story.wait(1.1)) == [PRESSED.format("5")]


def test_a_key_silences_the_agent() -> None:
    story = at_rest()
    story.says(5, "For reservations press one, for")
    assert presses(story, "1")[0] == CLEAR
    assert told(story.wait(1.1)) == [PRESSED.format("1")]


def test_a_key_winds_the_idle_clock_up() -> None:
    story = at_rest(idle_after=20, idle_prompt="Are they there?")
    story.wait(15)
    assert told(presses(story, "1") + story.wait(2)) == [PRESSED.format("1")]
    story.waits()
    assert told(story.wait(17)) == []


def test_keys_wait_for_a_function_that_runs_and_does_not_collect_them() -> None:
    story = running()
    assert told(presses(story, "5") + story.wait(1.1)) == []
    assert told(story.has()) == [PRESSED.format("5")]


# A function collects.


@pytest.mark.parametrize(
    ("wanted", "keys", "got"),
    [
        (FOUR, "1234", "1234"),
        (FOUR, "12#", "12"),
        (FOUR, "#", ""),
        (CollectDigits(None, 10.0, "#", secret=False), "123456789*#", "123456789*"),
        (CollectDigits(3, 10.0, "", secret=False), "1#2", "1#2"),
        (CollectDigits(3, 10.0, "*", secret=False), "1*", "1"),
    ],
)
def test_the_function_gets_the_keys(wanted: CollectDigits, keys: str, got: str) -> None:
    story = running()
    story.give(Requested(1, wanted))
    assert of(Settle, presses(story, keys[:-1])) == []
    assert of(Settle, presses(story, keys[-1])) == [Settle(1, got)]
    assert told(story.wait(9)) == [], "they are not for the model"
    assert noted(story) == [got]


def test_the_function_gets_what_there_is_when_no_more_comes() -> None:
    story = running()
    story.give(Requested(1, FOUR))
    story.wait(9)
    presses(story, "1")
    assert of(Settle, story.wait(9.9)) == []
    assert of(Settle, story.wait(0.2)) == [Settle(1, "1")]


def test_the_time_runs_from_when_the_agent_has_been_heard() -> None:
    story = at_rest()
    story.says(5, "Enter your number, please.")
    story.calls()
    story.give(Requested(1, FOUR))
    assert of(Settle, story.wait(14.9)) == []
    assert of(Settle, story.wait(0.2)) == [Settle(1, "")]


def test_what_was_pressed_just_before_is_part_of_it() -> None:
    story = at_rest()
    presses(story, "12")
    story.wait(0.5)
    story.calls()
    assert of(Settle, story.give(Requested(1, FOUR)) + presses(story, "34")) == [Settle(1, "1234")]


def test_the_key_that_ended_what_was_collected_before_is_no_end_of_this() -> None:
    story = running()
    story.give(Requested(1, FOUR))
    presses(story, "1234#")
    assert of(Settle, story.give(Requested(2, FOUR)) + presses(story, "5678")) == [Settle(2, "5678")]


def test_two_functions_cannot_collect_at_once() -> None:
    story = running()
    story.give(Requested(1, FOUR))
    assert [settle.id for settle in of(Settle, story.give(Requested(2, FOUR))) if settle.error] == [2]
    assert of(Settle, presses(story, "1234")) == [Settle(1, "1234")]


def test_the_keys_after_a_function_gave_up_are_for_the_model() -> None:
    story = running()
    story.give(Requested(1, FOUR))
    presses(story, "1")
    story.give(GaveUp(2), GaveUp(1))
    presses(story, "2")
    story.wait(1.1)
    assert told(story.has()) == [PRESSED.format("2")]


# A secret.


def test_while_a_secret_is_pressed_the_model_hears_silence() -> None:
    loud = phone.Heard(b"\x00" * 160)
    story = running()
    story.give(Requested(1, PIN))
    actions = [action for _ in range(50) for action in story.give(loud)]
    assert forwarded(actions) > 0
    assert all(set(hear.pcm) == {0} for hear in of(live.Hear, [a.command for a in actions if isinstance(a, ToLive)]))
    assert of(Settle, presses(story, "4711")) == [Settle(1, "4711")]
    assert noted(story) == ["secret"]
    story.wait(1)
    later = [action for _ in range(50) for action in story.give(loud)]
    assert any(set(hear.pcm) != {0} for hear in of(live.Hear, [a.command for a in later if isinstance(a, ToLive)]))


def test_a_secret_reaches_only_the_function(caplog: pytest.LogCaptureFixture) -> None:
    """The offline phone presses it, with its tones; everything that anybody is shown is looked through."""
    got: list[str] = []

    @tool(timeout=60)
    async def check_pin(call: CallContext) -> str:
        """Check the caller's PIN."""
        got.append(await call.collect_digits(length=5, secret=True))
        return "The PIN is right."

    async def talk() -> House:
        steps: list[Say | Call] = [Say("Your PIN, please."), calls("check_pin"), Say("That is right.")]
        agent = Agent(instructions="Be brief.", disclosure=None, tools=[check_pin])
        async with calling(agent, scripted(*steps, transcripts=["Here it comes."])) as (caller, house):
            await caller.hears()
            await caller.says(speech())
            await asyncio.sleep(1)
            caller.press("90817")
            await caller.hears()
        return house

    with caplog.at_level(logging.DEBUG):
        house = virtual.run(talk())
    assert got == ["90817"]
    shown = [*caplog.messages, *(repr(step) for _, step in house.steps if not isinstance(step, phone.Heard))]
    assert not [line for line in shown if "Pressed(" in line and "?" not in line]
    assert not [line for line in shown if "90817" in line or "9 0 8" in line]
    assert Noted in {type(entry) for entry in house.entries}
    assert b"90817" not in b"".join(msgspec.json.encode(entry) for entry in house.entries)


# The functions.


def asking(function: Callable[..., Any]) -> Toolbox:
    return Toolbox([declare(tool(function))], Pool(), 5.0)


def responses(line: Line) -> list[Any]:
    sent = [message["toolResponse"]["functionResponses"] for message in line.model.sent if "toolResponse" in message]
    return [each["response"] for answers in sent for each in answers]


def press(key: str) -> dict[str, Any]:
    return {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": key}}


async def collect(call: CallContext) -> str:
    """Collect."""
    return await call.collect_digits(length=2)


@in_virtual_time
async def test_an_async_function_awaits_the_keys() -> None:
    async with a_call() as (line, caller):
        line.bridge._toolbox = asking(collect)
        line.model.says(tool_call("call_1", "collect"))
        await asyncio.sleep(0.1)
        caller.says(press("4"), press("2"))
        await asyncio.sleep(0.1)
        assert responses(line) == [{"result": "42"}]
        line.bridge.end("enough")


@in_virtual_time
async def test_a_function_that_is_out_of_time_collects_no_more() -> None:
    async with a_call() as (line, caller):
        line.bridge._toolbox = asking(collect)
        line.model.says(tool_call("call_1", "collect"))
        await asyncio.sleep(5.1)
        assert "longer than 5 seconds" in responses(line)[0]["error"]
        caller.says(press("4"))
        await asyncio.sleep(1.1)
        entries = [step.entry for step in line.steps if isinstance(step, Record)]
        assert [entry.facts for entry in of(Noted, entries)] == [{"pressed": "4"}]
        line.bridge.end("enough")


async def asked(line: Line, times: int) -> None:
    """By a thread, in real time."""
    for _ in range(400):
        if len(of(Requested, line.steps)) == times:
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody asked")


@pytest.mark.anyio
async def test_a_function_in_a_thread_waits_for_the_keys_and_no_longer_than_the_call() -> None:
    def collect_here(call: CallContext) -> str:
        """Collect."""
        call.collect_digits(length=1).wait()
        return call.collect_digits(length=1).wait()

    async with asyncio.timeout(5):
        line = Line(Models())
        toolbox = asking(collect_here)
        with line.bridge._desk.context(line.bridge._incoming) as context:
            run = asyncio.create_task(toolbox.run("collect_here", {}, context))
            await asked(line, 1)
            line.bridge._feed(phone.Pressed("7"))
            await asked(line, 2)
            line.bridge.end("enough")
            await line.running
            assert await run == {"error": "the call is over"}


@in_virtual_time
async def test_an_async_function_is_told_not_to_block_the_loop() -> None:
    async def block(call: CallContext) -> str:
        """Block."""
        return call.collect_digits(length=1).wait()

    async with a_call() as (line, _):
        line.bridge._toolbox = asking(block)
        line.model.says(tool_call("call_1", "block"))
        await asyncio.sleep(0.1)
        assert "must await this" in responses(line)[0]["error"]
        line.bridge.end("enough")


@pytest.mark.parametrize("wrong", [{"length": 0}, {"timeout": 0}, {"timeout": float("inf")}, {"finish": "##"}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"call\.collect_digits: "):
        CallContext("", "", "").collect_digits(**wrong)


def test_without_a_call_nothing_is_collected() -> None:
    with pytest.raises(ToolError, match="no call"):
        CallContext("", "", "").collect_digits()
