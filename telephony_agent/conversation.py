"""What is said and done between the two ends, whatever state the call is in: both voices, the functions, the news.

`Call` decides when; each method here returns the actions that follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import briefing
from .errands import Errands
from .hearing import Hearing
from .live import messages as live
from .memory import Event, Memory
from .phone import messages as phone
from .phone.playback import BYTES_PER_SECOND, Clip, Source, Turn
from .record.entries import AgentTurn, Entry
from .states import UNANSWERED
from .steps import Action, Record, ToLive, ToolDone, ToPhone
from .voice import Voice, entry


class Conversation:
    """`greeting`: what the model is told first; `local`: our own ear says when the caller speaks, not the model's."""

    def __init__(self, greeting: str, local: bool = False) -> None:
        self.voice: Voice | None = None  # on the stream that is attached
        self.errands = Errands()
        self._hearing = Hearing(local)
        self._memory = Memory()
        self._spoken = False  # the agent, ever
        self._owed: float | None = None  # since when words of the agent's are due
        self._unfinished = False  # it has begun a turn, and not completed it
        self._asked = ""  # what the caller has said since the agent last completed one
        self._told = ""  # words of ours that it has not answered
        # What the model must be told when both ends are there (again).
        self._news = [greeting] if greeting else []
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Bytes of mu-law, of either side, that found no room."""
        return self._hearing.dropped + self._dropped + (self.voice.dropped if self.voice else 0)

    def held(self, now: float) -> float:
        """Seconds of the agent that the caller has not heard: Twilio holds them, or we do."""
        return self.voice.playback.unheard(now) / BYTES_PER_SECOND if self.voice else 0.0

    @property
    def silent_since(self) -> float:
        """Since when there is nothing of the agent's to be heard; in the future, as long as there is."""
        return self.voice.playback.dry_at if self.voice else -math.inf

    def quiet_at(self, now: float) -> float | None:
        """From when on nobody speaks and nothing is owed, if nothing happens meanwhile; None: not as things are."""
        if self._unfinished or self.errands:
            return None
        heard = now + self.held(now)
        return heard if self._owed is None else max(heard, self._owed + UNANSWERED)

    # The stream comes and goes.

    def begin_stream(self, now: float) -> list[Action]:
        """A newer stream replaces an older one."""
        actions = self.end_stream(now)
        self.voice = Voice()
        return actions

    def end_stream(self, now: float) -> list[Action]:
        """What Twilio held is gone; what of it was not heard, the model is told when the stream is back."""
        if self.voice is None:
            return []
        turns = self.voice.playback.end(now)
        self._dropped += self.voice.dropped
        self.voice = None
        if missed := " ".join(turn.text.removeprefix(turn.text_heard).strip() for turn in turns).strip():
            self._news.append(briefing.UNHEARD.format(missed=missed))
        return records(turns)

    # The model comes and goes.

    def end_session(self, now: float, replay: bool = True) -> list[Action]:
        """What the model was doing, nobody will finish. What Twilio holds plays on.

        `replay`: what it was told last may be told again. To greet, it is told until it has spoken.
        """
        self.errands.orphan()
        self._hearing.leave(replay)
        if not replay:
            self._memory.forget_last_answers()
        owed = self._owed is not None and now < self._owed + UNANSWERED
        if owed and self._told and (replay or not self._spoken):
            self._news.append(self._told)
        if self.voice is not None and self.voice.turn is not None:
            self._news.append(briefing.CUT_OFF.format(said=self.voice.turn.text))
        elif (
            owed and self._asked and (words := briefing.UNANSWERED.format(asked=self._asked.strip())) not in self._told
        ):
            self._news.append(words)
        self._owed, self._unfinished, self._told = None, False, ""
        return self.finish(now)

    def remember(self, entry: Entry) -> None:
        """As part of what a session that knows nothing of it is told."""
        self._memory.note(entry)

    def since(self, moment: float) -> list[Event]:
        """What was said and done from then on, with what is still being said."""
        saying = self.voice.going_on if self.voice else []
        return self._memory.since(moment, filter(None, [*saying, self._hearing.going_on]))

    def add_news(self, words: str) -> None:
        """To be told when both ends are there again; once is enough."""
        if not any(words in each for each in self._news):
            self._news.append(words)

    def news(self) -> str:
        """What has happened behind the model's back; told once."""
        news, self._news = " ".join(self._news), []
        return news

    def tell(self, words: str, now: float) -> None:
        """The model is told something that it should answer."""
        self._told = f"{self._told} {words}".strip()
        self._owe(now)

    def _owe(self, now: float) -> None:
        if self._owed is None:
            self._owed = now

    # The caller.

    @property
    def asked(self) -> str:
        """What the caller has said since the agent last completed a turn."""
        return self._asked

    def hear(self, ulaw: bytes, listening: bool, speaking: bool) -> list[Action]:
        """A piece of the caller's sound, for a model if one is `listening`; `speaking`: by our own ear."""
        return [ToLive(command) for command in self._hearing.hear(ulaw, listening, speaking)]

    def understand(self, text: str, now: float) -> None:
        """A piece of the caller's transcript."""
        self._hearing.note(text, now)
        self._asked += text
        if not self._unfinished:  # else it may be the transcript of what is being answered
            self._owe(now)

    def caller_done(self) -> list[Action]:
        """The caller's turn is over, as far as can be told."""
        turn = self._hearing.turn()
        return [Record(turn)] if turn else []

    # The agent.

    def play(self, clip: Clip, now: float) -> list[Action]:
        """A recording, at once. There must be a stream."""
        assert self.voice is not None, "nobody would hear it"
        return to_phone(self.voice.play(clip, now))

    @property
    def plays(self) -> bool:
        """Whether a recording has not been heard to its end."""
        return self.voice is not None and self.voice.plays

    def play_music(self, ulaw: bytes, now: float) -> list[Action]:
        return to_phone(self.voice.play_music(ulaw, now)) if self.voice else []

    @property
    def plays_music(self) -> bool:
        """Whether the caller is on hold, and neither side hears the other."""
        return self.voice is not None and self.voice.plays_music

    def stop_music(self, now: float) -> list[Action]:
        if self.voice is None or not self.plays_music:
            return []
        commands, cut = self.voice.clear(now)
        return [*to_phone(commands), *records(cut)]

    def say(self, pcm: bytes, now: float) -> list[Action]:
        if self.voice is None:
            return []
        self._hearing.answered()
        self._spoken = self._unfinished = True
        self._owed, self._told = None, ""
        return to_phone(self.voice.say(pcm, now))

    def begin_turn(self, now: float) -> Turn:
        """The agent's, if none is being sent. There must be a stream."""
        assert self.voice is not None, "nobody would hear it"
        return self.voice.begun(now)

    def note(self, text: str, now: float) -> None:
        """A piece of the agent's transcript."""
        if self.voice:
            self._unfinished = True
            self.voice.begun(now).note(text)

    def finish(self, now: float) -> list[Action]:
        """Nothing more belongs to the turn that is being sent."""
        return to_phone(self.voice.finish(now)) if self.voice else []

    def complete(self, now: float) -> list[Action]:
        """The model's turn is over."""
        self._unfinished = False
        if self._owed is None:
            self._asked = ""
        return self.caller_done()

    def interrupt(self, now: float) -> tuple[list[Action], list[AgentTurn]]:
        """What Twilio holds is void; the turns that this cuts."""
        if self.voice is None:
            return [], []
        self._unfinished = False
        self._owe(now)
        commands, cut = self.voice.clear(now)
        return [*to_phone(commands), *self.caller_done(), *records(cut)], [entry(turn) for turn in cut]

    @property
    def holding(self) -> bool:
        """Whether the agent is silenced and may go on."""
        return self.voice is not None and self.voice.playback.holding

    def lately(self, now: float) -> bytes:
        """Mu-law of the agent that the caller has been hearing."""
        return self.voice.playback.lately(now) if self.voice else b""

    def hold(self, now: float) -> list[Action]:
        """Silence, for now: what was not heard is kept, and what comes."""
        return to_phone(self.voice.playback.hold(now)) if self.voice else []

    def go_on(self, now: float) -> list[Action]:
        """With what was kept."""
        return to_phone(self.voice.playback.go_on(now)) if self.voice else []

    def played(self, mark: str, now: float) -> list[Turn]:
        """The turns that have been heard to their end."""
        return self.voice.playback.played(mark, now) if self.voice else []

    # The functions.

    def run(self, call: live.ToolCall, now: float) -> list[Action]:
        return [*self.caller_done(), *self.errands.begin(call, now)]

    def cancel(self, ids: Sequence[str], now: float) -> list[Action]:
        return [action for id in ids for action in self.errands.cancel(id, now)]

    def answer(self, done: ToolDone, now: float) -> tuple[str, list[Action]] | None:
        """The function's name, and its answer to the session that asked, else as news. None if nobody wants it."""
        errand = self.errands.done(done.id, now)
        if errand is None:
            return None
        actions: list[Action] = [errand.record(now, done.response, answered=not errand.orphan)]
        if errand.orphan:
            self._news.append(briefing.late_result(errand.call, done.response))
        else:
            self._owe(now)
            actions.append(ToLive(live.ToolResult(errand.call.id, errand.call.name, done.response)))
        return errand.call.name, actions

    def end(self, now: float) -> list[Action]:
        """What remains to be recorded and stopped."""
        return [*self.caller_done(), *self.end_stream(now), *self.errands.cancel_all(now)]


def to_phone(commands: Sequence[phone.Command]) -> list[Action]:
    return [ToPhone(command) for command in commands]


def records(turns: Sequence[Turn]) -> list[Action]:
    return [Record(entry(turn)) for turn in turns if turn.source is not Source.MUSIC]
