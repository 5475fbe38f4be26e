"""The agent leaves: why, what follows, and the turn of its own that must be heard before."""

from __future__ import annotations

from .phone.playback import Turn
from .record.entries import Errand, Follows, Next, Voicemail
from .states import Timer, Timers


class Goodbye:
    """`why` stays when the goodbye is called off. `timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self.why = ""
        self._limit = ""  # why the call may not go on
        self.next: Follows = Next.HANG_UP
        self._farewell: Turn | None = None
        self._timers = timers

    def begin(self, why: str, now: float, next: Follows = Next.HANG_UP) -> None:
        """The model's next turn is the farewell."""
        self.why, self.next = why, next
        self._timers.stop(Timer.IDLE, Timer.SETUP, Timer.ANSWER, Timer.REDIAL)
        self._timers.wait(Timer.FAREWELL, now)

    def insist(self, why: str, now: float) -> None:
        """The call may not go on, also if we are leaving it already: a farewell may go on and on."""
        self.why = self._limit = why
        self._timers.stop(Timer.LONGEST)
        self._timers.wait(Timer.LAST_CHANCE, now)

    @property
    def insists(self) -> bool:
        return bool(self._limit)

    def said_in(self, turn: Turn, now: float) -> None:
        """The model speaks: the first turn that it does so in is the farewell, and more of it may come."""
        if self._farewell is None:
            self._farewell = turn
        if Timer.FAREWELL in self._timers:
            self._timers.wait(Timer.FAREWELL, now)

    @property
    def words(self) -> str:
        """Of the farewell, as far as they were transcribed."""
        return self._farewell.text if self._farewell else ""

    def is_said_in(self, turn: Turn | None) -> bool:
        return turn is not None and turn is self._farewell

    def interrupted(self) -> bool:
        """Whether that calls it off: who speaks over it is not hung up on.

        But telling the model that the call may not go on interrupts it, too.
        """
        return not self.leads_on and (self.why != self._limit or self._farewell is not None)

    @property
    def leads_on(self) -> bool:
        """Whether somebody is waiting elsewhere: who speaks over those last words has agreed to it."""
        return isinstance(self.next, Errand | Voicemail)

    def is_agreed_to(self, held: float) -> bool:
        """They were spoken over."""
        return (self.leads_on and self._farewell is not None) or self.is_all_heard(held)

    def call_off(self) -> None:
        self._farewell, self.next = None, Next.HANG_UP
        self._timers.stop(Timer.FAREWELL, Timer.ECHO)

    def waits(self, held: float, now: float) -> None:
        """If all is said, so many seconds of it are still to be heard."""
        if Timer.ECHO in self._timers:
            self._timers.wait(Timer.ECHO, now + held)

    def is_all_heard(self, held: float) -> bool:
        """Whether all was said before, and nothing of it is left to be heard."""
        return self.leads_on and Timer.ECHO in self._timers and held == 0

    def is_heard(self, held: float, now: float) -> bool:
        """Nothing more is said: whether nothing is left to be heard. `held`: seconds that Twilio has yet to play."""
        self._timers.stop(Timer.FAREWELL)
        if held == 0 and self._farewell is None:
            return True
        self._timers.wait(Timer.ECHO, now + held)
        return False
