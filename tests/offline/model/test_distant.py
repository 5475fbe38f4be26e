"""A brain behind an HTTP endpoint, which is played by hand on loopback."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing

import pytest

from telephony_agent.offline.model.distant import BEGIN, BROKEN, UNREACHED, DistantBrain
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Decision, Prompted, Say, Told
from telephony_agent.offline.model.messages import Returned, Setup, Turn
from tests.offline.model.endpoint import Step, answering, delta, part, words
from tests.offline.model.talking import HOURS

pytestmark = pytest.mark.anyio
OPEN = Asked("When are you open?")


async def think(brain: DistantBrain, told: Told) -> tuple[DistantBrain, list[Decision]]:
    decisions = []
    async for after, decision in brain.think_aloud(told):
        brain = after
        decisions.append(decision)
    return brain, decisions


async def test_each_sentence_is_said_when_it_has_ended() -> None:
    async with answering(words("We open at five. We close at ten. Anything else?")) as endpoint:
        brain = DistantBrain(endpoint.url, "small").meet(Setup(instructions="Be brief.", functions=(HOURS,)))
        _, decisions = await think(brain, OPEN)
    assert decisions == [
        Say("We open at five.", more=True),
        Say("We close at ten.", more=True),
        Say("Anything else?"),
    ]
    (request,) = endpoint.requests
    assert (request["model"], request["stream"]) == ("small", True)
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When are you open?"},
    ]
    (tool,) = request["tools"]
    assert tool["function"]["name"] == "opening_hours"
    assert tool["function"]["parameters"]["type"] == "object"  # and not Gemini's OBJECT


async def test_the_first_sentence_does_not_wait_for_the_second() -> None:
    more = asyncio.Event()
    async with answering([delta(content="One. T"), more, delta(content="wo."), "data: [DONE]"]) as endpoint:
        async with aclosing(DistantBrain(endpoint.url, "small").think_aloud(OPEN)) as thoughts:
            _, first = await anext(thoughts)
            assert first == Say("One.", more=True)
            more.set()
            assert [decision async for _, decision in thoughts] == [Say("Two.")]


async def test_who_stops_listening_cuts_the_request() -> None:
    async with answering([delta(content="One. T"), asyncio.Event()]) as endpoint:
        async with aclosing(DistantBrain(endpoint.url, "small").think_aloud(OPEN)) as thoughts:
            brain, _ = await anext(thoughts)
        await endpoint.cut.wait()
    assert brain.history[-1] == {"role": "assistant", "content": "One."}  # and nothing that nobody heard


async def test_functions_are_called_and_their_results_told_to_the_right_call() -> None:
    calls: list[Step] = [
        delta(content="Let me look. "),
        delta(tool_calls=[part(0, "a", "opening_hours", '{"day": ')]),
        delta(tool_calls=[part(0, arguments='"Friday"}'), part(1, "b", "opening_hours", '{"day": "Sunday"}')]),
        "data: [DONE]",
    ]
    async with answering(calls, words("Five and noon.")) as endpoint:
        brain, decisions = await think(DistantBrain(endpoint.url, "small"), OPEN)
        call = Call((("opening_hours", {"day": "Friday"}), ("opening_hours", {"day": "Sunday"})))
        assert decisions == [Say("Let me look.", more=True), call]
        results = tuple(Returned(id, "opening_hours", {"output": gave}) for id, gave in (("7", "five"), ("8", "noon")))
        brain, decisions = await think(brain, Answered(results))
    assert decisions == [Say("Five and noon.")]
    assert [message["role"] for message in endpoint.requests[1]["messages"]] == ["user", "assistant", "tool", "tool"]
    assert [message.get("tool_call_id") for message in endpoint.requests[1]["messages"]] == [None, None, "a", "b"]
    assert not brain.wanted


async def test_the_conversation_is_remembered_where_it_goes_on() -> None:
    async with answering(words("Hello!"), words("At five.")) as endpoint:
        brain, _ = await think(DistantBrain(endpoint.url, "small"), Prompted(()))
        await think(brain.meet(Setup(instructions="Be brief.")), Prompted((Turn("user", "When?"),)))
    assert [message["content"] for message in endpoint.requests[1]["messages"]] == [
        "Be brief.",
        BEGIN,
        "Hello!",
        "When?",
    ]


async def test_a_key_is_a_bearer_token_and_never_told() -> None:
    async with answering(words("Yes.")) as endpoint:
        brain = DistantBrain(endpoint.url + "/v1", "small", "secret")
        await think(brain, OPEN)
    assert endpoint.heads[0].startswith("POST /v1/chat/completions HTTP/1.1")
    assert "authorization: bearer secret" in endpoint.heads[0].lower()
    assert "secret" not in repr(brain)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([b"HTTP/1.1 500 Oh no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], [Say(UNREACHED)]),
        ([b"HTTP/1.1 404 No such model\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"], [Say(UNREACHED)]),
        ([b"nonsense\r\n\r\n"], [Say(UNREACHED)]),
        (["data: {not JSON"], [Say(BROKEN)]),
        (["data: []"], [Say(BROKEN)]),
        (['data: {"error": {"message": "out of memory"}}'], [Say(BROKEN)]),
        ([delta(content="One. T"), "data: {"], [Say("One.", more=True), Say(BROKEN)]),
        ([delta(content="One. T")], [Say("One.", more=True), Say(BROKEN)]),
        ([delta(tool_calls=[part(0, "a", "hours", "{day:")]), "data: [DONE]"], [Say(BROKEN)]),
        ([delta(tool_calls=[part(0, "a", "hours", "[]")]), "data: [DONE]"], [Say(BROKEN)]),
        ([delta(content="One. "), 5.0], [Say(BROKEN)]),
        ([5.0], [Say(UNREACHED)]),
        ([": a comment", delta(role="assistant"), 'data: {"choices": []}', *words("Yes.")], [Say("Yes.")]),
    ],
)
async def test_what_goes_wrong_is_said_honestly(steps: list[Step], said: list[Decision]) -> None:
    async with answering(steps) as endpoint:
        _, decisions = await think(DistantBrain(endpoint.url, "small", silence=0.3), OPEN)
    assert decisions == said


async def test_why_a_server_refuses_is_logged_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reason = b'{"error":{"message":"small does not support tools","key":"secret"}}'
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(reason)}\r\nConnection: close\r\n\r\n"
    async with answering([head.encode() + reason]) as endpoint:
        _, decisions = await think(DistantBrain(endpoint.url, "small", "secret"), OPEN)
    assert decisions == [Say(UNREACHED)]
    assert "answered 400" in caplog.text
    assert "small does not support tools" in caplog.text
    higher = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert not [message for message in higher if "does not support" in message], "it may hold a caller's words"
    assert "secret" not in caplog.text


async def test_nobody_at_home_is_said_honestly() -> None:
    async with answering() as endpoint:
        pass
    _, decisions = await think(DistantBrain(endpoint.url, "small"), OPEN)
    assert decisions == [Say(UNREACHED)]


async def test_all_at_once_where_nothing_is_spoken() -> None:
    async with answering(words("One. Two."), words("One. Two.")) as endpoint:
        brain = DistantBrain(endpoint.url, "small")
        assert (await think(brain.meet(Setup(as_text=True)), OPEN))[1] == [Say("One. Two.")]
        _, decision = await asyncio.to_thread(brain.think, OPEN)
        assert decision == Say("One. Two.")
