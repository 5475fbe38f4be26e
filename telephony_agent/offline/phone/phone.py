"""A caller with a telephone: what a whole-call test, a demo or `ring` is written with.

    async with Phone(Ring("https://agent.example.com/twilio/voice", auth_token=TOKEN)) as phone:
        greeting = await phone.hears()
        await phone.says(question)
        answer = await phone.hears()
        await phone.hangs_up()

Whatever waits has a time limit and raises TimeoutError past it, and ConnectionError once the call is over and what it
waits for can't come. Times are in seconds since the ring.
"""

from __future__ import annotations

import asyncio
import audioop
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from . import line as line_
from .call import Call, Ending, Ring
from .exchange import Exchange
from .levels import AUDIBLE, FRAME, RATE, SPEECH
from .line import Cleared, Line, Marked, Sound
from .messages import Fault
from .network import Network
from .recording import Recording, laid_out
from .stream import Stream

ANSWER = 20.0  # seconds to wait for a service to answer: Twilio's 15 for the webhook and 5 for the stream
TURN = 30.0  # seconds to wait for the agent to have said something
PAUSE = 0.8  # seconds of silence after which the agent has finished; longer than the gaps between its sentences
KEYS = "0123456789*#"


@dataclass(frozen=True)
class Turn:
    """One side speaking: mu-law from `began` to `ended`, gaps as silence. `latency`: of an answer, the silence before
    it (ear latency, seconds); None if nobody spoke before."""

    began: float
    ended: float
    ulaw: bytes
    latency: float | None = None

    @property
    def pcm(self) -> bytes:
        """8 kHz s16."""
        return audioop.ulaw2lin(self.ulaw, 2)


class Phone:
    """Rings on entering; on leaving hangs up if nobody has, and waits for the call's end."""

    def __init__(self, ring: Ring, network: Network | None = None) -> None:
        """`network` is for tests that need none: the Internet is what it is otherwise."""
        self.ring = ring
        self._exchange: Exchange | None = Exchange(ring, network)
        self._changed = asyncio.Event()
        self._listening_since = 0  # the slot from which the agent's next turn counts
        self._call: Call

    @staticmethod
    def at(call: Call) -> Phone:
        """The telephone of somebody whom an exchange called, or who calls through it. Not to be entered."""
        phone = Phone(call.ring)
        phone._exchange = None
        phone._hold(call)
        return phone

    async def __aenter__(self) -> Self:
        assert self._exchange is not None
        await self._exchange.__aenter__()
        self._hold(self._exchange.ring(self.ring))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._exchange is not None
        self._call.hang_up()
        await self._exchange.__aexit__(kind, error, traceback)

    def _hold(self, call: Call) -> None:
        self._call = call
        call.watchers.append(self._something_changed)

    @property
    def exchange(self) -> Exchange:
        """Of a phone that rings itself."""
        assert self._exchange is not None
        return self._exchange

    # What the caller does

    async def answered(self, within: float = ANSWER) -> None:
        """Until the service has the stream."""
        await self._until(lambda: self._stream is not None, within, "the service to answer")

    async def says(self, ulaw: bytes, within: float = ANSWER) -> Turn:
        """Speaks, after what is still being said; returns when the last frame has left, or the stream is over.

        `within` is how long to wait for a stream to speak into.
        """
        await self.answered(within)
        stream = self._stream
        assert stream is not None
        line, length = stream.line, len(ulaw) / RATE
        before = len(line.spoken)
        stream.feed(line_.Speak(ulaw))
        await self._until(
            lambda: line.over or not line.unsaid, line.unsaid / RATE + length + ANSWER, "the line to be said"
        )
        words = line.spoken[before:]
        if not words:
            raise ConnectionError("the stream ended before a word of the line was said")
        voiced = [sound.slot for sound in words if sound.level > SPEECH]
        self._listening_since = (voiced or [words[-1].slot])[-1] + 1
        return _turn(words)

    async def leaves(self, ulaw: bytes, within: float = ANSWER) -> None:
        """Leaves a message where a <Record> listens."""
        await self._until(lambda: self._call.taping is not None, within, "a <Record> to listen")
        for at in range(0, len(ulaw), RATE):
            second = ulaw[at : at + RATE]
            await asyncio.sleep(len(second) / RATE)
            if self._call.taping is None:
                raise ConnectionError("the <Record> was over before the whole message was left")
            self._call.taping.voice += second
            self._call.changed()

    async def is_told(self, words: str, within: float = TURN) -> str:
        """Until Twilio's own voice has said this, or something with this in it; what it said."""
        await self._until(lambda: any(words in said for said in self.announced), within, f"a <Say> of {words!r}")
        return next(said for said in self.announced if words in said)

    async def is_put_through(self, within: float = TURN) -> str:
        """Until somebody else is on the line; a CallSid, or a conference's SID."""
        await self._until(lambda: self._call.talks_to is not None, within, "somebody else on the line")
        assert self._call.talks_to is not None
        return self._call.talks_to

    def press(self, digits: str) -> None:
        """Presses keys: 0-9, *, #. A stream hears of them, else the next <Gather>."""
        if self._stream is None and (self.over or self._call.answered is None):
            raise ConnectionError("no stream is up to press keys on")
        for digit in digits:
            if digit not in KEYS:
                raise ValueError(f"there is no key {digit!r} on a telephone")
            self._call.press(digit)

    async def hears(self, *, pause: float = PAUSE, within: float = TURN) -> Turn:
        """The agent's next turn, once it was followed by `pause` seconds of silence with nothing queued.

        Counted from the caller's last word, or from the end of the turn heard last. A call that ends ends the turn.
        """
        await self._until(lambda: self._has_finished(pause), within, "the agent to speak and finish")
        loud = self._loud_since(self._listening_since)
        if not loud:
            raise ConnectionError(f"the call is over ({self._why}) and the agent has said nothing since")
        first, last = loud[0].slot, loud[-1].slot
        spoken = [sound.slot for sound in self.spoken if sound.level > SPEECH and sound.slot < first]
        self._listening_since = last + 1
        sounds = [sound for sound in self.heard if first <= sound.slot <= last]
        return _turn(sounds, latency=round((first - spoken[-1] - 1) * FRAME, 2) if spoken else None)

    async def until_speaking(self, within: float = TURN) -> float:
        """Until the agent is heard; when that was."""
        await self._until(
            lambda: self.over or bool(self._loud_since(self._listening_since)), within, "the agent to speak"
        )
        loud = self._loud_since(self._listening_since)
        if not loud:
            raise ConnectionError(f"the call is over ({self._why}) and the agent has said nothing since")
        return loud[0].at

    async def until_queued(self, seconds: float, within: float = TURN) -> None:
        """Until Twilio holds so much of the agent's sound that it has not played: the moment to interrupt."""
        await self._until(lambda: self.queued >= seconds, within, f"{seconds} s of the agent to be queued")

    async def hangs_up(self, within: float = ANSWER) -> Ending:
        self._call.hang_up()
        return await self.ended(within)

    async def ended(self, within: float = TURN) -> Ending:
        """Until the call is over, its callbacks delivered and its record written."""
        await self._until(lambda: self._call.ending is not None, within, "the call to end")
        assert self._call.ending is not None
        return self._call.ending

    # What there is to see

    @property
    def over(self) -> bool:
        return self._call.ending is not None

    @property
    def now(self) -> float:
        """Seconds since the ring."""
        return self._call.now

    @property
    def queued(self) -> float:
        """Seconds of the agent that Twilio holds and has not played."""
        return self._stream.line.queued / RATE if self._stream is not None else 0.0

    @property
    def lines(self) -> list[Line]:
        """The call's streams, with all that was heard and asked on each."""
        return self._call.lines

    @property
    def heard(self) -> list[Sound]:
        """All that was played of the agent."""
        return [sound for line in self._call.lines for sound in line.played]

    @property
    def spoken(self) -> list[Sound]:
        """All that was sent of the caller's lines."""
        return [sound for line in self._call.lines for sound in line.spoken]

    @property
    def marks(self) -> list[Marked]:
        return [mark for line in self._call.lines for mark in line.marks]

    @property
    def clears(self) -> list[Cleared]:
        return [clear for line in self._call.lines for clear in line.clears]

    @property
    def announced(self) -> list[str]:
        """What the TwiML's <Say> said."""
        return self._call.announced

    @property
    def played(self) -> list[str]:
        """URLs of the TwiML's <Play>, and digits that it pressed."""
        return self._call.played

    @property
    def report(self) -> list[Fault]:
        """What the service did that Twilio warns of or fails on, in the order of time. Empty is right."""
        faults = [fault for line in self._call.lines for fault in line.faults]
        return sorted(faults + self._call.faults, key=lambda fault: fault.at)

    @property
    def recording(self) -> Recording:
        """Of the call so far."""
        return Recording.of(self._call.lines)

    # Waiting

    @property
    def _stream(self) -> Stream | None:
        return self._call.stream

    @property
    def _why(self) -> str:
        return self._call.ending.reason if self._call.ending is not None else "it goes on"

    def _loud_since(self, slot: int) -> list[Sound]:
        recent = (line.played[bisect_left(line.played, slot, key=_slot) :] for line in self._call.lines)
        return [sound for sounds in recent for sound in sounds if sound.level > AUDIBLE]

    def _has_finished(self, pause: float) -> bool:
        loud = self._loud_since(self._listening_since)
        if self.over or not loud:
            return self.over
        return not self.queued and self.now - (loud[-1].at + FRAME) >= pause

    def _something_changed(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, true: Callable[[], bool], within: float, what: str) -> None:
        """Looks again after every step of the call, and every 20 ms: between two streams only time passes."""
        with _time_limit(within, what):
            async with asyncio.timeout(within):
                while not true():
                    if self.over:
                        raise ConnectionError(f"the call is over ({self._why}) while the caller waits for {what}")
                    with suppress(TimeoutError):
                        async with asyncio.timeout(FRAME):
                            await self._changed.wait()


@contextmanager
def _time_limit(within: float, what: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise TimeoutError(f"waited {within:.1f} s in vain for {what}") from None


def _slot(sound: Sound) -> int:
    return sound.slot


def _turn(sounds: list[Sound], latency: float | None = None) -> Turn:
    first, last = sounds[0].slot, sounds[-1].slot
    return Turn(sounds[0].at, round(sounds[-1].at + FRAME, 2), laid_out(sounds, first, last - first + 1), latency)
