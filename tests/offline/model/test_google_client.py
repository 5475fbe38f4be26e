"""Google's own client, google-genai, holds whole conversations with our server: what it accepts, others accept too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncSession

from telephony_agent.offline.model.faculties import Call, Faculties, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import LiveServer, serving
from tests.offline.model.rehearsal import LOUD, QUIET

MODEL = "gemini-3.8-live"
SPOKEN_TO = "audio/pcm;rate=16000"
HOURS = types.FunctionDeclaration(
    name="hours",
    description="The opening hours.",
    behavior=types.Behavior.BLOCKING,
    parameters=types.Schema(type=types.Type.OBJECT, properties={"day": types.Schema(type=types.Type.STRING)}),
)
LONG = "This is a very long sentence, longer than anybody wants to hear to its end, about nothing at all."
Messages = list[types.LiveServerMessage]

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def google(
    server: LiveServer, model: str = MODEL, key: str = "no-key", **config: Any
) -> AsyncIterator[AsyncSession]:
    """A session of theirs with our server. Their client insists on TLS, hence the two private attributes."""
    options = types.HttpOptions(api_version="v1alpha") if key.startswith("auth_tokens/") else None
    client = genai.Client(api_key=key, http_options=options)
    client._api_client._websocket_base_url = lambda *args, **kwargs: server.url  # type: ignore[method-assign]
    client._api_client._websocket_ssl_ctx = {}
    wanted = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}, "output_audio_transcription": {}}
    try:
        async with client.aio.live.connect(
            model=model, config=types.LiveConnectConfig.model_validate(wanted | config)
        ) as session:
            yield session
    finally:
        await client.aio.aclose()
        client.close()


@asynccontextmanager
async def talking(faculties: Faculties, model: str = MODEL, **config: Any) -> AsyncIterator[AsyncSession]:
    async with serving(faculties, time_limit=20) as server, google(server, model, **config) as session:
        yield session


async def turn(session: AsyncSession) -> Messages:
    """All messages up to turnComplete: that is where `receive` ends."""
    return [message async for message in session.receive()]


async def until_call(session: AsyncSession) -> list[types.FunctionCall]:
    async for message in session.receive():
        if message.tool_call and message.tool_call.function_calls:
            return message.tool_call.function_calls
    raise AssertionError("the turn ended without a call")


async def asks(session: AsyncSession, text: str = "Hello?") -> None:
    await session.send_client_content(turns=types.Content(role="user", parts=[types.Part(text=text)]))


async def says(session: AsyncSession, frames: int, frame: bytes) -> None:
    for _ in range(frames):
        await session.send_realtime_input(audio=types.Blob(data=frame, mime_type=SPOKEN_TO))


def said(messages: Messages) -> str:
    contents = [message.server_content for message in messages if message.server_content]
    return "".join(c.output_transcription.text or "" for c in contents if c.output_transcription)


def heard(messages: Messages) -> str:
    contents = [message.server_content for message in messages if message.server_content]
    return "".join(c.input_transcription.text or "" for c in contents if c.input_transcription).strip()


def sound(messages: Messages) -> bytes:
    contents = [message.server_content for message in messages if message.server_content]
    parts = [part for c in contents if c.model_turn for part in c.model_turn.parts or []]
    return b"".join(part.inline_data.data or b"" for part in parts if part.inline_data)


def handle(messages: Messages) -> str | None:
    updates = [message.session_resumption_update for message in messages if message.session_resumption_update]
    return next((update.new_handle for update in reversed(updates) if update.resumable), None)


async def test_a_turn_asked_in_text_is_words_sound_and_a_bill() -> None:
    async with talking(scripted(Say("Good evening."), a_letter=0.02)) as session:
        await asks(session)
        messages = await turn(session)
    assert said(messages) == "Good evening."
    assert len(sound(messages)) == pytest.approx(len("Good evening.") * 0.02 * 24_000 * 2, abs=2)
    usage = messages[-1].usage_metadata
    assert usage
    assert usage.response_token_count
    assert usage.total_token_count


async def test_turn_after_turn_in_the_same_session() -> None:
    async with talking(scripted(Say("One."), Say("Two."), Say("Three."), a_letter=0.01)) as session:
        for expected in ("One.", "Two.", "Three."):
            await session.send_realtime_input(text="Next?")
            assert said(await turn(session)) == expected


async def test_a_spoken_question_is_transcribed_and_answered_aloud() -> None:
    faculties = scripted(Say("At five."), transcripts=["When do you open?"], a_letter=0.02)
    async with talking(faculties) as session:
        await says(session, 30, LOUD)
        await says(session, 30, QUIET)
        messages = await turn(session)
    assert (heard(messages), said(messages)) == ("When do you open?", "At five.")
    assert sound(messages)


async def test_the_end_of_the_stream_ends_what_was_said() -> None:
    async with talking(scripted(Say("Yes."), transcripts=["Are you there?"], a_letter=0.02)) as session:
        await says(session, 30, LOUD)
        await session.send_realtime_input(audio_stream_end=True)
        messages = await turn(session)
    assert (heard(messages), said(messages)) == ("Are you there?", "Yes.")


async def test_a_function_is_called_and_its_answer_spoken() -> None:
    faculties = scripted(calls("hours", day="Tuesday"), Say("From five."), a_letter=0.02)
    async with talking(faculties, tools=[types.Tool(function_declarations=[HOURS])]) as session:
        await asks(session, "When on Tuesday?")
        (call,) = await until_call(session)
        assert (call.name, call.args) == ("hours", {"day": "Tuesday"})
        await session.send_tool_response(
            function_responses=types.FunctionResponse(id=call.id, name="hours", response={"output": "from five"})
        )
        assert said(await turn(session)) == "From five."


async def test_two_functions_in_one_message_are_answered_one_by_one() -> None:
    both = Call((("hours", {"day": "Monday"}), ("hours", {"day": "Sunday"})))
    async with talking(scripted(both, Say("Both closed."), a_letter=0.02)) as session:
        await asks(session)
        first, second = await until_call(session)
        assert first.id != second.id
        for call in (second, first):
            response = types.FunctionResponse(id=call.id, name=call.name, response={"output": "closed"})
            await session.send_tool_response(function_responses=[response])
        assert said(await turn(session)) == "Both closed."


async def test_who_speaks_over_the_model_interrupts_it() -> None:
    async with talking(scripted(Say(LONG), Say("Yes?"), transcripts=["Stop."])) as session:
        await asks(session)
        messages = []
        async for message in session.receive():
            messages.append(message)
            if sound([message]) and len(messages) < 5:
                await says(session, 15, LOUD)
        contents = [message.server_content for message in messages if message.server_content]
        assert [c.interrupted for c in contents[-2:]] == [True, None]
        assert not any(c.generation_complete for c in contents)
        await says(session, 30, QUIET)
        assert said(await turn(session)) == "Yes?"


async def test_a_conversation_goes_on_in_a_new_session_by_its_handle() -> None:
    async with serving(scripted(Say("One."), Say("Two."), a_letter=0.01), time_limit=20) as server:
        async with google(server, session_resumption={}) as session:
            await asks(session)
            messages = await turn(session)
            async for message in session.receive():
                messages.append(message)
                if message.session_resumption_update:
                    break
        async with google(server, session_resumption={"handle": handle(messages)}) as session:
            await asks(session)
            assert said(await turn(session)) == "Two."


async def test_an_unknown_handle_is_an_error_of_theirs() -> None:
    with pytest.raises(errors.APIError, match="Requested entity was not found") as caught:
        async with talking(scripted(), session_resumption={"handle": "never-heard-of"}):
            pass
    assert caught.value.code == 1008


async def test_an_unknown_field_is_an_error_of_theirs() -> None:
    tool = types.Tool(computer_use=types.ComputerUse(environment=types.Environment.ENVIRONMENT_BROWSER))
    with pytest.raises(errors.APIError, match='Unknown name "computer_use"') as caught:
        async with talking(scripted(), tools=[tool]):
            pass
    assert caught.value.code == 1007


async def test_what_is_deprecated_ends_the_session_with_a_reason() -> None:
    async with talking(scripted()) as session:
        await session.send_realtime_input(media=types.Blob(data=QUIET, mime_type=SPOKEN_TO))
        with pytest.raises(errors.APIError, match="media_chunks is deprecated") as caught:
            await turn(session)
    assert caught.value.code == 1007


@pytest.mark.parametrize("code", [1000, 1008, 1011])
async def test_a_server_that_closes_is_an_error_of_theirs(code: int) -> None:
    async with serving(scripted(), time_limit=20) as server, google(server) as session:
        await server.drop(code, "as told")
        with pytest.raises(errors.APIError) as caught:
            await turn(session)
    assert caught.value.code == code
