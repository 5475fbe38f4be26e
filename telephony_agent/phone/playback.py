"""What Twilio holds of our sound, and how much of each turn the caller has heard.

Twilio is the queue: it plays 8000 bytes a second in order, `clear` empties it, a mark comes back when it is reached.
`Playback` is a model of that queue. Positions count the bytes ever queued on this stream; times are those of our own
sending: "at now" means "as a command that leaves now will find it". A message needs as long to get there as the sound
did, so the delay cancels out; only what comes back (a mark, the end of the stream) is older, by one round trip, which
the marks on an empty queue measure.
"""

from __future__ import annotations

import audioop
import enum
from collections import deque
from dataclasses import dataclass, field

from .messages import Clear, Command, Mark, Say

BYTES_PER_SECOND = 8_000  # of 8 kHz mu-law
FRAME = 160  # bytes: Twilio plays 20 ms at a time, and returns a mark at the end of the frame that it lies in
LONGEST_MESSAGE = BYTES_PER_SECOND  # bytes of sound in one message: a second, so that marks can lie between
LATELY = BYTES_PER_SECOND * 3 // 5  # bytes whose echo may still be under way: 0.6 s
LAST_WORD = BYTES_PER_SECOND // 2  # bytes: so far back lies the pause before the word that somebody spoke over


class Source(enum.Enum):
    MODEL = "the model's voice"
    CLIP = "a recording of ours"
    MUSIC = "for a caller on hold"


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording of ours: its words, and its sound as 8 kHz mu-law."""

    text: str
    ulaw: bytes = field(repr=False)


@dataclass(slots=True)
class Turn:
    """The agent speaking once. Offsets are bytes of 8 kHz mu-law from the turn's first one."""

    id: int
    source: Source
    start: int  # position of its first byte, as if all of it had been queued in one piece
    began: float
    sent: int = 0
    heard: int = 0  # final once the turn is settled; until then, what was heard before the caller spoke over it
    complete: bool = False  # its last byte has been queued
    pieces: list[tuple[int, str]] = field(default_factory=list)  # the transcript, each by the offset where it arrived
    sound: bytearray = field(default_factory=bytearray, repr=False)  # all of it, to be said again from any offset

    def note(self, text: str) -> None:
        """A piece of its transcript has arrived."""
        self.pieces.append((self.sent, text))

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces).strip()

    @property
    def text_heard(self) -> str:
        """The transcript up to where the caller stopped hearing it, cut at a word."""
        if self.heard >= self.sent > 0:
            return self.text
        spans: list[tuple[int, str]] = []  # pieces that arrived at one offset share the sound up to the next
        for offset, text in self.pieces:
            if spans and spans[-1][0] == offset:
                spans[-1] = (offset, spans[-1][1] + text)
            else:
                spans.append((offset, text))
        cut = 0
        for index, (offset, text) in enumerate(spans):
            end = spans[index + 1][0] if index + 1 < len(spans) else self.sent
            if end > offset:  # else it came after the last sound
                cut += int(len(text) * min(1.0, max(0.0, (self.heard - offset) / (end - offset))))
        return _whole_words("".join(text for _, text in spans), cut).strip()


def _whole_words(text: str, cut: int) -> str:
    """So many characters, back to the end of a word: a piece of a transcript may end in the middle of one."""
    if cut < len(text) and not text[cut].isspace():
        cut = max((i for i in range(cut) if text[i].isspace()), default=0)
    return text[:cut]


@dataclass(frozen=True, slots=True)
class _Pending:
    """A mark that has not come back."""

    position: int
    sent: float
    idle: bool  # the queue was empty: it comes back at once


class Playback:
    """One stream's queue at Twilio. `now` never goes backwards."""

    def __init__(self) -> None:
        self._sent = 0
        # At that time the playhead stood at that position; what is too long ago for any question is forgotten.
        self._anchors: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=100)
        self._round_trip: float | None = None
        self._marks: dict[str, _Pending] = {}
        self._named = 0
        self._unmarked = 0  # bytes since the last mark
        self._turns: list[Turn] = []  # not settled
        self._begun = 0
        self._turn: Turn | None = None
        self.holding = False  # between `hold` and `go_on`: nothing plays, and what comes is kept

    # What is known.

    def position(self, now: float) -> int:
        """How far the caller has heard, in bytes ever queued. `now` may also lie as far back as a round trip."""
        end = self._sent
        for since, position in reversed(self._anchors):
            if since <= now:
                return min(end, position + int((now - since) * BYTES_PER_SECOND))
            end = position
        return end

    def queued(self, now: float) -> int:
        """Bytes that Twilio holds and has not played."""
        return self._sent - self.position(now)

    def heard(self, turn: Turn, now: float) -> int:
        """Bytes of the turn that have been played."""
        return turn.heard if self.holding else max(turn.heard, min(turn.sent, self.position(now) - turn.start))

    def lately(self, now: float) -> bytes:
        """The sound that the caller has just heard, or is hearing."""
        for turn in reversed(self._turns):
            if (heard := self.heard(turn, now)) > 0:
                return bytes(turn.sound[max(0, heard - LATELY) : heard])
        return b""

    @property
    def dry_at(self) -> float:
        """When Twilio will have played, or has played, all that it was sent."""
        since, position = self._anchors[-1]
        return since + (self._sent - position) / BYTES_PER_SECOND

    def unheard(self, now: float) -> int:
        """Bytes still to be heard: queued at Twilio, or kept here."""
        return sum(turn.sent - turn.heard for turn in self._turns) if self.holding else self.queued(now)

    @property
    def speaking(self) -> Turn | None:
        """The turn that is being sent."""
        return self._turn

    @property
    def unsettled(self) -> list[Turn]:
        """The turns of which the caller may hear more yet."""
        return list(self._turns)

    def has(self, source: Source) -> bool:
        """Whether the caller may hear more yet of a turn from there."""
        return source in [turn.source for turn in self._turns]

    # What we do.

    def begin(self, source: Source, now: float) -> Turn:
        """A new turn; what `say` and `note` give belongs to it until `finish`. They are numbered from 1."""
        self._begun += 1
        self._turn = Turn(self._begun, source, self._sent, now)
        self._turns.append(self._turn)
        return self._turn

    def say(self, ulaw: bytes, now: float) -> list[Command]:
        """Queue a piece of the turn that was begun: marks before its first byte and once a second."""
        turn = self._turn
        assert turn is not None, "say() belongs to a turn"
        turn.sound += ulaw
        turn.sent += len(ulaw)
        return [] if self.holding else self._queue(turn, turn.sent - len(ulaw), now)

    def finish(self, now: float) -> list[Command]:
        """The turn's last byte is queued: mark it."""
        turn, self._turn = self._turn, None
        if turn is None:
            return []
        turn.complete = True
        return [] if self.holding else [self._mark(now)]

    def clear(self, now: float) -> tuple[list[Command], list[Turn]]:
        """Throw away what has not been played: the command, needless after `hold`, and the turns that it cut.

        A recording of ours is none of them: it tells what everybody has to be told, and goes on.
        """
        self._turn = None
        commands: list[Command] = [] if self.holding else [Clear()]
        spared = [turn for turn in self._turns if turn.source is Source.CLIP]
        self._turns = [turn for turn in self._turns if turn.source is not Source.CLIP]
        for turn in spared:
            turn.heard = self.heard(turn, now)
        cut = self._settle_all(now)
        self._empty(now)
        self._turns = spared
        return commands + (self._say_the_rest(now) if spared else []), cut

    def hold(self, now: float) -> list[Command]:
        """Silence that can be taken back: `go_on` says the rest after all, `clear` throws it away."""
        for turn in self._turns:
            turn.heard = self.heard(turn, now)
        self._empty(now)
        self.holding = True
        return [Clear()]

    def go_on(self, now: float) -> list[Command]:
        """What `hold` kept and what has come since, from the word in which it fell silent."""
        self.holding = False
        return self._say_the_rest(now)

    def _say_the_rest(self, now: float) -> list[Command]:
        """Of the turns that were not heard to their end, from the word in which they fell silent."""
        commands: list[Command] = [self._mark(now)]
        for turn in self._turns:
            offset = turn.heard if turn.heard == turn.sent else _word(turn.sound, turn.heard)
            turn.start = self._sent - offset
            commands += self._queue(turn, offset, now)
            if turn.complete:
                commands.append(self._mark(now))
        return commands

    # What Twilio tells.

    def played(self, name: str, now: float) -> list[Turn]:
        """A mark is back: the turns that have now been heard to their end."""
        mark = self._marks.pop(name, None)
        if mark is None:
            return []  # of before a `clear`, or not ours
        if mark.idle:
            trip = now - mark.sent
            self._round_trip = trip if self._round_trip is None else min(trip, self._round_trip)
        elif mark.position > self._anchors[-1][1]:
            self._correct(mark.position, now - (self._round_trip or 0.0))
        settled = [turn for turn in self._turns if turn.complete and turn.start + turn.sent <= mark.position]
        for turn in settled:
            turn.heard = turn.sent
            self._turns.remove(turn)
        return settled

    def end(self, now: float) -> list[Turn]:
        """The stream is gone, and with it what it held: the turns that were not heard out."""
        self._turn = None
        return self._settle_all(now - (self._round_trip or 0.0))

    def _queue(self, turn: Turn, offset: int, now: float) -> list[Command]:
        """Ask Twilio to play the turn's sound from there on, with marks before its first byte and once a second."""
        commands: list[Command] = []
        for start in range(offset, turn.sent, LONGEST_MESSAGE):
            piece = bytes(turn.sound[start : start + LONGEST_MESSAGE])
            if start == 0 or self._unmarked >= BYTES_PER_SECOND:
                commands.append(self._mark(now))
            if self.position(now) == self._sent:  # it had run dry: this plays as soon as it is there
                self._anchors.append((now, self._sent))
            self._sent += len(piece)
            self._unmarked += len(piece)
            commands.append(Say(piece))
        return commands

    def _empty(self, now: float) -> None:
        """Twilio's queue is cleared."""
        # Its marks come back, but say nothing: what had been played is known. Those on an empty queue tell the trip.
        self._marks = {name: mark for name, mark in self._marks.items() if mark.idle}
        self._sent = self.position(now)
        self._anchors.append((now, self._sent))
        self.holding = False

    def _mark(self, now: float) -> Mark:
        self._named += 1
        self._unmarked = 0
        name = f"{self._named}"
        self._marks[name] = _Pending(self._sent, now, idle=self.queued(now) == 0)
        return Mark(name)

    def _correct(self, reached: int, at: float) -> None:
        """A mark at that position came back: the playhead stood there, or less than a frame further."""
        expected = self.position(at)
        position = min(max(expected, reached), reached + FRAME)
        if position != expected:
            self._anchors.append((max(at, self._anchors[-1][0]), position))

    def _settle_all(self, now: float) -> list[Turn]:
        """Nothing more will be played: each turn has been heard as far as it has."""
        settled, self._turns = self._turns, []
        for turn in settled:
            turn.heard = self.heard(turn, now)
        return settled


def _word(sound: bytearray, heard: int) -> int:
    """Where the word begins that was being said there: at the faintest 20 ms shortly before."""
    frames = range(max(0, heard - LAST_WORD), heard - FRAME + 1, FRAME)
    loud = {at: audioop.rms(audioop.ulaw2lin(bytes(sound[at : at + FRAME]), 2), 2) for at in frames}
    return min(reversed(frames), key=loud.__getitem__, default=heard)
