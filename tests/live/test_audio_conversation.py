"""A conversation by voice over a session, its model played by hand: who hears what, and how it ends."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from telephony_agent import Agent, tool
from telephony_agent.errors import ConnectionLost, SessionMisused
from telephony_agent.live.audio_conversation import Manner
from telephony_agent.live.channel import Told
from telephony_agent.live.messages import AgentSaid, GoingAway, Interrupted
from tests.live.programs import Played, accept, played_session
from tests.live.test_session import HANDLE, OVER, receive, said
from tests.parties import content, tool_call, voice

pytestmark = pytest.mark.anyio

LOUD = np.full(320, 1000, np.int16)
SECOND = bytes(48_000)  # of the model's voice


class Microphone:
    """A source that yields what a test says, until it is switched off."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[NDArray[Any] | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[NDArray[Any]]:
        while (sound := await self.says.get()) is not None:
            yield sound
            self.says.task_done()


class Unplugged:
    """A source that fails at once."""

    def __init__(self) -> None:
        self.failed = asyncio.Event()

    def __aiter__(self) -> Unplugged:
        return self

    async def __anext__(self) -> bytes:
        self.failed.set()
        raise OSError("the microphone is unplugged")


class Loudspeaker:
    """A sink that has room for so many pieces until it is `emptied`; `heard` is what happened to it."""

    def __init__(self, room: int = 1000) -> None:
        self.heard: list[bytes | str] = []
        self.happened = asyncio.Event()
        self._room = asyncio.Semaphore(room)

    async def play(self, pcm: bytes) -> None:
        await self._room.acquire()
        self._note(pcm)

    async def flush(self) -> None:
        self._note("flush")

    def _note(self, what: bytes | str) -> None:
        self.heard.append(what)
        self.happened.set()

    async def until(self, count: int) -> None:
        """So many things have happened."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.happened.clear()
                await self.happened.wait()


async def tells(played: Played, *messages: dict[str, Any]) -> None:
    for message in messages:
        await played.server.says(message)


async def settled(played: Played) -> None:
    """All that the model has told has arrived."""
    await (await played.server.socket.ping())


def sound_of(message: dict[str, Any]) -> bytes:
    return base64.b64decode(message["realtimeInput"]["audio"]["data"])


async def test_the_source_is_heard_by_the_model_and_the_model_by_the_sink() -> None:
    microphone, speaker = Microphone(), Loudspeaker()
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(microphone, speaker)
        assert played.session.in_conversation
        microphone.says.put_nowait(LOUD)
        assert sound_of(await played.server.hears()) == LOUD.tobytes()
        await tells(played, voice(b"\x01\x00"), voice(b"\x02\x00"))
        await speaker.until(2)
        assert speaker.heard == [b"\x01\x00", b"\x02\x00"]
        await conversation.stop()
        assert not conversation.is_active
        await conversation.stop()


async def test_a_source_of_floats_at_another_rate_is_told_as_it_is() -> None:
    microphone = Microphone()
    async with played_session() as played:
        played.session.start_audio_conversation(microphone, Loudspeaker(), Manner(rate=48_000))
        microphone.says.put_nowait(np.ones((2, 2), np.float32))
        heard = await played.server.hears()
        assert heard["realtimeInput"]["audio"]["mimeType"] == "audio/pcm;rate=48000"
        assert sound_of(heard) == b"\xff\x7f\xff\x7f"


async def test_an_interruption_flushes_the_sink_and_what_waits_for_it() -> None:
    speaker = Loudspeaker(room=1)
    async with played_session() as played:
        played.session.start_audio_conversation(Microphone(), speaker)
        await tells(played, voice(b"\x01\x00"), voice(b"\x02\x00"), voice(b"\x03\x00"))
        await speaker.until(1)
        await tells(
            played, content(interrupted=True), voice(b"\x04\x00"), content(turnComplete=True), voice(b"\x05\x00")
        )
        await speaker.until(2)
        assert speaker.heard == [b"\x01\x00", "flush"]
        await settled(played)
        speaker._room.release()
        await speaker.until(3)
        assert speaker.heard[2] == b"\x05\x00", "of the interrupted turn nothing is heard any more"


async def test_functions_called_at_once_are_all_answered_while_sound_goes_on() -> None:
    microphone = Microphone()
    async with played_session() as played:
        played.session.start_audio_conversation(microphone, Loudspeaker())
        calls = [{"id": day, "name": "hours", "args": {"day": day}} for day in ("Monday", "Sunday")]
        await tells(played, {"toolCall": {"functionCalls": calls}})
        microphone.says.put_nowait(LOUD)
        heard = [await played.server.hears() for _ in range(3)]
        results = [each["toolResponse"]["functionResponses"][0] for each in heard if "toolResponse" in each]
        assert {each["id"]: each["response"]["result"] for each in results} == {
            "Monday": "On Monday from five to eleven.",
            "Sunday": "On Sunday from five to eleven.",
        }
        assert any("realtimeInput" in each for each in heard)


async def test_transcripts_and_go_away_are_told_to_who_observes() -> None:
    """transcriptHandler and goAwayHandler of the SDKs."""
    seen: list[Told] = []
    async with played_session() as played:
        played.session.start_audio_conversation(Microphone(), Loudspeaker(), Manner(observe=seen.append))
        await tells(played, said("Hello."), {"goAway": {"timeLeft": "9s"}}, content(interrupted=True))
        await settled(played)
        assert seen[1:] == [AgentSaid("Hello."), GoingAway(9.0), Interrupted()]


async def test_there_is_one_conversation_at_a_time_and_nobody_else_receives() -> None:
    async with played_session() as played:
        first = played.session.start_audio_conversation(Microphone(), Loudspeaker())
        with pytest.raises(SessionMisused, match="audio conversation receives already"):
            played.session.start_audio_conversation(Microphone(), Loudspeaker())
        await asyncio.sleep(0)
        for receiving in (receive(played.session, 1), played.session.ask("Hello?")):
            with pytest.raises(SessionMisused, match="audio conversation receives already"):
                await receiving
        await first.stop()
        played.session.start_audio_conversation(Microphone(), Loudspeaker())
        await played.session.send_text("Typed meanwhile.")
        assert await played.server.hears() == {"realtimeInput": {"text": "Typed meanwhile."}}


async def test_a_conversation_is_refused_while_somebody_receives() -> None:
    async with played_session() as played:
        with played.session.receiving("a test"), pytest.raises(SessionMisused, match="a test receives already"):
            played.session.start_audio_conversation(Microphone(), Loudspeaker())


async def test_half_duplex_the_model_hears_silence_while_it_is_heard() -> None:
    microphone, speaker = Microphone(), Loudspeaker()
    async with played_session() as played:
        played.session.start_audio_conversation(microphone, speaker, Manner(half_duplex=True))
        await tells(played, voice(SECOND))
        await speaker.until(1)
        microphone.says.put_nowait(LOUD)
        assert sound_of(await played.server.hears()) == bytes(640)
        await tells(played, content(interrupted=True))
        await speaker.until(2)
        microphone.says.put_nowait(LOUD)
        assert sound_of(await played.server.hears()) == LOUD.tobytes()


async def test_push_to_talk_only_what_is_said_while_the_user_speaks_is_sent() -> None:
    microphone = Microphone()
    async with played_session(manual=True) as played:
        played.session.start_audio_conversation(microphone, Loudspeaker())
        microphone.says.put_nowait(LOUD)
        await microphone.says.join()
        await played.session.start_activity()
        microphone.says.put_nowait(LOUD)
        kinds = [next(iter((await played.server.hears())["realtimeInput"])) for _ in range(2)]
        assert kinds == ["activityStart", "audio"]


# How it ends.


async def test_after_the_end_of_the_source_it_lingers_for_an_answer() -> None:
    microphone, speaker = Microphone(), Loudspeaker()
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(microphone, speaker, Manner(linger=0.2))
        microphone.says.put_nowait(None)
        assert await played.server.hears() == {"realtimeInput": {"audioStreamEnd": True}}
        await tells(played, voice(SECOND[:9600]), *OVER)
        began = asyncio.get_running_loop().time()
        await conversation.wait()
        assert asyncio.get_running_loop().time() - began >= 0.35, "0.2 s of voice, then 0.2 s of silence"
        assert speaker.heard == [SECOND[:9600]]


async def test_it_does_not_end_while_a_function_runs() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    @tool
    async def slow() -> str:
        """Take long."""
        begun.set()
        await may_end.wait()
        return "Done."

    microphone = Microphone()
    async with played_session(agent=Agent(instructions="Be brief.", tools=[slow])) as played:
        conversation = played.session.start_audio_conversation(microphone, Loudspeaker(), Manner(linger=0.02))
        await tells(played, tool_call("c1", "slow"))
        await begun.wait()
        microphone.says.put_nowait(None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await conversation.wait()
        may_end.set()
        await conversation.wait()


async def test_a_function_that_hangs_up_ends_it_after_the_farewell() -> None:
    speaker = Loudspeaker()
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(Microphone(), speaker)
        await tells(played, tool_call("c1", "goodbye"))
        await played.server.hears()
        await tells(played, content(turnComplete=True), voice(b"\x01\x00"), *OVER)
        async with asyncio.timeout(5):
            await conversation.wait()
        assert speaker.heard == [b"\x01\x00"]
        conversation = played.session.start_audio_conversation(Microphone(), speaker)
        await tells(played, voice(b"\x02\x00"), *OVER)
        await speaker.until(2)
        await settled(played)
        assert conversation.is_active, "the next one is another conversation"


async def test_stop_receiving_ends_it_too() -> None:
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(Microphone(), Loudspeaker())
        await asyncio.sleep(0)
        played.session.stop_receiving()
        async with asyncio.timeout(5):
            await conversation.wait()


async def test_a_lost_connection_ends_it_with_the_error_that_tells_why() -> None:
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(Microphone(), Loudspeaker())
        await tells(played, HANDLE)
        await played.server.socket.close(1011, "Internal error encountered.")
        with pytest.raises(ConnectionLost, match="Internal error") as caught:
            await conversation.wait()
        assert caught.value.may_resume


async def test_a_session_that_is_resumed_goes_on_talking() -> None:
    microphone, speaker = Microphone(), Loudspeaker()
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await tells(played, HANDLE)
        await receive(played.session, 2)
        conversation = played.session.start_audio_conversation(microphone, speaker)
        await asyncio.sleep(0)
        resuming = tasks.create_task(played.session.resume())
        played.server, _ = await accept(played.model)
        await resuming
        microphone.says.put_nowait(LOUD)
        assert sound_of(await played.server.hears()) == LOUD.tobytes()
        await tells(played, voice(b"\x01\x00"))
        await speaker.until(1)
        await conversation.stop()


async def test_what_the_source_or_the_sink_raises_ends_it() -> None:
    class Deaf(Loudspeaker):
        async def play(self, pcm: bytes) -> None:
            raise OSError("the loudspeaker is unplugged")

    async with played_session() as played:
        with pytest.raises(OSError, match="microphone"):
            await played.session.start_audio_conversation(Unplugged(), Loudspeaker()).wait()
        conversation = played.session.start_audio_conversation(Microphone(), Deaf())
        await tells(played, voice(b"\x01\x00"))
        with pytest.raises(OSError, match="loudspeaker"):
            await conversation.wait()


async def test_an_error_that_nobody_was_told_is_raised_when_the_session_ends() -> None:
    async def converse() -> None:
        source = Unplugged()
        async with played_session() as played:
            played.session.start_audio_conversation(source, Loudspeaker())
            await source.failed.wait()

    with pytest.raises(OSError, match="microphone"):
        await converse()


async def test_what_the_program_raises_goes_before_an_error_that_nobody_was_told() -> None:
    async def converse() -> None:
        source = Unplugged()
        async with played_session() as played:
            played.session.start_audio_conversation(source, Loudspeaker())
            await source.failed.wait()
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await converse()


async def test_the_end_of_the_session_ends_it_and_its_source() -> None:
    closed = []

    async def source() -> AsyncIterator[bytes]:
        try:
            while True:
                await asyncio.sleep(1e6)
                yield b""
        finally:
            closed.append(True)

    before = asyncio.all_tasks()
    async with played_session() as played:
        conversation = played.session.start_audio_conversation(source(), Loudspeaker())
        await asyncio.sleep(0.01)
    assert not conversation.is_active
    assert closed == [True]
    assert asyncio.all_tasks() == before
