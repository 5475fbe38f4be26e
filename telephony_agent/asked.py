"""What the functions of a call ask of it, and what comes of that: keys, messages, somebody who takes the call."""

from __future__ import annotations

import logging
from dataclasses import replace

from . import briefing, steps
from .consulting import Stage
from .course import Course
from .on_hold import LEAD, WAIT
from .record.entries import Announce, Meet, Noted, PressDigits
from .states import State, Timer
from .steps import OURS, Action, Record
from .toolbox.context import (
    CollectDigits,
    Consult,
    Fetch,
    KeepOnHold,
    PauseRecording,
    RecordCall,
    Release,
    Request,
    ResumeRecording,
)

logger = logging.getLogger(__name__)

TAKEN = "another function is collecting the keys that the caller presses"
UNPAUSED = (
    "the recording of the call could not be paused, so nothing secret was taken; "
    "tell the caller not to press it now, and try again later or offer another way"
)


class Asked(Course):
    """Each request has its answer sooner or later, unless the function gives up."""

    def _requested(self, id: int, request: Request, now: float) -> list[Action]:
        match request:
            case CollectDigits():
                return self._collect(id, request, now)
            case KeepOnHold(music):
                self._on_hold.keep(id, music)
                return self._keep_on_hold(now)
            case PressDigits():
                return self._press(id, request, now)
            case Consult():
                request = replace(request, language=request.language or self._agent.language or "")
                return self._consulting.begin(id) or [steps.Arrange(id, request)]
            case RecordCall():
                actions = self._taping.record(id, request)
                return actions + self._announce(now) if self._taping.waits_for_notice else actions
            case PauseRecording():
                return self._taping.pause(id)
            case ResumeRecording():
                return self._taping.resume(id)
            case _:
                return [steps.Arrange(id, request)]

    def _collect(self, id: int, request: CollectDigits, now: float) -> list[Action]:
        """From now on; what is secret, as soon as it can't be on a recording."""
        if self._keypad.collects:
            return [steps.Settle(id, error=TAKEN)]
        actions = self._keypad.collect(id, request, now)
        actions += self._taping.hush() if request.secret else self._speak_up()
        return actions + self._begin_to_collect(now)

    def _begin_to_collect(self, now: float) -> list[Action]:
        """If a function wants to. What is secret and would be recorded, nobody is asked for before."""
        if not self._keypad.waits:
            return []
        if self._keypad.secret and self._taping.runs:
            return self._floor.keep_back(now)
        begun = self._keypad.begin(self.conversation.held(now), now)
        return begun + self._floor.let_go_on(now)

    def _unpaused(self, now: float) -> list[Action]:
        """Twilio has not paused the recording, so what the agent may have begun to ask for is not asked for."""
        if not self._keypad.waits:
            return []
        logger.warning("%s: %s", self._incoming.call_sid, UNPAUSED)
        return self._keypad.refuse(UNPAUSED, now) + self._unask(now)

    def _unask(self, now: float) -> list[Action]:
        """No function waits for the answer to what the agent is saying."""
        self._timers.stop(Timer.QUESTION)
        return self._floor.cut(now) if self._talks(now) else self._floor.let_go_on(now)

    def _talks(self, now: float) -> bool:
        """Whether the agent does, and may be silenced."""
        plays = self.conversation.plays or self.conversation.plays_music
        return self.state is State.TALKING and self.conversation.held(now) > 0 and not plays

    def _arranged(self, done: steps.Arranged, now: float) -> list[Action]:
        if isinstance(done.request, Release | Fetch):
            return []
        facts = {"sid": done.sid} if done.sid else {"error": done.error}
        noted = Record(Noted(now, type(done.request).__name__, facts))
        if done.sid and isinstance(done.request, Consult):  # the function waits for what they say
            return [noted, *self._consulting.placed(done.id, done.sid)]
        taped = self._taping.arranged(done)
        if isinstance(done.request, PauseRecording) and done.id == OURS and not done.sid:
            return [noted, *taped, *self._unpaused(now)]
        taped += self._begin_to_collect(now)
        settled = steps.Settle(done.id, done.sid, done.error)
        return [noted, *taped, *self._consulting.give_up(done.id), settled]

    def _speak_up(self) -> list[Action]:
        """If no key is secret any more."""
        return self._taping.speak_up() if self._taping.is_hushed and not self._keypad.secret else []

    def _announce(self, now: float) -> list[Action]:
        """That the call is recorded: the caller is hearing so, or does as soon as the agent has been heard."""
        if self.conversation.plays and self._agent.recording_notice:
            return []
        words = self._taping.notice or self._agent.recording_notice
        if not words:
            return self._taping.refuse()
        if self.state is not State.TALKING or not self._move("leave"):
            return self._taping.refuse("the call can't be recorded now: nobody is on the line")
        self._guards.stop()
        self._goodbye.begin("a recording was to be announced", now, Announce(words, self._agent.language or ""))
        return self._last_words(now)

    def _press(self, id: int, errand: PressDigits, now: float) -> list[Action]:
        """As soon as what the agent is saying has been heard."""
        if self.state is not State.TALKING or not self._move("leave"):
            return [steps.Settle(id, error="no keys can be pressed now: nobody is on the line")]
        self._guards.stop()
        self._outing.is_wanted_by(id)
        self._goodbye.begin("keys were to be pressed", now, errand)
        return self._last_words(now)

    # On hold.

    def _keep_on_hold(self, now: float) -> list[Action]:
        """Music, as soon as the agent has been heard, and more of it."""
        if not self._on_hold or self.state not in (State.DIALLING, State.TALKING):
            return []  # when there is a stream again, there is music
        held, plays = self.conversation.held(now), self.conversation.plays_music
        if (held > 0 and not plays) or self._guards.in_turn:
            self._timers.start(Timer.MUSIC, now + WAIT)
            return []
        self._guards.stop()
        actions = self.conversation.play_music(self._on_hold.piece(), now)
        self._timers.start(Timer.MUSIC, now + self.conversation.held(now) - LEAD)
        return self._at_rest(actions, now)

    def _gave_up(self, id: int, now: float) -> list[Action]:
        if self._on_hold.let_go(id):
            return self._off_hold(now) + self._tell_news(now)
        unasked = self._unask(now) if self._keypad.give_up(id, now) else []
        self._taping.give_up(id)
        self._outing.give_up(id)
        return unasked + self._consulting.give_up(id)

    # Who is called about the caller.

    def _consulted(self, decided: steps.Consulted, now: float) -> list[Action]:
        before = self._consulting.stage
        actions = self._consulting.decided(decided.sid, decided.takes_it)
        if self._consulting.stage is not Stage.NOBODY:
            return actions
        match before:
            case Stage.WAITS if self.state is State.LEAVING and isinstance(self._goodbye.next, Meet):
                self._goodbye.call_off()
                self._move("interrupted")
                return actions + self._interject(briefing.COLLEAGUE_GONE, now)
            case Stage.WAITS | Stage.MET if self.state is State.AWAY:
                self._outing.in_vain(now)
        return actions

    def _let_go(self) -> list[Action]:
        """No function will have the caller join who waits."""
        joins = self.state in (State.LEAVING, State.AWAY) or self.conversation.errands
        return [] if joins or not self._consulting.waits else self._consulting.let_go()
