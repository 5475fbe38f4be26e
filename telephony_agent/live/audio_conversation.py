"""A conversation by voice between any source of sound and any sink, over a session: microphone and loudspeaker, files.

It is `startAudioConversation` of the Firebase SDKs, with every call of functions answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ..outbox import Outbox
from .channel import Told
from .messages import INPUT_RATE, OUTPUT_RATE, Interrupted, Spoke, ToolCall, TurnComplete
from .sound import Audio, Sample, pcm, pieces

LINGER = 5.0  # seconds in which the model may still begin to say something, once the source has ended
STALE = 1.0  # seconds for which an interrupted turn may still send sound; it is dropped
SECOND = 2 * OUTPUT_RATE  # bytes
QUEUE = 60 * SECOND  # bytes that may wait for the sink: the model is faster than it speaks


class Sink(Protocol):
    """Where the model's voice goes: 16-bit little-endian PCM, 24 kHz, mono."""

    async def play(self, pcm: bytes) -> None:
        """Take some more, any number of samples. To be cancelled when what is being said is void."""

    async def flush(self) -> None:
        """Drop what was taken and is not heard yet: the user has interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a conversation is held.

    `rate`, `sample`: of the source, as for `send_audio`. `observe` is told every event, transcripts too, and must not
    block. `half_duplex`: the model hears silence while it is heard, for a loudspeaker next to the microphone; then it
    can't be interrupted. `linger`: seconds of the model's silence that end the conversation once the source has ended.
    """

    rate: int = INPUT_RATE
    sample: Sample = "int16"
    observe: Callable[[Told], None] = lambda event: None
    half_duplex: bool = False
    linger: float = LINGER


class Session(Protocol):
    """What of a `LiveSession` is needed here."""

    def receiving(self, who: str) -> AbstractContextManager[None]: ...
    async def next_event(self) -> Told | None: ...
    async def send_audio(self, audio: Audio, rate: int, sample: Sample) -> None: ...
    async def end_audio(self) -> None: ...
    def run_tool(self, call: ToolCall) -> None: ...
    @property
    def hears(self) -> bool: ...
    @property
    def waits(self) -> bool: ...
    @property
    def manual(self) -> bool: ...
    @property
    def wants_to_hang_up(self) -> bool: ...


class AudioConversation:
    """Ends by `stop`, with the session, when a function hangs up, or `linger` seconds after the end of the source."""

    def __init__(
        self, session: Session, source: AsyncIterable[Audio], sink: Sink, manner: Manner, group: asyncio.TaskGroup
    ) -> None:
        self._session, self._source, self._sink, self._manner = session, source, sink, manner
        self._loop = asyncio.get_running_loop()
        self._played_until = 0.0  # by the clock, if the sink plays without a pause
        self._stale_until = 0.0
        self._source_over = False
        self._patience: asyncio.Timeout | None = None
        self._failure: Exception | None = None
        self._task = group.create_task(self._run(), name="audio conversation")

    @property
    def is_active(self) -> bool:
        return not self._task.done()

    async def wait(self) -> None:
        """Until it has ended. Raises, once, what ended it: ConnectionLost, or what the source or the sink raised."""
        await asyncio.wait([self._task])
        self.raise_failure()

    async def stop(self) -> None:
        """End it, the session stays. Raises as `wait`."""
        await self.end()
        self.raise_failure()

    async def end(self) -> None:
        """As `stop`, and what ended it before is told later."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def raise_failure(self) -> None:
        """What ended it, if nobody was told yet."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                talking = group.create_task(self._talk())
                player = _Player(self._sink, group)
                try:
                    with self._session.receiving("an audio conversation"):
                        await self._listen(player)
                finally:
                    talking.cancel()
                    player.stop()
        except ExceptionGroup as failures:
            self._failure = failures.exceptions[0]

    async def _talk(self) -> None:
        manner = self._manner
        async with pieces(self._source) as source:
            async for audio in source:
                sound = pcm(audio, manner.sample)
                if manner.half_duplex and self._loop.time() < self._played_until:
                    sound = bytes(len(sound))
                if self._session.hears:  # else nobody is there to hear it, and it would be old when somebody is
                    await self._session.send_audio(sound, manner.rate, "int16")
        if not self._session.manual:
            await self._session.end_audio()
        self._source_over = True
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(self._ends_at())

    async def _listen(self, player: _Player) -> None:
        farewell = False
        while (event := await self._next()) is not None:
            self._manner.observe(event)
            match event:
                case Spoke(sound) if self._stale_until <= self._loop.time():
                    farewell = self._session.wants_to_hang_up
                    self._played_until = max(self._loop.time(), self._played_until) + len(sound) / SECOND
                    player.put(sound)
                case Interrupted():
                    farewell = False
                    self._played_until, self._stale_until = 0.0, self._loop.time() + STALE
                    await player.flush()
                case TurnComplete():
                    self._stale_until = 0.0
                    if farewell:
                        await asyncio.sleep(self._played_until - self._loop.time())
                        return
                case ToolCall():
                    self._session.run_tool(event)

    async def _next(self) -> Told | None:
        """None: nothing will come any more."""
        while True:
            try:
                async with asyncio.timeout_at(self._ends_at()) as self._patience:
                    return await self._session.next_event()
            except TimeoutError:
                if not self._session.waits:  # for a function
                    return None
            finally:
                self._patience = None

    def _ends_at(self) -> float | None:
        """When to expect nothing more."""
        if not self._source_over and not self._session.wants_to_hang_up:
            return None
        return max(self._loop.time(), self._played_until) + self._manner.linger


class _Player:
    """Feeds the sink, beside who receives: a sink may take its time."""

    def __init__(self, sink: Sink, group: asyncio.TaskGroup) -> None:
        self._sink, self._group = sink, group
        self._waiting = Outbox[bytes](QUEUE, len)
        self._task = group.create_task(self._play())

    def put(self, sound: bytes) -> None:
        self._waiting.put(sound)

    async def flush(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self._waiting.silence()
        await self._sink.flush()
        self._task = self._group.create_task(self._play())

    def stop(self) -> None:
        self._task.cancel()

    async def _play(self) -> None:
        while True:
            await self._sink.play(await self._waiting.get())
