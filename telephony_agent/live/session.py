"""A Live session in the hands of a program: everything that can be told to a model, and everything that it tells.

What the Firebase SDKs offer on six platforms (https://firebase.google.com/docs/ai-logic/live-api), in Python. Nothing
is read ahead of who receives: where nobody does, the server is held back by TCP. `LiveModel.connect` makes one.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from msgspec.structs import replace

from ..agent import Agent
from ..errors import NoAnswer, SessionMisused
from ..toolbox.declare import Tool
from .answer import Answer, Floor
from .audio_conversation import AudioConversation, Manner, Sink
from .channel import Channel, Dial, Told
from .messages import INPUT_RATE, Hear, Ready, Resumable, ToolCall, ToolCallsCancelled, ToolResult, Type
from .models import declared, profile
from .profiles import Seeding
from .requests import Blob, EndActivity, EndAudio, Look, StartActivity, Turn, Turns, Update
from .setup import Setup, spelled_tools
from .sound import Audio, Sample, pcm, pieces
from .tool_desk import ToolDesk

PATIENCE = 60.0  # seconds for the answer to a question, its functions included
PICTURES = ("image/jpeg", "image/png", "image/webp")
USUAL = Manner()


class LiveSession:
    """One conversation. Any task may tell; one at a time may receive. Raises LiveError, see `errors`."""

    def __init__(self, setup: Setup, agent: Agent, dial: Dial, group: asyncio.TaskGroup) -> None:
        self.id = ""
        """The server's name for the session, if it has one."""
        self.handle: str | None = None
        """What `resume` goes on with, here or in another program; the newest that was received."""
        self._setup, self._agent, self._group = setup, agent, group
        self._profile = profile(setup.model)
        self._channel = Channel(dial, self._peek, lambda: self.handle is not None)
        self._desk = ToolDesk(agent.declared, agent.tool_timeout, group, self.send_tool_results)
        self._conversation: AudioConversation | None = None
        self._floor = Floor()
        self._calls: dict[str, ToolCall] = {}
        self._known: set[str] = set()  # ids of calls, the answered and cancelled ones too
        self._active = False

    # What can be asked of it.

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._channel.connected

    @property
    def in_conversation(self) -> bool:
        return self._conversation is not None and self._conversation.is_active

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """The calls of functions that were received, and that the model waits for."""
        return tuple(self._calls.values())

    @property
    def waits(self) -> bool:
        """Whether the model waits for a function."""
        return bool(self._calls)

    @property
    def manual(self) -> bool:
        """Whether the model is told when the user speaks, and does not listen for it."""
        return self._setup.manual

    @property
    def hears(self) -> bool:
        """Whether sound is of use now."""
        return self._channel.connected and (self._active or not self.manual)

    @property
    def wants_to_hang_up(self) -> bool:
        """Whether a function has asked for the end of the conversation."""
        return self._desk.wants_to_hang_up

    # Telling.

    async def send_text(self, text: str) -> None:
        """Words as if typed by the user; the model answers, and interrupts nothing (`realtimeInput.text`)."""
        await self._channel.send(Type(text))

    async def send_turn(self, *turns: str | Turn, complete: bool = True) -> None:
        """Turns in their order, a text is the user's (`clientContent`): what is being said is interrupted.

        The model answers once they are `complete`; until then they are history. None at all: it speaks by itself.
        """
        told = [Turn("user", [turn]) if isinstance(turn, str) else turn for turn in turns]
        await self._channel.send(Turns(told, complete))

    async def send_audio(self, audio: Audio, rate: int = INPUT_RATE, sample: Sample = "int16") -> None:
        """Some of the user's sound, 20 to 100 ms at a time, as it is spoken; `live.sound.pcm` tells what it may be.

        `rate`: its samples per second. The model wants 16,000, and is told if it is another.
        """
        if rate < 1:
            raise SessionMisused(f"a rate of {rate} samples per second; give the rate that the sound has")
        if self.manual and not self._active:
            raise SessionMisused("sound while nobody speaks: the session is manual; call start_activity() first")
        if sound := pcm(audio, sample):
            await self._channel.send(Hear(sound, rate))

    async def send_audio_stream(
        self, source: AsyncIterable[Audio], rate: int = INPUT_RATE, sample: Sample = "int16"
    ) -> None:
        """All of a source that yields in real time; its end is told to the model, the source is closed."""
        async with pieces(source) as sound:
            async for audio in sound:
                await self.send_audio(audio, rate, sample)
        if not self.manual:
            await self.end_audio()

    async def send_video(self, picture: bytes, mime_type: str = "image/jpeg") -> None:
        """What is to be seen now; more than one picture a second is of no use."""
        if mime_type not in PICTURES:
            raise SessionMisused(f"a picture of {mime_type}; give one of {', '.join(PICTURES)}, no video file")
        await self._channel.send(Look(Blob(mime_type, picture)))

    async def start_activity(self) -> None:
        """From now on the user speaks. Only where the model was made `manual`; it is interrupted by this."""
        self._check_manual("start_activity", True)
        await self._channel.send(StartActivity())
        self._active = True

    async def end_activity(self) -> None:
        """The user has spoken, and is to be answered."""
        self._check_manual("end_activity", True)
        self._active = False
        await self._channel.send(EndActivity())

    async def end_audio(self) -> None:
        """The microphone is off: what was said so far is all. Sound may follow later."""
        self._check_manual("end_audio", False)
        await self._channel.send(EndAudio())

    async def send_tool_results(self, *results: ToolResult) -> None:
        """What functions gave. For a call that was cancelled or answered meanwhile nothing is sent."""
        for result in results:
            if result.id not in self._known:
                raise SessionMisused(f"a result for the call {result.id!r}, which nobody made; give its own id")
        for result in results:
            if result.id not in self._calls:
                continue
            if not result.will_continue:
                del self._calls[result.id]
            await self._channel.send(result)

    def run_tool(self, call: ToolCall) -> None:
        """Run the agent's function for a call, and send what it gives; both happen aside, this returns at once."""
        self._desk.run(call, self.id)

    async def update_context(
        self, instructions: str | None = None, tools: Sequence[Callable[..., Any] | Tool] | None = None
    ) -> None:
        """Other instructions, word by word, or other functions, from now on; None leaves them as they are.

        Raises SessionMisused for a model that takes neither, ToolError for a function that can't be declared.
        """
        if self._profile.known and not self._profile.context_update:
            raise SessionMisused(f"{self._profile.id} can't be told other instructions later; connect again with them")
        setup = self._setup
        if instructions is not None:
            setup = replace(setup, instructions=instructions)
        if tools is not None:
            offered = dataclasses.replace(self._agent, tools=tools).declared
            declarations = declared([tool.declaration for tool in offered], self._profile)
            setup = replace(setup, declarations=declarations)
        await self._channel.send(Update(instructions, None if tools is None else spelled_tools(setup)))
        self._setup = setup
        if tools is not None:
            self._desk.offer(offered)

    async def ask(self, text: str, patience: float = PATIENCE) -> str:
        """The answer to a question, in words: the text, or what was said where the model speaks. Functions are run.

        Whatever else the model tells meanwhile is passed over. Raises NoAnswer after `patience` seconds, or if the
        model refuses. Stopped or closed meanwhile, it answers what there is.
        """
        if self._setup.modality == "AUDIO" and self._setup.options.agent_transcript is None:
            raise SessionMisused("ask() while the model's speech is not written down; give Options an agent_transcript")
        self._channel.begin()
        with self.receiving("ask()"):
            answer = Answer(self._floor.before, eager=self._profile.behavior != "NON_BLOCKING")
            try:
                async with asyncio.timeout(patience):
                    await self._channel.send(self._profile.tell(text))
                    await self._hear_out(answer)
            except TimeoutError:
                raise NoAnswer(f"no answer in {patience:g} s; ask again, or resume") from None
        if answer.reason and not answer.text:
            raise NoAnswer(f"the model does not answer: {answer.reason}; ask otherwise")
        return answer.text

    async def _hear_out(self, answer: Answer) -> None:
        while not answer.complete and (event := await self.next_event()) is not None:
            answer.take(event, waits=bool(self._calls))
            if isinstance(event, ToolCall):
                self.run_tool(event)

    def _check_manual(self, method: str, wanted: bool) -> None:
        if self.manual != wanted:
            which = "manual: end_activity() says it" if self.manual else "not manual: the model hears it"
            raise SessionMisused(f"{method}() in a session that is {which}")

    def start_audio_conversation(
        self, source: AsyncIterable[Audio], sink: Sink, manner: Manner = USUAL
    ) -> AudioConversation:
        """Talk by voice: the source's sound goes to the model, the model's to the sink, functions are run.

        What is said can be interrupted: then the sink is flushed. The conversation receives, so nobody else may. Raises
        what ended the one before, if nobody was told.
        """
        if self._channel.receiver or self.in_conversation:
            raise SessionMisused(f"{self._channel.receiver or 'an audio conversation'} receives already; end it before")
        self.raise_failure()
        self._channel.begin()
        self._desk.wants_to_hang_up = False
        self._conversation = AudioConversation(self, source, sink, manner, self._group)
        return self._conversation

    # Being told.

    def __aiter__(self) -> LiveSession:
        self._channel.begin()
        return self

    async def __anext__(self) -> Told:
        """Ends when the session is closed, or by `stop_receiving`.

        Raises ConnectionLost, and SessionMisused if somebody else receives.
        """
        with self.receiving("async for"):
            event = await self.next_event()
        if event is None:
            raise StopAsyncIteration
        return event

    def stop_receiving(self) -> None:
        """Whoever receives is told that this is all; the session stays, and what comes can be received later."""
        self._channel.stop()

    def receiving(self, who: str) -> AbstractContextManager[None]:
        """One at a time, for the length of a block. Raises SessionMisused, naming the other one."""
        return self._channel.receiving(who)

    async def next_event(self) -> Told | None:
        """For who is `receiving`. None: closed, or stopped."""
        event = await self._channel.next_event()
        match event:
            case Ready():  # what was under way over the connection before does not go on
                self._floor = Floor()
            case ToolCall():
                self._calls[event.id] = event
                self._known.add(event.id)
            case ToolCallsCancelled(ids):
                self._desk.stop(ids)
                for id in ids:
                    self._calls.pop(id, None)
        if event is not None:
            self._floor.take(event)
        return event

    def _peek(self, event: Told) -> None:
        match event:
            case Ready(session_id):
                self.id = session_id or self.id
            case Resumable(handle):
                self.handle = handle

    # Its life.

    async def open(self, resume: str | None, history: Sequence[Turn]) -> None:
        """Dial, and be accepted; `LiveModel.connect` does it."""
        self.handle = resume
        seeded = bool(history) and self._profile.seeding is Seeding.ANNOUNCED
        await self._channel.enter(replace(self._setup, resume=resume, seeded=seeded))
        if history:
            await self.send_turn(*history, complete=seeded)

    async def resume(self, handle: str | None = None) -> None:
        """Go on with this conversation over another connection: by the newest handle, or by this one.

        The old connection is closed first. Whoever receives or tells goes on afterwards; a turn that was under way
        does not, and open calls are void. Raises ConnectionLost if there is no other connection; it can be tried again.
        """
        if handle is None and self.handle is None:
            raise SessionMisused("the server has given no handle to resume by; connect again, with a history")
        await self._channel.exchange(lambda: self._go_on(handle))

    def _go_on(self, handle: str | None) -> Setup:
        self._desk.stop()
        self._calls.clear()
        self._active = False
        return replace(self._setup, resume=handle or self.handle)

    async def close(self) -> None:
        """The end: whoever receives is told, functions that run are stopped. Closing twice is no error."""
        self._desk.stop()
        if self._conversation is not None:
            await self._conversation.end()
        await self._channel.close()

    def raise_failure(self) -> None:
        """What ended an audio conversation, if nobody was told yet."""
        if self._conversation is not None:
            self._conversation.raise_failure()
