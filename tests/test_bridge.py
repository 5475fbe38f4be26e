"""The bridge between two ends in memory: a whole small call, barge-in, tools, streams that come and go, nonsense."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Next, ToolRun
from telephony_agent.states import State
from telephony_agent.steps import Record
from tests.ends import Models, content, tool_call, voice
from tests.line import DONE, NONSENSE, NORMAL, POLICY, SILENCE, STOP, UNSUPPORTED, Line, a_call, in_virtual_time
from tests.story import INCOMING


def events(line: Line, kind: type[Any]) -> list[Any]:
    return [step for step in line.steps if isinstance(step, kind)]


# A whole small call.


@in_virtual_time
async def test_a_greeting_a_question_a_tool_and_a_goodbye() -> None:
    async with a_call() as (line, caller):
        model = line.model
        assert list(model.kinds()) == ["setup", "clientContent"]
        model.says(content(outputTranscription={"text": "Hello."}), voice(1), *DONE)
        await asyncio.sleep(1.2)
        assert list(caller.kinds()) == ["mark", "media", "mark"]
        caller.says(*[SILENCE] * 50)
        await asyncio.sleep(0.1)
        assert list(model.kinds()).count("realtimeInput") == 50
        model.says(tool_call("call_1", "add", a=2, b=3))
        await asyncio.sleep(2.1)
        response = {"id": "call_1", "name": "add", "response": {"result": 5}}
        assert model.sent[-1] == {"toolResponse": {"functionResponses": [response]}}
        model.says(tool_call("call_2", "farewell"))
        await asyncio.sleep(0.1)
        model.says(content(outputTranscription={"text": "Goodbye."}), voice(2), *DONE)
        await asyncio.sleep(1.9)
        assert not caller.gone.is_set(), "the last words were cut"
        await line.running
        assert caller.code == NORMAL
    assert line.bridge.outcome is not None
    assert line.bridge.outcome.why == "farewell ended the call"
    assert line.bridge.outcome.lasted == pytest.approx(6.5, abs=0.1)


@in_virtual_time
async def test_a_prewarmed_model_is_there_before_the_stream() -> None:
    line = Line(Models(), prewarm=True)
    await asyncio.sleep(1)
    assert list(line.model.kinds()) == ["setup"]
    line.streams().says(STOP)
    await line.is_over()


@in_virtual_time
async def test_a_prewarmed_model_is_closed_when_no_stream_comes_and_dialled_anew_for_a_late_one() -> None:
    line = Line(Models(), prewarm=True)
    await asyncio.sleep(10.1)
    assert line.model.gone.is_set()
    caller = line.streams()
    await asyncio.sleep(1)
    assert len(line.models.sessions) == 2
    assert line.state() is State.TALKING
    caller.says(STOP)
    await line.is_over()


# Barge-in, tools.


@in_virtual_time
async def test_a_barge_in_leaves_as_clear_before_anything_else() -> None:
    async with a_call() as (line, caller):
        caller.reads.clear()
        line.model.says(voice(30))
        await asyncio.sleep(1)
        line.model.says(content(interrupted=True), content(turnComplete=True), voice(1))
        await asyncio.sleep(1)
        caller.reads.set()
        await asyncio.sleep(0.1)
        sent = list(caller.kinds())
        before = sent[: sent.index("clear")]
        assert before.count("media") <= 1, "sound that is void was sent"
        assert sent[sent.index("clear") :].count("media") == 1
        caller.says(STOP)


@in_virtual_time
async def test_the_agent_speaks_and_is_interrupted_while_a_tool_runs() -> None:
    async with a_call() as (line, caller):
        line.model.says(tool_call("call_1", "add", a=2, b=3))
        await asyncio.sleep(0.5)
        line.model.says(voice(1))
        caller.says(SILENCE)
        await asyncio.sleep(0.1)
        line.model.says(content(interrupted=True))
        await asyncio.sleep(0.1)
        assert "realtimeInput" in line.model.kinds()
        assert "clear" in caller.kinds()
        assert "toolResponse" not in line.model.kinds()
        await asyncio.sleep(1.5)
        assert "toolResponse" in line.model.kinds()
        caller.says(STOP)


@in_virtual_time
async def test_a_tool_that_the_model_cancels_is_stopped_and_not_answered() -> None:
    async with a_call() as (line, caller):
        line.model.says(tool_call("call_1", "add", a=2, b=3), {"toolCallCancellation": {"ids": ["call_1"]}})
        await asyncio.sleep(0.1)
        assert line.tasks("tool") == []
        await asyncio.sleep(5)
        assert "toolResponse" not in line.model.kinds()
        (run,) = [step.entry for step in events(line, Record) if isinstance(step.entry, ToolRun)]
        assert not run.answered
        caller.says(STOP)


@in_virtual_time
async def test_a_tool_that_takes_no_notice_of_being_stopped_answers_no_later_call() -> None:
    async with a_call() as (line, caller):
        line.model.says(tool_call("call_1", "dawdle"))
        await asyncio.sleep(0.5)
        line.model.says({"toolCallCancellation": {"ids": ["call_1"]}}, tool_call("call_1", "add", a=2, b=3))
        await asyncio.sleep(3)
        answers = [message["toolResponse"] for message in line.model.sent if "toolResponse" in message]
        (response,) = answers[0]["functionResponses"]
        assert len(answers) == 1
        assert (response["name"], response["response"]) == ("add", {"result": 5})
        caller.says(STOP)


@in_virtual_time
async def test_a_tool_that_nobody_declared_is_answered() -> None:
    async with a_call() as (line, caller):
        line.model.says(tool_call("call_1", "subtract", a=2, b=3))
        await asyncio.sleep(0.1)
        (answer,) = line.model.sent[-1]["toolResponse"]["functionResponses"]
        assert "no tool 'subtract'" in answer["response"]["error"]
        caller.says(STOP)


# Streams come and go.


@in_virtual_time
async def test_what_an_older_stream_still_says_counts_for_nothing() -> None:
    async with a_call() as (line, first):
        second = line.streams()
        first.says(SILENCE, STOP)
        await asyncio.sleep(1)
        assert first.code == POLICY
        assert line.state() is State.TALKING
        line.model.says(voice(1))
        await asyncio.sleep(0.1)
        assert "media" in second.kinds()
        assert "media" not in first.kinds()
        second.says(STOP)


@in_virtual_time
async def test_what_waited_for_an_older_stream_does_not_reach_the_next_one() -> None:
    async with a_call() as (line, first):
        first.reads.clear()
        line.model.says(voice(5))
        await asyncio.sleep(0.1)
        second = line.streams()
        await asyncio.sleep(1)
        assert list(second.kinds()) == []
        second.says(STOP)


@in_virtual_time
async def test_a_stream_that_breaks_and_another_one_are_one_conversation() -> None:
    async with a_call() as (line, first):
        first.breaks()
        await asyncio.sleep(1)
        assert line.state() is State.AWAY
        assert not line.bridge.attached
        assert line.tasks("stream") == []
        assert line.bridge.next() is Next.CONNECT
        second = line.streams()
        await asyncio.sleep(1)
        assert line.state() is State.TALKING
        assert len(line.models.sessions) == 1
        second.says(STOP)


@in_virtual_time
async def test_a_stream_that_comes_after_the_end_is_closed() -> None:
    async with a_call() as (line, caller):
        caller.says(STOP)
        await line.running
        late = line.streams()
        await asyncio.sleep(0.1)
        assert late.code == NORMAL
        assert line.bridge.next() is Next.HANG_UP


@in_virtual_time
async def test_a_stream_that_breaks_for_good_ends_the_call() -> None:
    async with a_call() as (line, caller):
        caller.breaks()
        await asyncio.sleep(10.1)
        assert line.running.done()


@in_virtual_time
async def test_a_stream_that_is_open_and_dead_is_given_up_and_another_one_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_call() as (line, caller):
        line.model.says(content(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT"))
        caller.alive = False
        caller.says(*[SILENCE] * 500)  # all at once, and then nothing
        await asyncio.sleep(4.9)
        assert not caller.gone.is_set()
        await asyncio.sleep(1.2)
        assert caller.code == NORMAL
        assert line.state() is State.AWAY
        assert "the stream is dead: nothing came for 5 s" in caplog.text
        assert line.bridge.next() is Next.CONNECT
        line.streams()
        await asyncio.sleep(0.1)
        assert line.state() is State.TALKING
        assert len(line.models.sessions) == 1
        line.bridge.end("the test is over")


# Bad messages.


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"event": "start", "start": {}}] * 20, NONSENSE),
        (["{"] * 20, NONSENSE),
        ([b"\x00"], UNSUPPORTED),
    ],
    ids=["twenty starts without fields", "twenty times no JSON", "a binary frame"],
)
@in_virtual_time
async def test_a_stream_of_nonsense_is_closed(messages: list[Any], code: int) -> None:
    async with a_call() as (line, caller):
        caller.says(*messages)
        await asyncio.sleep(0.1)
        assert caller.code == code
        assert line.state() is State.AWAY
        line.bridge.end("the test is over")


@in_virtual_time
async def test_nineteen_bad_messages_are_ignored(caplog: pytest.LogCaptureFixture) -> None:
    async with a_call() as (line, caller):
        caller.says(*["nonsense"] * 19, {"event": "dtmf", "dtmf": {"digit": "7"}})
        await asyncio.sleep(0.1)
        assert events(line, phone.Pressed) == [phone.Pressed("?")]
        assert sum("ignored, and so" in record.getMessage() for record in caplog.records) == 1
        caller.says(STOP)


@in_virtual_time
async def test_a_second_start_on_one_stream_is_a_breach() -> None:
    async with a_call() as (line, caller):
        media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        sids = {"streamSid": "MZ" + "3" * 32, "callSid": INCOMING.call_sid, "accountSid": INCOMING.account_sid}
        caller.says({"event": "start", "start": {**sids, "mediaFormat": media_format}})
        await asyncio.sleep(0.1)
        assert caller.code == POLICY
        line.bridge.end("the test is over")
