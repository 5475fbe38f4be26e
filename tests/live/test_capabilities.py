"""What the Firebase SDKs promise, in a program of ours: each capability with each family of models, our own server's.

Rows are those of the SDKs' pages and method tables; what a family does not offer is refused with an error that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from telephony_agent import Agent, Options, TurnTaking
from telephony_agent.errors import ConfigError, ConnectionLost, SessionMisused
from telephony_agent.live.channel import Told
from telephony_agent.live.messages import (
    AgentSaid,
    CallerSaid,
    GoingAway,
    Interrupted,
    Resumable,
    Spoke,
    TurnComplete,
    Usage,
)
from telephony_agent.live.models import profile
from telephony_agent.live.requests import Turn
from telephony_agent.live.session import LiveSession
from telephony_agent.offline.model import faculties
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import GoesAway
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import LiveServer, serving
from tests.live.programs import AGENT, LIMIT, model_at, scripted_session
from tests.offline.model.rehearsal import LOUD, QUIET

pytestmark = pytest.mark.anyio

LONG = "This is a very long sentence, longer than anybody wants to hear to its end, about nothing at all."
HALF_CASCADE = "gemini-live-2.5-flash"


@dataclass
class Program:
    """A session with a model of ours that follows a script, and what the model was told."""

    session: LiveSession
    server: LiveServer
    model: str
    told: list[faculties.Told]

    async def until(self, kind: type[Any]) -> list[Told]:
        """All events up to the first of a kind."""
        events: list[Told] = []
        async for event in self.session:
            events.append(event)
            if isinstance(event, kind):
                return events
        raise AssertionError(f"no {kind.__name__}")

    async def speaks(self, frames: int, frame: bytes) -> None:
        for _ in range(frames):
            await self.session.send_audio(frame)


def words(events: list[Told], kind: type[AgentSaid] | type[CallerSaid] = AgentSaid) -> str:
    return "".join(event.text for event in events if isinstance(event, kind)).strip()


def sound(events: list[Told]) -> bytes:
    return b"".join(event.pcm for event in events if isinstance(event, Spoke))


@asynccontextmanager
async def program(
    model: str, *steps: Say | Call, transcripts: tuple[str, ...] = (), agent: Agent = AGENT, **options: Any
) -> AsyncIterator[Program]:
    told: list[faculties.Told] = []

    def step(decision: Say | Call) -> Callable[[faculties.Told], Say | Call]:
        def decide(what: faculties.Told) -> Say | Call:
            told.append(what)
            return decision

        return decide

    mind = scripted(*map(step, steps), transcripts=transcripts, a_letter=0.005)
    async with scripted_session(mind, model, agent, **options) as (session, server):
        yield Program(session, server, model, told)


Row = Callable[[str], Awaitable[None]]
ROWS: dict[str, Row] = {}


def row(name: str) -> Callable[[Row], Row]:
    """A capability, by what the pages and SDKs call it."""

    def add(check: Row) -> Row:
        ROWS[name] = check
        return check

    return add


@row("connect(), close(), isClosed")
async def connects(model: str) -> None:
    async with program(model) as talk:
        assert talk.session.is_open
        assert talk.server.sessions == 1
    assert not talk.session.is_open


@row("stream 16-bit PCM at 16 kHz; receive audio at 24 kHz, transcripts of both sides, turnComplete, usage")
async def speaks_and_hears(model: str) -> None:
    async with program(model, Say("At five."), transcripts=("When do you open?",)) as talk:
        await talk.speaks(30, LOUD)
        await talk.speaks(30, QUIET)
        events = await talk.until(Usage)
        assert words(events, CallerSaid) == "When do you open?"
        assert words(events) == "At five."
        assert len(sound(events)) == pytest.approx(len("At five.") * 0.005 * 48_000, abs=2)
        assert any(isinstance(event, TurnComplete) for event in events)
        assert next(event for event in events if isinstance(event, Usage) and event.response).total > 0


@row("int16 and float32, of any rate")
async def takes_floats(model: str) -> None:
    async with program(model, Say("Yes."), transcripts=("Hello?",)) as talk:
        loud = np.repeat(np.frombuffer(LOUD, "<i2"), 3).astype(np.float32) / 32_768
        for _ in range(30):
            await talk.session.send_audio(np.stack([loud, loud], axis=1), rate=48_000)
        await talk.session.end_audio()
        assert words(await talk.until(TurnComplete), CallerSaid) == "Hello?"


@row("send_audio_stream: a stream of sound, and its end")
async def streams(model: str) -> None:
    async def source() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield LOUD

    async with program(model, Say("Yes."), transcripts=("Are you there?",)) as talk:
        await talk.session.send_audio_stream(source())
        assert words(await talk.until(TurnComplete), CallerSaid) == "Are you there?"


@row("sendTextRealtime")
async def types(model: str) -> None:
    async with program(model, Say("Hello.")) as talk:
        await talk.session.send_text("Good evening.")
        assert words(await talk.until(TurnComplete)) == "Hello."
        assert "Good evening." in str(talk.told)


@row("send(content, turnComplete)")
async def sends_turns(model: str) -> None:
    async with program(model, Say("Ann.")) as talk:
        await talk.session.send_turn(Turn("user", ["I am Ann."]), Turn("model", ["Hello Ann."]), complete=False)
        await talk.session.send_turn("Who am I?")
        assert words(await talk.until(TurnComplete)) == "Ann."
        assert "Who am I?" in str(talk.told[-1])


@row("text answers: ask() by transcript")
async def asks(model: str) -> None:
    async with program(model, Say("One."), Say("Two."), Say("Three.")) as talk:
        assert [await talk.session.ask("Next?") for _ in range(3)] == ["One.", "Two.", "Three."]


@row("several functions in one turn, each answered, and the next one after them")
async def calls_functions(model: str) -> None:
    both = Call((("hours", {"day": "Monday"}), ("hours", {"day": "Sunday"})))
    async with program(model, both, calls("hours", day="Tuesday"), Say("All closed.")) as talk:
        assert (await talk.session.ask("When?")).endswith("All closed.")
        assert talk.session.open_calls == ()
        assert "On Monday from five to eleven." in str(talk.told)


@row("the model asks back before it calls")
async def asks_back(model: str) -> None:
    async with program(model, Say("On which day?"), calls("hours", day="Monday"), Say("At five.")) as talk:
        assert await talk.session.ask("When do you open?") == "On which day?"
        assert (await talk.session.ask("On Monday.")).endswith("At five.")


@row("interruption: what is being said is void")
async def is_interrupted(model: str) -> None:
    async with program(model, Say(LONG * 20), Say("Yes?"), transcripts=("Stop.",)) as talk:
        await talk.session.send_turn("Tell me all.")
        await talk.until(Spoke)
        await talk.speaks(30, LOUD)
        await talk.speaks(30, QUIET)
        await talk.until(Interrupted)
        assert "Yes?" in words([*await talk.until(TurnComplete), *await talk.until(TurnComplete)])


@row("sendVideoRealtime")
async def shows(model: str) -> None:
    async with program(model, Say("A cat.")) as talk:
        await talk.session.send_video(b"\xff\xd8\xff\xd9")
        assert await talk.session.ask("What do you see?") == "A cat."


@row("sendStartActivityRealtime, sendStopActivityRealtime")
async def says_when_somebody_speaks(model: str) -> None:
    async with program(model, Say("Yes."), transcripts=("Hello?",), manual=True) as talk:
        await talk.session.start_activity()
        await talk.speaks(30, LOUD)
        await talk.session.end_activity()
        assert words(await talk.until(TurnComplete), CallerSaid) == "Hello?"


@row("stopReceiving")
async def stops_receiving(model: str) -> None:
    async with program(model, Say("One.")) as talk:
        await talk.session.send_turn("Begin.")
        async for event in talk.session:
            if isinstance(event, AgentSaid):
                talk.session.stop_receiving()
        assert talk.session.is_open
        await talk.until(TurnComplete)


@row("resumeSession")
async def resumes(model: str) -> None:
    async with program(model, Say("One."), Say("Two.")) as talk:
        assert await talk.session.ask("Begin.") == "One."
        await talk.until(Resumable)
        await talk.session.resume()
        assert await talk.session.ask("Go on.") == "Two."
        assert talk.server.sessions == 1


@row("a lost session is told, and can be resumed")
async def is_lost(model: str) -> None:
    async with program(model, Say("One."), Say("Two.")) as talk:
        assert await talk.session.ask("Begin.") == "One."
        await talk.until(Resumable)
        await talk.server.drop(1011, "Internal error encountered.")
        with pytest.raises(ConnectionLost, match="Internal error") as caught:
            await talk.until(Interrupted)
        assert caught.value.may_resume
        await talk.session.resume()
        assert await talk.session.ask("Go on.") == "Two."


@row("goingAwayNotice: the end of the session is announced")
async def is_told_of_the_end(model: str) -> None:
    async with program(model) as talk:
        talk.server.fail(GoesAway(seconds=30.0))
        assert (await talk.until(GoingAway))[-1] == GoingAway(30.0)


@row("context across sessions: a history that the model knows")
async def remembers(model: str) -> None:
    told: list[faculties.Told] = []

    def answer(what: faculties.Told) -> Say:
        told.append(what)
        return Say("You are Ann.")

    async with serving(scripted(answer, a_letter=0.005), time_limit=LIMIT) as server:
        history = [Turn("model", ["Who are you?"]), Turn("user", ["I am Ann."])]
        async with model_at(server.url, model).connect(history=history) as session:
            assert await session.ask("Who am I?") == "You are Ann."
    assert len(told) == 1, "the history is known, and not answered"
    assert "Ann" in str(told)


@row("update_context, where the model takes it")
async def updates(model: str) -> None:
    async with program(model, Say("Hello.")) as talk:
        if profile(model).context_update:
            await talk.session.update_context("Be very kind.", tools=[])
            assert await talk.session.ask("Hello?") == "Hello."
        else:
            with pytest.raises(SessionMisused, match="connect again"):
                await talk.session.update_context("Be very kind.")


@row("voice and language of the speech")
async def has_a_voice(model: str) -> None:
    german = Agent(instructions="Be brief.", voice="Kore", language="de-DE")
    async with program(model, Say("Guten Abend."), agent=german) as talk:
        assert await talk.session.ask("Hallo?") == "Guten Abend."
    with pytest.raises(ConfigError, match="no voice 'Nobody'"):
        model_at("ws://127.0.0.1:9", model, Agent(instructions="Be brief.", voice="Nobody"))


@row("no interruptions, if so wished")
async def is_not_interrupted(model: str) -> None:
    agent = Agent(instructions="Be brief.", options=Options(turn_taking=TurnTaking(interruptible=False)))
    async with program(model, Say(LONG), Say("Yes?"), transcripts=("Stop.",), agent=agent) as talk:
        await talk.session.send_turn("Tell me all.")
        await talk.until(Spoke)
        await talk.speaks(30, LOUD)
        await talk.speaks(30, QUIET)
        assert not [event for event in await talk.until(TurnComplete) if isinstance(event, Interrupted)]


@row("TEXT, only from models that have it")
async def has_no_text(model: str) -> None:
    with pytest.raises(ConfigError, match="answers in AUDIO, not in TEXT"):
        model_at("ws://127.0.0.1:9", model, modality="TEXT")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("capability", ROWS)
async def test_a_program_can(capability: str, model: str) -> None:
    async with asyncio.timeout(LIMIT):
        await ROWS[capability](model)


async def test_a_session_of_text_is_written_and_not_spoken() -> None:
    async with program(HALF_CASCADE, calls("hours", day="Monday"), Say("At five."), modality="TEXT") as talk:
        assert await talk.session.ask("When on Monday?") == "At five."
        assert sound(await talk.until(TurnComplete)) == b""
