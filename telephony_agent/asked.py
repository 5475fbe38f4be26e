"""What the functions of a call ask of it, and what comes of that: keys, messages, somebody who takes the call."""

from __future__ import annotations

from . import briefing, steps
from .consulting import Stage
from .course import Course
from .record.entries import Meet, Noted, PressDigits
from .states import State
from .steps import Action, Record
from .toolbox.context import CollectDigits, Consult, Fetch, Release, Request


class Asked(Course):
    """Each request has its answer sooner or later, unless the function gives up."""

    def _requested(self, id: int, request: Request, now: float) -> list[Action]:
        match request:
            case CollectDigits():
                return self._keypad.collect(id, request, self.conversation.held(now), now)
            case PressDigits():
                return self._press(id, request, now)
            case Consult():
                return self._consulting.begin(id) or [steps.Arrange(id, request)]
            case _:
                return [steps.Arrange(id, request)]

    def _arranged(self, done: steps.Arranged, now: float) -> list[Action]:
        if isinstance(done.request, Release | Fetch):
            return []
        facts = {"sid": done.sid} if done.sid else {"error": done.error}
        noted = Record(Noted(now, type(done.request).__name__, facts))
        if done.sid and isinstance(done.request, Consult):  # the function waits for what they say
            return [noted, *self._consulting.placed(done.id, done.sid)]
        return [noted, *self._consulting.give_up(done.id), steps.Settle(done.id, done.sid, done.error)]

    def _press(self, id: int, errand: PressDigits, now: float) -> list[Action]:
        """As soon as what the agent is saying has been heard."""
        if self.state is not State.TALKING or not self._move("leave"):
            return [steps.Settle(id, error="no keys can be pressed now: nobody is on the line")]
        self._guards.stop()
        self._outing.is_wanted_by(id)
        self._goodbye.begin("keys were to be pressed", now, errand)
        return self._last_words(now)

    def _gave_up(self, id: int) -> list[Action]:
        self._keypad.give_up(id)
        self._outing.give_up(id)
        return self._consulting.give_up(id)

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
