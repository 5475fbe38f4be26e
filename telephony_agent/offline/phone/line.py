"""One stream from Twilio's end: the caller's sound out every 20 ms, the agent's sound played as it falls due.

A pure core: `handle(event, now) -> list[Action]` and `deadline`. Both directions run on one absolute clock of 20 ms
slots, counted from the ring, so slot n is at n * 20 ms for every stream of a call and for its recording. What was
really heard is kept: every byte with its slot, every mark with its outcome.

Rule: the clock is brought up to `now` before an event counts, so an event is never earlier than it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from . import messages, tones
from .impairments import CLEAN, Air, Impairments
from .levels import FRAME, FRAME_BYTES, ulaw_level
from .messages import Fault, ToService
from .unknowns import SEEN, Unknowns

QUIET = b"\x7f\xff" * (FRAME_BYTES // 2)  # silence as a real line sends it: both zeros of mu-law, in turn
TIMESTAMP_STEP = 19.97  # ms; mean step of the same call
JITTER = (0, 1, -1, 2, 0, -2, 1, 0, -1, 3, 0, -3, 1)  # ms; small beside the step, so times always increase


@dataclass(frozen=True)
class Opened:
    """The service accepted the socket."""


@dataclass(frozen=True)
class Received:
    """A message from the service: text, or bytes if the frame was binary."""

    data: str | bytes


@dataclass(frozen=True)
class Closed:
    """The service closed the socket. `code` is that of its close frame, None if there was none."""

    code: int | None


@dataclass(frozen=True)
class Speak:
    """More of the caller, mu-law, after what is still unsaid."""

    ulaw: bytes


@dataclass(frozen=True)
class Press:
    """The caller pressed a key: 0-9, *, #."""

    digit: str


@dataclass(frozen=True)
class HangUp:
    """The caller put the phone down."""


@dataclass(frozen=True)
class TimeIsUp:
    """The deadline has come."""


@dataclass(frozen=True)
class Send:
    message: ToService


@dataclass(frozen=True)
class Close:
    """Close our side of the socket, without a code, as Twilio does after `stop`."""


Event = Opened | Received | Closed | Speak | Press | HangUp | TimeIsUp
Action = Send | Close


@dataclass(frozen=True)
class Sound:
    """Mu-law in one 20 ms slot of the call, at most 160 bytes, from the slot's beginning.

    `offset` counts the bytes before it: of the agent's, all that came on this stream, heard or not; of the caller's,
    all that was spoken on it.
    """

    slot: int
    offset: int
    ulaw: bytes
    level: float  # dBFS

    @property
    def at(self) -> float:
        """Seconds since the ring."""
        return round(self.slot * FRAME, 2)


@dataclass(frozen=True)
class Marked:
    """A mark and what became of it. Times in seconds since the ring; `offset` as in `Sound`: the bytes before it."""

    name: str
    asked: float
    offset: int
    outcome: Literal["waiting", "played", "dropped"] = "waiting"
    echoed: float | None = None


@dataclass(frozen=True)
class Cleared:
    """A `clear`: `dropped` bytes of the agent, up to `offset`, were never heard."""

    at: float
    offset: int
    dropped: int


class Line:
    """One stream. `epoch` is when the call began to ring, on the clock of every `now`."""

    def __init__(
        self,
        start: messages.StartBody,
        epoch: float = 0.0,
        *,
        marks_on_clear: bool = True,
        tones: bool = False,
        one_way: bool = False,
        impairments: Impairments = CLEAN,
        unknowns: Unknowns = SEEN,
    ) -> None:
        """`marks_on_clear`: outstanding marks come back after `clear`, as Twilio's documents say; else never.
        `tones`: a key is also heard. `one_way`: of <Start>, on which a service can say nothing."""
        self.start = start
        self.epoch = epoch
        self.marks_on_clear = marks_on_clear
        self.tones = tones
        self.one_way = one_way
        self._unknowns = unknowns
        self._air = Air(impairments)
        self._frame = FRAME * (1 + impairments.drift)  # seconds of our time that the phone's clock takes for 20 ms
        self._pressed = bytearray()  # tones, not yet sent
        self._lost = 0  # frames of the caller
        self.over = False
        self.close_code: int | None = None  # of the service's close frame
        self.slot: int | None = None  # the one that plays now; None until open
        self.played: list[Sound] = []
        self.spoken: list[Sound] = []
        self.keyed: list[Sound] = []  # tones of keys, which a recording of the call has, whether the stream does or not
        self.marks: list[Marked] = []
        self.clears: list[Cleared] = []
        self.faults: list[Fault] = []
        self._queue = bytearray()  # the agent's, not yet played
        self._taken = 0  # bytes that left the queue, played or cleared
        self._playing = False  # the current slot has sound of the agent
        self._unsaid = bytearray()  # the caller's, not yet sent
        self._said = 0
        self._sequence = unknowns.first_sequence - 1
        self._chunk = 0
        self._waiting: list[int] = []  # indices of marks that have not come back, in order

    @property
    def deadline(self) -> float | None:
        """When to call `handle` at the latest; None before the stream is open and after it ended."""
        return None if self.over or self.slot is None else self.epoch + (self.slot + 1) * self._frame

    @property
    def queued(self) -> int:
        """Bytes of the agent that wait to be played."""
        return len(self._queue)

    @property
    def unsaid(self) -> int:
        """Bytes of the caller that wait to be sent."""
        return len(self._unsaid)

    def heard_of(self, first: int, end: int) -> int:
        """How many of the agent's bytes from offset `first` to before `end` have been played."""
        spans = ((sound.offset, sound.offset + len(sound.ulaw)) for sound in self.played)
        return sum(max(0, min(end, stop) - max(first, start)) for start, stop in spans)

    def handle(self, event: Event, now: float) -> list[Action]:
        """What happened, to what to do. `now` in seconds, never going back."""
        actions = self._catch_up(now)
        if self.over:
            return actions
        match event:
            case TimeIsUp():
                pass
            case Opened():
                actions += self._open(now)
            case Received(data):
                actions += self._receive(messages.parse(data, self.start.stream_sid), now - self.epoch)
            case Speak(ulaw):
                self._unsaid += ulaw
            case Press(digit):
                self._pressed += tones.key(digit)
                if self.one_way:
                    return actions
                body = messages.DtmfBody(track="inbound_track", digit=digit)
                actions.append(Send(messages.Dtmf(self.start.stream_sid, self._next_sequence(), body)))
            case HangUp():
                actions += self._hang_up()
            case Closed(code):
                self.close_code = code
                actions += self._hang_up()[0 if self._unknowns.stop_on_close else -1 :]
            case _:
                assert_never(event)
        return actions

    # The clock

    def _open(self, now: float) -> list[Action]:
        self.slot = math.floor(round((now - self.epoch) / self._frame, 6))
        start = messages.Start(self._next_sequence(), self.start, self.start.stream_sid)
        return [Send(messages.Connected()), Send(start)]

    def _catch_up(self, now: float) -> list[Action]:
        actions: list[Action] = []
        while (deadline := self.deadline) is not None and now >= deadline - 1e-6:
            assert self.slot is not None
            self.slot += 1
            actions += self._echo_played(deadline - self.epoch)
            actions += self._speak(self.slot - 1)
            self._play(self.slot)
        return actions

    def _next_sequence(self) -> str:
        self._sequence += 1
        return str(self._sequence)

    # The caller's sound

    def _speak(self, slot: int) -> list[Action]:
        """The 20 ms that just ended."""
        words = bytes(self._unsaid[:FRAME_BYTES])
        del self._unsaid[:FRAME_BYTES]
        if words:
            self.spoken.append(Sound(slot, self._said, words, ulaw_level(words)))
            self._said += len(words)
        agent = self.played[-1].ulaw if self.played and self.played[-1].slot == slot else b""
        sound = self._air.heard(agent, self._with_tones(words + QUIET[len(words) :], slot))
        frame = self._chunk + self._lost
        if self._air.loses:
            self._lost += 1
            return []
        timestamp = self._unknowns.first_timestamp + round(TIMESTAMP_STEP * frame) + JITTER[frame % len(JITTER)]
        self._chunk += 1
        body = messages.MediaBody("inbound", str(self._chunk), str(timestamp), sound)
        return [Send(messages.Media(self._next_sequence(), body, self.start.stream_sid))]

    def _with_tones(self, sound: bytes, slot: int) -> bytes:
        pressed = bytes(self._pressed[:FRAME_BYTES])
        del self._pressed[:FRAME_BYTES]
        if pressed:
            self.keyed.append(Sound(slot, 0, pressed, ulaw_level(pressed)))
        return pressed + sound[len(pressed) :] if self.tones else sound

    def _hang_up(self) -> list[Action]:
        self.over = True
        if self.slot is None:
            return [Close()]
        body = messages.StopBody(self.start.account_sid, self.start.call_sid)
        return [Send(messages.Stop(self._next_sequence(), self.start.stream_sid, body)), Close()]

    # The agent's sound

    def _receive(self, message: messages.FromService | Fault, at: float) -> list[Action]:
        if self.one_way:
            self.faults.append(Fault(messages.DEAF, "a stream of <Start> is one-way, use <Connect><Stream>", at))
            return []
        match message:
            case Fault():
                self.faults.append(replace(message, at=at))
            case messages.Play():
                if fault := messages.file_header(message.media.payload):
                    self.faults.append(replace(fault, at=at))
                self._queue += message.media.payload
            case messages.Mark():
                self._waiting.append(len(self.marks))
                self.marks.append(Marked(message.mark.name, at, self._taken + self.queued))
                if not self._playing:
                    return self._echo_played(at)
            case messages.Clear():
                return self._clear(at)
            case _:
                assert_never(message)
        return []

    def _play(self, slot: int) -> None:
        sound = bytes(self._queue[:FRAME_BYTES])
        del self._queue[:FRAME_BYTES]
        self._playing = bool(sound)
        if sound:
            self.played.append(Sound(slot, self._taken, sound, ulaw_level(sound)))
            self._taken += len(sound)

    def _echo_played(self, at: float) -> list[Action]:
        played = [index for index in self._waiting if self.marks[index].offset <= self._taken]
        return [self._echo(index, "played", at) for index in played]

    def _clear(self, at: float) -> list[Action]:
        """What is in the current slot plays on: it has left for the caller's phone."""
        heard = self._taken
        self._taken += self.queued
        self.clears.append(Cleared(at, self._taken, self.queued))
        self._queue.clear()
        dropped = [index for index in self._waiting if self.marks[index].offset > heard]
        if self.marks_on_clear:
            return [self._echo(index, "dropped" if index in dropped else "played", at) for index in list(self._waiting)]
        for index in dropped:
            self.marks[index] = replace(self.marks[index], outcome="dropped")
            self._waiting.remove(index)
        return []

    def _echo(self, index: int, outcome: Literal["played", "dropped"], at: float) -> Action:
        self._waiting.remove(index)
        self.marks[index] = mark = replace(self.marks[index], outcome=outcome, echoed=at)
        return Send(messages.MarkEcho(self._next_sequence(), self.start.stream_sid, messages.MarkBody(mark.name)))
