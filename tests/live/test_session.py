"""A program's session with a model that is played by hand: what is told, what is received, who may, and how it ends."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from telephony_agent import Agent
from telephony_agent.errors import SessionMisused
from telephony_agent.live.messages import (
    AgentSaid,
    CallerSaid,
    GenerationComplete,
    GoingAway,
    Interrupted,
    Ready,
    Resumable,
    Spoke,
    ToolCall,
    ToolCallsCancelled,
    ToolResult,
    TurnComplete,
)
from telephony_agent.live.notices import NotResumable
from telephony_agent.live.requests import Blob, Turn
from telephony_agent.live.session import LiveSession
from telephony_agent.toolbox.declare import tool
from tests.live.programs import LIMIT, Played, played_session
from tests.parties import content, tool_call, voice

pytestmark = pytest.mark.anyio

LATEST = "gemini-3.8-live"
HANDLE = {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}
OVER = content(generationComplete=True), content(turnComplete=True)


def said(text: str) -> dict[str, Any]:
    return content(outputTranscription={"text": text})


async def receive(session: LiveSession, count: int) -> list[Any]:
    """The next so many events."""
    events: list[Any] = []
    async for event in session:
        events.append(event)
        if len(events) == count:
            break
    return events


# Telling: each row is a method of the Firebase SDKs, and what it is on the wire.

PICTURE = base64.b64encode(b"\xff\xd8").decode()
TELLING: dict[str, tuple[Callable[[LiveSession], Awaitable[None]], dict[str, Any]]] = {
    "sendTextRealtime": (lambda s: s.send_text("Hi"), {"realtimeInput": {"text": "Hi"}}),
    "send, a text": (
        lambda s: s.send_turn("Hi"),
        {"clientContent": {"turns": [{"role": "user", "parts": [{"text": "Hi"}]}], "turnComplete": True}},
    ),
    "send, a history": (
        lambda s: s.send_turn("Who?", Turn("model", ["I."]), complete=False),
        {
            "clientContent": {
                "turns": [
                    {"role": "user", "parts": [{"text": "Who?"}]},
                    {"role": "model", "parts": [{"text": "I."}]},
                ],
                "turnComplete": False,
            }
        },
    ),
    "send, a picture in a turn": (
        lambda s: s.send_turn(Turn("user", ["What is it?", Blob("image/png", b"\xff\xd8")])),
        {
            "clientContent": {
                "turns": [
                    {
                        "role": "user",
                        "parts": [{"text": "What is it?"}, {"inlineData": {"mimeType": "image/png", "data": PICTURE}}],
                    }
                ],
                "turnComplete": True,
            }
        },
    ),
    "send, nothing: the model begins": (lambda s: s.send_turn(), {"clientContent": {"turnComplete": True}}),
    "sendAudioRealtime": (
        lambda s: s.send_audio(b"\x01\x00"),
        {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": "AQA="}}},
    ),
    "sendAudioRealtime, of another rate": (
        lambda s: s.send_audio(b"\x01\x00", rate=8_000),
        {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=8000", "data": "AQA="}}},
    ),
    "SendAudioAsync(float[])": (
        lambda s: s.send_audio(np.array([0.0, 1.0], np.float32), rate=48_000),
        {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=48000", "data": "AAD/fw=="}}},
    ),
    "float32 in bytes": (
        lambda s: s.send_audio(np.array([1.0], "<f4").tobytes(), sample="float32"),
        {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": "/38="}}},
    ),
    "sendVideoRealtime": (
        lambda s: s.send_video(b"\xff\xd8"),
        {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": PICTURE}}},
    ),
    "audioStreamEnd": (lambda s: s.end_audio(), {"realtimeInput": {"audioStreamEnd": True}}),
    "contextUpdate, instructions": (
        lambda s: s.update_context("Be kind."),
        {"contextUpdate": {"systemInstruction": {"parts": [{"text": "Be kind."}]}}},
    ),
    "contextUpdate, no tools": (lambda s: s.update_context(tools=[]), {"contextUpdate": {"tools": {"tools": []}}}),
}


@pytest.mark.parametrize(("tells", "message"), TELLING.values(), ids=TELLING)
async def test_what_a_program_tells(tells: Callable[[LiveSession], Awaitable[None]], message: dict[str, Any]) -> None:
    async with played_session() as played:
        await tells(played.session)
        assert await played.server.hears() == message


async def test_the_setup_is_the_agent_s_and_begins_the_session() -> None:
    async with played_session(model="gemini-live-2.5-flash", modality="TEXT") as played:
        assert played.setup["generationConfig"] == {"responseModalities": ["TEXT"]}
        assert played.setup["systemInstruction"]["parts"][0]["text"].startswith("You are brief.")
        names = [each["name"] for each in played.setup["tools"][0]["functionDeclarations"]]
        assert names == ["hours", "goodbye"]
        assert await receive(played.session, 1) == [Ready()]
        assert played.session.is_open


async def test_a_manual_session_is_told_when_the_user_speaks() -> None:
    async with played_session(manual=True) as played:
        assert played.setup["realtimeInputConfig"]["automaticActivityDetection"] == {"disabled": True}
        with pytest.raises(SessionMisused, match="start_activity"):
            await played.session.send_audio(b"\x01\x00")
        await played.session.start_activity()
        await played.session.send_audio(b"\x01\x00")
        await played.session.end_activity()
        kinds = [next(iter((await played.server.hears())["realtimeInput"])) for _ in range(3)]
        assert kinds == ["activityStart", "audio", "activityEnd"]
        with pytest.raises(SessionMisused, match="manual"):
            await played.session.end_audio()


async def test_a_stream_of_sound_is_told_with_its_end_and_its_source_closed() -> None:
    closed = []

    async def source() -> AsyncIterator[bytes]:
        try:
            for _ in range(3):
                yield b"\x01\x00"
        finally:
            closed.append(True)

    async with played_session() as played:
        await played.session.send_audio_stream(source(), rate=24_000)
        heard = [(await played.server.hears())["realtimeInput"] for _ in range(4)]
    assert [next(iter(each)) for each in heard] == ["audio", "audio", "audio", "audioStreamEnd"]
    assert closed == [True]


MISUSE: dict[str, Callable[[LiveSession], Awaitable[None]]] = {
    "start_activity": lambda s: s.start_activity(),
    "end_activity": lambda s: s.end_activity(),
    "half a sample": lambda s: s.send_audio(b"\x01"),
    "no rate": lambda s: s.send_audio(b"\x01\x00", rate=0),
    "a video file": lambda s: s.send_video(b"", "video/mp4"),
    "a result nobody asked for": lambda s: s.send_tool_results(ToolResult("x", "hours", {})),
    "no handle": lambda s: s.resume(),
}


@pytest.mark.parametrize("misuses", MISUSE.values(), ids=MISUSE)
async def test_misuse_is_an_error_that_changes_nothing(misuses: Callable[[LiveSession], Awaitable[None]]) -> None:
    async with played_session() as played:
        with pytest.raises(SessionMisused, match=r"; |not manual"):
            await misuses(played.session)
        await played.session.send_text("Hi")
        assert await played.server.hears() == {"realtimeInput": {"text": "Hi"}}


async def test_a_model_that_takes_no_other_instructions_is_not_told_any() -> None:
    async with played_session(model="gemini-3.1-flash-live-preview") as played:
        with pytest.raises(SessionMisused, match="connect again"):
            await played.session.update_context("Be kind.")


# Receiving.


async def test_all_that_the_model_tells_comes_in_order() -> None:
    """receive(): serverContent, toolCall, toolCallCancellation, goingAwayNotice, sessionResumptionUpdate."""
    async with played_session() as played:
        await played.server.says(content(inputTranscription={"text": "Hi"}))
        await played.server.says(voice(b"\x01\x00"))
        await played.server.says(said("Hello."))
        await played.server.says(content(interrupted=True))
        await played.server.says(tool_call("1", "hours", day="Monday"))
        await played.server.says({"toolCallCancellation": {"ids": ["1"]}})
        await played.server.says({"goAway": {"timeLeft": "50s"}})
        await played.server.says({"sessionResumptionUpdate": {"resumable": False}})
        await played.server.says(HANDLE)
        for message in OVER:
            await played.server.says(message)
        assert await receive(played.session, 12) == [
            Ready(),
            CallerSaid("Hi"),
            Spoke(b"\x01\x00"),
            AgentSaid("Hello."),
            Interrupted(),
            ToolCall("1", "hours", {"day": "Monday"}),
            ToolCallsCancelled(["1"]),
            GoingAway(50.0),
            NotResumable(),
            Resumable("h1"),
            GenerationComplete(),
            TurnComplete(),
        ]
        assert played.session.handle == "h1"


async def test_receiving_goes_on_where_it_was_left_turn_after_turn() -> None:
    async with played_session() as played:
        await played.server.says(content(outputTranscription={"text": "One."}, turnComplete=True))
        assert await receive(played.session, 2) == [Ready(), AgentSaid("One.")]
        assert await receive(played.session, 1) == [TurnComplete()]
        await played.server.says(said("Two."))
        assert await receive(played.session, 1) == [AgentSaid("Two.")]


async def test_a_second_receiver_is_an_error_that_names_the_first() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await receive(played.session, 1)
        first = tasks.create_task(receive(played.session, 1))
        await asyncio.sleep(0)
        with pytest.raises(SessionMisused, match="async for receives already"):
            await receive(played.session, 1)
        with pytest.raises(SessionMisused, match="async for receives already"):
            await played.session.ask("Hello?")
        await played.server.says(said("Yes."))
        assert await first == [AgentSaid("Yes.")]


async def test_stop_receiving_ends_the_receiver_and_not_the_session() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await receive(played.session, 1)
        receiver = tasks.create_task(receive(played.session, 99))
        await asyncio.sleep(0)
        for _ in range(3):
            played.session.stop_receiving()
            await asyncio.sleep(0)
        assert await receiver == []
        await played.server.says(said("Still here."))
        assert await receive(played.session, 1) == [AgentSaid("Still here.")]


async def test_stop_receiving_from_within_loses_nothing() -> None:
    async with played_session() as played:
        await played.server.says(content(outputTranscription={"text": "One."}, turnComplete=True))
        events = []
        async for event in played.session:
            events.append(event)
            if event == AgentSaid("One."):
                played.session.stop_receiving()
        assert events == [Ready(), AgentSaid("One.")]
        assert await receive(played.session, 1) == [TurnComplete()]


async def test_a_receiver_that_is_cancelled_leaves_the_session_as_it_was() -> None:
    async with played_session() as played:
        await receive(played.session, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await receive(played.session, 1)
        await played.server.says(said("Yes."))
        assert await receive(played.session, 1) == [AgentSaid("Yes.")]


async def test_nobody_who_receives_holds_the_server_back() -> None:
    """Back pressure: what is not received stays with the server, beyond what sockets hold."""
    sent = 0

    async def pour(played: Played) -> None:
        nonlocal sent
        while True:
            await played.server.says(voice(bytes(48_000)))
            sent += 1

    async with played_session() as played, asyncio.TaskGroup() as tasks:
        pouring = tasks.create_task(pour(played))
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        assert 0 < sent < 500
        await receive(played.session, sent + 20)
        pouring.cancel()


# Closing.


async def test_closing_ends_who_receives_and_closes_the_socket_with_1000() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await receive(played.session, 1)
        receiver = tasks.create_task(receive(played.session, 99))
        await asyncio.sleep(0)
        await played.session.close()
        assert await receiver == []
        assert await played.server.is_closed() == 1000
        assert not played.session.is_open
        await played.session.close()
        assert await receive(played.session, 1) == []
        for telling in (played.session.send_text("Hi"), played.session.resume("h"), played.session.ask("Hi")):
            with pytest.raises(SessionMisused, match="closed"):
                await telling


async def test_leaving_the_block_closes_and_what_was_raised_in_it_goes_through_as_it_is() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with played_session() as played:
            raise ValueError("mine")
    assert not played.session.is_open


async def test_nothing_of_a_session_remains_when_it_is_cancelled() -> None:
    running = asyncio.Event()

    @tool
    async def forever() -> None:
        """Never end."""
        running.set()
        await asyncio.sleep(1e6)

    async def hold() -> None:
        async with played_session(agent=Agent(instructions="Be brief.", tools=[forever])) as played:
            sessions.append(played.session)
            await played.server.says(tool_call("1", "forever"))
            async for event in played.session:
                if isinstance(event, ToolCall):
                    played.session.run_tool(event)

    sessions: list[LiveSession] = []
    before = asyncio.all_tasks()
    task = asyncio.create_task(hold())
    async with asyncio.timeout(LIMIT):
        await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not sessions[0].is_open
    assert asyncio.all_tasks() == before
