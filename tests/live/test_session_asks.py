"""Questions and functions in a program's session: `ask`, `run_tool`, results; the model is played by hand."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from telephony_agent import Agent, Options, tool
from telephony_agent.errors import ConnectionLost, NoAnswer, SessionMisused
from telephony_agent.live.messages import AgentSaid, Ready, ToolCall, ToolCallsCancelled, ToolResult
from tests.live.programs import AGENT, Played, played_session
from tests.live.test_session import OVER, receive, said
from tests.parties import content, tool_call

pytestmark = pytest.mark.anyio

TEXT_MODEL = "gemini-live-2.5-flash"


async def tells(played: Played, *messages: dict[str, Any]) -> None:
    for message in messages:
        await played.server.says(message)


def result(id: str, answer: str, name: str = "hours") -> dict[str, Any]:
    return {"toolResponse": {"functionResponses": [{"id": id, "name": name, "response": {"result": answer}}]}}


# Asking.


async def test_ask_gives_the_words_of_what_was_said() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(played.session.ask("When do you open?"))
        turn = {"role": "user", "parts": [{"text": "When do you open?"}]}
        assert await played.server.hears() == {"clientContent": {"turns": [turn], "turnComplete": True}}
        await tells(played, said("At"), said(" five."), OVER[0])
        assert await asking == "At five."


async def test_ask_where_turns_are_for_history_types() -> None:
    async with played_session(model="gemini-3.1-flash-live-preview") as played, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(played.session.ask("When?"))
        assert await played.server.hears() == {"realtimeInput": {"text": "When?"}}
        await tells(played, said("At five."), *OVER)
        assert await asking == "At five."


async def test_ask_in_a_session_of_text_gives_the_text() -> None:
    async with played_session(model=TEXT_MODEL, modality="TEXT") as played, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(played.session.ask("When?"))
        parts = [{"text": "Five is a good time.", "thought": True}, {"text": "At "}, {"text": "five."}]
        await tells(played, content(modelTurn={"parts": parts}), *OVER)
        assert await asking == "At five."


async def test_questions_one_after_the_other_get_each_their_own_answer() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        for number in ("One.", "Two.", "Three."):
            asking = tasks.create_task(played.session.ask("Next?"))
            await played.server.hears()
            await tells(played, said(number), *OVER)
            assert await asking == number


async def test_ask_cuts_a_turn_off_and_does_not_answer_with_its_rest() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await tells(played, said("Once upon a time"))
        assert await receive(played.session, 2) == [Ready(), AgentSaid("Once upon a time")]
        asking = tasks.create_task(played.session.ask("Stop. When do you open?"))
        await tells(played, said(" there was"), content(interrupted=True), OVER[1], said("At five."), OVER[0])
        assert await asking == "At five."


async def test_ask_gives_up_after_its_patience_and_the_session_stays() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        with pytest.raises(NoAnswer, match=r"0\.05 s"):
            await played.session.ask("Hello?", patience=0.05)
        asking = tasks.create_task(played.session.ask("Hello?"))
        await tells(played, said("Yes."), OVER[0])
        assert await asking == "Yes."


async def test_a_refusal_is_no_answer_and_says_why() -> None:
    async with played_session() as played:
        await tells(played, content(turnComplete=True, turnCompleteReason="RESPONSE_REJECTED"))
        with pytest.raises(NoAnswer, match="RESPONSE_REJECTED"):
            await played.session.ask("Hello?")


async def test_ask_without_a_transcript_is_refused() -> None:
    agent = Agent(instructions="Be brief.", options=Options(agent_transcript=None))
    async with played_session(agent=agent) as played:
        with pytest.raises(SessionMisused, match="agent_transcript"):
            await played.session.ask("Hello?")


async def test_a_session_lost_while_asked_is_a_lost_session() -> None:
    async with played_session() as played:
        await played.server.socket.close(1011, "Internal error encountered.")
        with pytest.raises(ConnectionLost, match="Internal error"):
            await played.session.ask("Hello?")


async def test_a_question_that_is_stopped_gives_what_there_is() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(played.session.ask("Hello?"))
        await played.server.hears()
        await tells(played, said("Well"))
        await (await played.server.socket.ping())  # what was said before it has arrived
        played.session.stop_receiving()
        assert await asking == "Well"


# Functions.


async def test_ask_runs_the_functions_and_waits_for_what_is_said_then() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(played.session.ask("When on Monday?"))
        await played.server.hears()
        await tells(played, tool_call("c1", "hours", day="Monday"))
        assert await played.server.hears() == result("c1", "On Monday from five to eleven.")
        await tells(played, said("From five."), *OVER)
        assert await asking == "From five."


async def test_functions_called_at_once_run_at_once_and_are_all_answered() -> None:
    """The Firebase helper of JavaScript answers only one of them."""
    meeting = threading.Barrier(3, timeout=5)

    @tool
    def meet(name: str) -> str:
        """Meet the others."""
        meeting.wait()
        return f"{name} has met them."

    async with played_session(agent=Agent(instructions="Be brief.", tools=[meet])) as played:
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(played.session.ask("Meet."))
            await played.server.hears()
            names = ("Ann", "Bob", "Cid")
            calls = [{"id": name, "name": "meet", "args": {"name": name}} for name in names]
            await tells(played, {"toolCall": {"functionCalls": calls}})
            answers = [await played.server.hears() for _ in names]
            ids = {answer["toolResponse"]["functionResponses"][0]["id"] for answer in answers}
            assert ids == set(names)
            assert played.session.open_calls == ()
            await tells(played, said("Done."), OVER[0])
            assert await asking == "Done."


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [("nobody", {}, "there is no tool 'nobody'"), ("hours", {}, "day is missing"), ("fails", {}, "the tool failed")],
)
async def test_a_call_that_goes_wrong_is_answered_too(name: str, arguments: dict[str, str], error: str) -> None:
    @tool
    def fails() -> None:
        """Fail."""
        raise ValueError

    agent = Agent(instructions="Be brief.", tools=[*AGENT.tools, fails])
    async with played_session(agent=agent) as played:
        await tells(played, tool_call("c1", name, **arguments))
        _, call = await receive(played.session, 2)
        played.session.run_tool(call)
        played.session.run_tool(call)  # a call that comes twice is run once
        (response,) = (await played.server.hears())["toolResponse"]["functionResponses"]
        assert error in response["response"]["error"]


async def test_a_function_of_a_cancelled_call_is_stopped_and_not_answered() -> None:
    stopped = asyncio.Event()

    @tool
    async def slow() -> None:
        """Take long."""
        try:
            await asyncio.sleep(1e6)
        finally:
            stopped.set()

    async with played_session(agent=Agent(instructions="Be brief.", tools=[slow])) as played:
        await tells(played, tool_call("c1", "slow"))
        _, call = await receive(played.session, 2)
        played.session.run_tool(call)
        await asyncio.sleep(0)
        await tells(played, {"toolCallCancellation": {"ids": ["c1"]}})
        assert await receive(played.session, 1) == [ToolCallsCancelled(["c1"])]
        async with asyncio.timeout(5):
            await stopped.wait()
        await played.session.send_tool_results(ToolResult("c1", "slow", {"result": "late"}))
        await played.session.send_text("Well?")
        assert await played.server.hears() == {"realtimeInput": {"text": "Well?"}}


async def test_a_program_may_answer_calls_itself_and_in_parts() -> None:
    async with played_session() as played:
        await tells(played, tool_call("c1", "stock", item="tea"))
        assert await receive(played.session, 2) == [Ready(), ToolCall("c1", "stock", {"item": "tea"})]
        send = played.session.send_tool_results
        await send(ToolResult("c1", "stock", {"left": 2}, "WHEN_IDLE", will_continue=True))
        assert [call.id for call in played.session.open_calls] == ["c1"]
        await send(ToolResult("c1", "stock", {"left": 1}, "SILENT"))
        assert played.session.open_calls == ()
        answers = [(await played.server.hears())["toolResponse"]["functionResponses"][0] for _ in range(2)]
        assert answers == [
            {"id": "c1", "name": "stock", "response": {"left": 2}, "scheduling": "WHEN_IDLE", "willContinue": True},
            {"id": "c1", "name": "stock", "response": {"left": 1}, "scheduling": "SILENT"},
        ]


async def test_functions_can_be_exchanged_while_the_session_lasts() -> None:
    @tool
    def weather() -> str:
        """Tell the weather."""
        return "Sun."

    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await played.session.update_context(tools=[weather])
        offered = (await played.server.hears())["contextUpdate"]["tools"]["tools"]
        assert [each["name"] for each in offered[0]["functionDeclarations"]] == ["weather"]
        asking = tasks.create_task(played.session.ask("How is the weather?"))
        await played.server.hears()
        await tells(played, tool_call("c1", "weather"))
        assert await played.server.hears() == result("c1", "Sun.", "weather")
        await tells(played, said("Sunny."), OVER[0])
        assert await asking == "Sunny."
