"""The end of a call that we bring about: why, and the turn of the agent's that must be heard before."""

from __future__ import annotations

from .phone.playback import Turn
from .states import Timer, Timers


class Goodbye:
    """`why` stays when the goodbye is called off. `timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self.why = ""
        self._farewell: Turn | None = None
        self._timers = timers

    def begin(self, why: str, now: float) -> None:
        """The model's next turn is the farewell."""
        self.why = why
        self._timers.stop(Timer.IDLE, Timer.SETUP, Timer.ANSWER, Timer.REDIAL)
        self._timers.wait(Timer.FAREWELL, now)

    def said_in(self, turn: Turn, now: float) -> None:
        """The model speaks: the first turn that it does so in is the farewell, and more of it may come."""
        if self._farewell is None:
            self._farewell = turn
        if Timer.FAREWELL in self._timers:
            self._timers.wait(Timer.FAREWELL, now)

    def is_said_in(self, turn: Turn | None) -> bool:
        return turn is not None and turn is self._farewell

    def interrupted(self) -> bool:
        """Whether that calls it off: who speaks over it is not hung up on.

        But telling the model that time is up interrupts it, too.
        """
        return self.why != Timer.LONGEST.value or self._farewell is not None

    def call_off(self) -> None:
        self._farewell = None
        self._timers.stop(Timer.FAREWELL, Timer.ECHO)

    def waits(self, held: float, now: float) -> None:
        """If all is said, so many seconds of it are still to be heard."""
        if Timer.ECHO in self._timers:
            self._timers.wait(Timer.ECHO, now + held)

    def is_heard(self, held: float, now: float) -> bool:
        """Nothing more is said: whether nothing is left to be heard. `held`: seconds that Twilio has yet to play."""
        self._timers.stop(Timer.FAREWELL)
        if held == 0 and self._farewell is None:
            return True
        self._timers.wait(Timer.ECHO, now + held)
        return False
