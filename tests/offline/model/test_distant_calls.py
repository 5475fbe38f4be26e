"""Whole sessions whose brain is elsewhere: the client, our server and a chat endpoint, each on a real socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from telephony_agent.offline.model.distant import BROKEN, DistantBrain
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.scripted import scripted
from tests.offline.model.endpoint import Endpoint, answering, delta, part, words
from tests.offline.model.rehearsal import LOUD, QUIET
from tests.offline.model.test_server import GREET, Client, talking_to, text

pytestmark = pytest.mark.anyio


def thinking_at(endpoint: Endpoint, *transcripts: str) -> Faculties:
    return replace(scripted(transcripts=transcripts, a_letter=0.01), brain=DistantBrain(endpoint.url, "small"))


async def asks(client: Client) -> None:
    await client.says(30, LOUD)
    await client.says(30, QUIET)


def heard(messages: list[dict[str, Any]]) -> str:
    return text(messages, "outputTranscription")


async def test_the_first_sentence_sounds_while_the_second_is_being_thought() -> None:
    more = asyncio.Event()
    async with answering(
        [delta(content="We open at five. T"), more, delta(content="oday."), "data: [DONE]"]
    ) as endpoint:
        async with talking_to(thinking_at(endpoint)) as client:
            await client.tell(GREET)
            begun = await client.until("modelTurn")
            more.set()
            turn = begun + await client.until("turnComplete")
    assert heard(turn) == "We open at five. Today."
    assert sum("generationComplete" in message.get("serverContent", {}) for message in turn) == 1


async def test_who_speaks_over_it_cuts_the_request_and_is_heard() -> None:
    never = asyncio.Event()
    async with answering([delta(content="We open at five. T"), never], words("All right.")) as endpoint:
        async with talking_to(thinking_at(endpoint, "Stop.")) as client:
            await client.tell(GREET)
            await client.until("modelTurn")
            await asks(client)
            await client.until("interrupted")
            await endpoint.cut.wait()
            await client.until("turnComplete")
            assert heard(await client.until("turnComplete")) == "All right."
    assert [message["content"] for message in endpoint.requests[1]["messages"]][1:] == ["We open at five.", "Stop."]


async def test_who_goes_on_speaking_before_the_first_word_cuts_the_request_too() -> None:
    async with answering([asyncio.Event()], words("Both.")) as endpoint:
        async with talking_to(thinking_at(endpoint, "When?", "And where?")) as client:
            await asks(client)
            await endpoint.asked.wait()
            await asks(client)
            await endpoint.cut.wait()
            assert heard(await client.until("turnComplete")) == "Both."
    assert endpoint.requests[1]["messages"] == [{"role": "user", "content": "When? And where?"}]


async def test_a_function_is_called_after_what_was_said_before_it() -> None:
    calls = [
        delta(content="Let me look. I "),
        delta(content="will be quick."),
        delta(tool_calls=[part(0, "a", "hours", '{"day": "Friday"}')]),
        "data: [DONE]",
    ]
    async with answering(calls, words("At five.")) as endpoint:
        async with talking_to(thinking_at(endpoint)) as client:
            await client.tell(GREET)
            until_call = await client.until("toolCall")
            assert heard(until_call) == "Let me look. I will be quick."
            (call,) = until_call[-1]["toolCall"]["functionCalls"]
            assert (call["name"], call["args"]) == ("hours", {"day": "Friday"})
            response = {"id": call["id"], "name": "hours", "response": {"output": "five"}}
            await client.tell({"toolResponse": {"functionResponses": [response]}})
            assert heard(await client.until("turnComplete")) == "At five."


async def test_a_stream_that_breaks_off_ends_in_an_apology() -> None:
    async with answering([delta(content="One. T")]) as endpoint:
        async with talking_to(thinking_at(endpoint)) as client:
            await client.tell(GREET)
            assert heard(await client.until("turnComplete")) == f"One. {BROKEN}"


async def test_nothing_is_asked_any_more_when_the_client_has_gone() -> None:
    async with answering([delta(content="One. T"), asyncio.Event()]) as endpoint:
        async with talking_to(thinking_at(endpoint)) as client:
            await client.tell(GREET)
            await client.until("modelTurn")
        await endpoint.cut.wait()
