"""What a model does wrong without a word of error, and what is done about it: nobody may sit in silence.

Every message of the model's is told to `Guards`. At each moment there is at most one worry: what will have gone wrong
if nothing comes before the timer does. A mishap has a cure, a harder one each time until the caller has heard a whole
answer again: so a false alarm costs a sentence, and none repeats itself for ever. Whatever is tried meanwhile, a caller
who is owed an answer waits for it no longer than `LONGEST_WAIT`.
"""

from __future__ import annotations

import audioop
import enum
import math
from collections import Counter
from dataclasses import dataclass

from .ear import PATIENCE
from .language import is_other
from .live.messages import TurnComplete
from .record.entries import Mishaps
from .states import Timer, Timers

REPLY = 3.0  # seconds that the model may take to answer: it usually takes 0.5 to 1.5
AGAIN = 2.0  # seconds, once it was told to answer or replaced: it only has to speak
LONGEST_WAIT = 7.0  # seconds for the first sound; with those in which our ear finds that the caller has ended, 8
SLOW_REPLY, SLOW_AGAIN, SLOWEST_WAIT = 8.0, 4.0, 16.0  # seconds, where it thinks or searches first
UNHEARD = 2.5  # seconds for the first sign that it has heard a short answer at all: a transcript, a voice
AFTERTHOUGHT = 1.5  # seconds after the end of a turn in which a sentence that was broken off may still go on
EMPTY = 0.7  # seconds after an empty turn in which the real one may still begin
DRY = 3.0  # seconds without sound, once all that came was heard, after which a turn has stopped
FASTEST = 25.0  # letters a second: where the words come ahead of their sound, so much of that must have come
FAINT = -55.0  # dBFS below which the agent cannot be heard on a telephone
NEAR_SILENCE = 2.0  # seconds of that which no sentence begins with
PAUSE = 4.0  # seconds of that which no sentence has in it
SHORT = 1.2  # seconds of the caller's that a model overlooks: "yes"
OVERLOOKED = 2  # such answers in a row that we act on: a television gives them, too
SOFT_LIMIT = 3  # times that we act on what the caller could hear, but should not have

PCM_RATE = 24_000  # Hz, s16le, of what the model says
ENDS = ".!?…。！？؟।॥"  # what a sentence ends with
AROUND = "\"'”’»)] \n"  # and what may stand behind that
NO_FAULT = ("", "TURN_COMPLETE_REASON_UNSPECIFIED", "NEED_MORE_INPUT")  # turnCompleteReasons of a good turn


class Trouble(enum.Enum):
    """What goes wrong; the value is for the log."""

    NEAR_SILENT = "the agent's sound is too faint to be heard"
    EMPTY = "a turn came without a word"
    REJECTED = "the model was not allowed to say its turn"
    STALL = "a reply is owed, and nothing comes"
    TOOL_STALL = "a function has answered, and nothing follows"
    IGNORED = "the caller said something short, and the model took no notice"
    ENDLESS = "a turn stopped without being completed"
    BROKEN_OFF = "an answer ended in mid-sentence"
    OTHER_LANGUAGE = "an answer came in another language"
    NOTHING_INTERRUPTED = "the model took nothing for an interruption"


class Cure(enum.Enum):
    """What is done about it."""

    NONE = "nothing"
    NUDGE = "the model is told"
    RESUME = "another session goes on where this one is"
    FRESH = "a new session is told what was said"
    FALLBACK = "the call leaves the model"


LADDER = (Cure.NUDGE, Cure.RESUME, Cure.FRESH, Cure.FALLBACK)
SOFT = {Trouble.IGNORED, Trouble.BROKEN_OFF, Trouble.OTHER_LANGUAGE}  # nobody sits in silence
OWED = {Trouble.STALL, Trouble.TOOL_STALL, Trouble.IGNORED}


@dataclass(frozen=True, slots=True)
class Alarm:
    trouble: Trouble
    cure: Cure


@dataclass(slots=True)
class _Turn:
    """What has come of the model's turn."""

    text: str = ""
    sound: float = 0.0  # seconds
    faint: float = 0.0  # seconds of it, the last ones, that cannot be heard
    audible: bool = False
    generated: bool = False  # the model says that all of it has come

    @property
    def whole(self) -> bool:
        """Whether it ends as a sentence does."""
        return self.text.rstrip(AROUND).endswith(tuple(ENDS))


class Guards:
    """`timers` are the call's; `language` what the agent is pinned to; `slow`: the model thinks or looks things up
    before it speaks; `silent`: it may answer nothing to the caller.
    """

    def __init__(self, timers: Timers, language: str | None = None, slow: bool = False, silent: bool = False) -> None:
        self.troubles: Counter[Trouble] = Counter()
        self.cures: Counter[Cure] = Counter()
        self._timers = timers
        self._language = language
        self._reply, self._again = (SLOW_REPLY, SLOW_AGAIN) if slow else (REPLY, AGAIN)
        self._longest = SLOWEST_WAIT if slow else LONGEST_WAIT
        self._silent = silent
        self._listens = False  # there is a session
        self._speaking = False  # the caller, by our own ear
        self._understood = False  # the model gave a transcript of the caller's turn
        self._nothing = False  # and answered it by an empty turn before the caller was done
        self._replied = False  # and answered it, by our ear before the caller was done
        self._worry: Trouble | None = None  # what it will have been when the timer comes
        self._since: float | None = None  # the caller waits for a sound that is owed
        self._waited = 0.0  # seconds that they did so before a function was called
        self._turn = _Turn()
        self._void = False  # the turn was interrupted: how it ends says nothing
        self._rung = 0  # of the ladder: where the next cure stands
        self._overlooked = 0
        self._punctuates = False  # its transcripts end sentences with a point

    @property
    def in_turn(self) -> bool:
        """Whether the model has begun a turn that it has not completed."""
        return bool(self._turn.sound or self._turn.text)

    def mishaps(self, silenced: int, went_on: int) -> Mishaps:
        """The counters, with those of our own ear."""
        troubles = {trouble.name.lower(): count for trouble, count in self.troubles.items()}
        return Mishaps(troubles, {cure.name.lower(): count for cure, count in self.cures.items()}, silenced, went_on)

    # What the caller and we do.

    def told(self, now: float, silence: float | None = None) -> None:
        """The model was told something that it is to answer; the caller has had `silence` since then, if not from now
        on: the time without a model and that without a word of it are one time for who waits."""
        if self._since is None:
            self._since = now if silence is None else silence + PATIENCE
        self._expect(Trouble.STALL, now + (self._again if self._rung else self._reply))

    def answered(self, held: float, now: float) -> None:
        """Its functions have answered; `held`: seconds of its voice that are still to be heard."""
        self._since = now + held - self._waited
        self._expect(Trouble.TOOL_STALL, now + held + self._reply)

    def caller_begins(self) -> None:
        """By our own ear. Who speaks waits for nothing."""
        self._owe_nothing()
        self._speaking, self._understood, self._nothing, self._replied = True, False, False, False

    def caller_ends(self, spoke: float, held: float, now: float) -> None:
        """The caller has spoken for so many seconds; `held`: seconds of the agent that are still to be heard."""
        self._speaking = False
        if held or (self._turn.sound and not self._turn.generated):  # it talks on
            self.goes_on(held, now)
            return
        if not self._nothing and (self._silent or self._replied or self._worry is Trouble.TOOL_STALL):
            return
        self._since = now
        if self._nothing:
            self._expect(Trouble.EMPTY, now + EMPTY)
        elif self._understood or spoke > SHORT or self._overlooked >= OVERLOOKED:
            self._expect(Trouble.STALL, now + self._reply)
        else:
            self._expect(Trouble.IGNORED, now + UNHEARD)

    def understood(self, now: float) -> None:
        """A piece of the caller's transcript."""
        self._overlooked = 0
        self._understood, self._replied = True, False
        if self._worry is Trouble.IGNORED:
            self._expect(Trouble.STALL, now + self._reply)

    def stop(self) -> None:
        """Nothing is owed to anybody now: the model waits for more, the caller is away, the call ends."""
        self._owe_nothing()
        self._turn = _Turn()

    def begin(self, now: float) -> None:
        """A session listens. It owes what an earlier one did."""
        owed = self._worry in OWED
        self._listens, self._void, self._turn = True, False, _Turn()
        if owed:
            self.told(now)

    def leave(self) -> None:
        """The session is gone. What was owed remains so, and nobody waits longer for it because of that."""
        self._listens = False
        if self._since is None:
            self._rest()
        else:
            self._worry = self._worry if self._worry in OWED else Trouble.STALL
            self._timers.start(Timer.GUARD, self._since + self._longest)

    # What the model does.

    def says(self, text: str, held: float, now: float) -> None:
        """A piece of its transcript."""
        self._void = False
        self._turn.text += text
        self._expect(Trouble.ENDLESS, now + held + DRY)

    def sounds(self, pcm: bytes, held: float, now: float) -> Alarm | None:
        """A piece of its voice: s16le at 24 kHz; `held`: seconds that are still to be heard, this piece included."""
        turn, seconds = self._turn, len(pcm) / 2 / PCM_RATE
        self._void = False
        turn.sound += seconds
        faint = _level(pcm) < FAINT
        if not faint:
            turn.audible, self._since, self._waited = True, None, 0.0
        turn.faint = turn.faint + seconds if faint else 0.0
        self._expect(Trouble.ENDLESS, now + held + DRY)
        if turn.faint < (PAUSE if turn.audible else NEAR_SILENCE):
            return None
        turn.faint = -math.inf  # once a turn
        return self._alarm(Trouble.NEAR_SILENT)

    def calls(self, now: float) -> None:
        """It wants a function run: an answer of sorts, and the tool has a time limit of its own. How long the caller
        has waited before that counts on when it has answered."""
        waited = self._waited if self._since is None else max(0.0, now - self._since)
        self._owe_nothing()
        self._waited, self._turn = waited, _Turn()

    def interrupted(self, playing: bool) -> None:
        """It has fallen silent for the caller; `playing`: whether it was to be heard."""
        if not playing and not self.in_turn:
            if not self._void:  # else it is how a turn ends that we cut
                self.troubles[Trouble.NOTHING_INTERRUPTED] += 1
            return
        if self._turn.audible:
            self._rung = 0  # somebody heard it
        self.cut()

    def cut(self) -> None:
        """What there is of a turn counts no more, nor does how it ends."""
        self._rest()
        self._turn, self._void = _Turn(), self.in_turn

    def goes_on(self, held: float, now: float) -> None:
        """The agent, silenced by our own ear, is to be heard again: the turn that was coming may still end."""
        if self._turn.sound:
            self._expect(Trouble.ENDLESS, now + held + DRY)

    def generated(self) -> Alarm | None:
        """All of the turn has come."""
        self._turn.generated = True
        if self._language and is_other(self._turn.text, self._language):
            self._turn.text = ""
            return self._alarm(Trouble.OTHER_LANGUAGE)
        return None

    def completes(self, complete: TurnComplete, held: float, now: float) -> Alarm | None:
        """The turn is over."""
        if (alarm := self.generated()) is not None:
            self._turn = _Turn()
            return alarm
        turn, self._turn = self._turn, _Turn()
        void, self._void = self._void, False
        if complete.reason not in NO_FAULT and not (turn.audible and turn.whole):  # whatever it means, it was answered
            return self._alarm(Trouble.REJECTED)
        if complete.reason == "NEED_MORE_INPUT":
            self._owe_nothing()
        elif complete.goes_on:
            self._since = None
            self._expect(Trouble.STALL, now + held + SLOW_REPLY)
        elif turn.sound and not turn.audible:
            return self._alarm(Trouble.NEAR_SILENT)
        elif turn.sound:
            self._said(turn, held, now)
        elif self._worry in (Trouble.STALL, Trouble.IGNORED) and not void:  # else it may end a function's call
            self._expect(Trouble.EMPTY, now + EMPTY)
        else:
            self._nothing = self._speaking and not void
        return None

    def _said(self, turn: _Turn, held: float, now: float) -> None:
        self._owe_nothing()
        self._replied = self._speaking and self._understood
        self._punctuates |= turn.whole
        text = turn.text.rstrip()
        if text and not turn.whole and (self._punctuates or text[-1] in ",;:-–"):
            self._expect(Trouble.BROKEN_OFF, now + held + AFTERTHOUGHT)
        elif turn.audible:
            self._rung = 0

    # Time.

    def time_is_up(self, now: float) -> Alarm | None:
        """The timer: what was worried about has happened."""
        worry, turn = self._worry, self._turn
        if worry is None:
            return None
        if self._since is not None and now >= self._since + self._longest:
            return self._alarm(worry, last=True)
        if worry is Trouble.IGNORED:
            self._overlooked += 1
        if worry is Trouble.ENDLESS:
            self._turn = _Turn()
            said = turn.whole and turn.sound >= len(turn.text) / FASTEST
            if turn.audible and (turn.generated or said):  # it has only not said so
                self.troubles[worry] += 1
                return Alarm(worry, Cure.NONE)
            if turn.audible:
                self._since = now - DRY
        return self._alarm(worry)

    def _alarm(self, trouble: Trouble, last: bool = False) -> Alarm:
        """`last`: there is no time left for another cure."""
        self._rest()
        self.troubles[trouble] += 1
        if last:
            cure = Cure.FALLBACK
        elif trouble not in SOFT:
            cure = LADDER[min(self._rung, len(LADDER) - 1)]
        elif self.troubles[trouble] > SOFT_LIMIT:
            return Alarm(trouble, Cure.NONE)
        else:
            cure = LADDER[min(self._rung, len(LADDER) - 2)]
        self._rung += 1
        self.cures[cure] += 1
        return Alarm(trouble, cure)

    def _expect(self, worry: Trouble, due: float) -> None:
        self._worry = worry
        if self._listens:
            self._timers.start(Timer.GUARD, due if self._since is None else min(due, self._since + self._longest))

    def _owe_nothing(self) -> None:
        self._rest()
        self._since, self._waited = None, 0.0

    def _rest(self) -> None:
        self._worry = None
        self._timers.stop(Timer.GUARD)


def _level(pcm: bytes) -> float:
    """RMS of s16 in dBFS."""
    rms = audioop.rms(pcm[: len(pcm) & ~1], 2)
    return 20 * math.log10(rms / 32768) if rms else -math.inf
