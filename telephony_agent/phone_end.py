"""The phone's end of a call: since when there is a caller, and how long a stream that is not there is waited for."""

from __future__ import annotations

from .states import PATIENCE, ROUNDS, ROUNDS_WITHIN, Timer, Timers


class PhoneEnd:
    """`longest`: seconds that the call may last. `timers` are the call's."""

    def __init__(self, longest: float, timers: Timers) -> None:
        self._longest = longest
        self._timers = timers
        self._began: float | None = None
        self._asked: list[float] = []

    def lasted(self, now: float) -> float:
        """Seconds since the caller was on the line."""
        return now - self._began if self._began is not None else 0.0

    def is_there(self, now: float) -> None:
        self._timers.stop(Timer.STREAM, Timer.PREWARM, Timer.AWAY)
        if self._began is None:
            self._began = now
            self._timers.start(Timer.LONGEST, now + self._longest)

    def asks_next(self, now: float) -> bool:
        """Twilio has no stream and asks what to do: whether it may have another one."""
        self._asked = [at for at in self._asked if at > now - ROUNDS_WITHIN] + [now]
        return len(self._asked) <= ROUNDS

    def gets_another(self, now: float) -> None:
        """It is told to open one."""
        waits = Timer.STREAM if self._began is None else Timer.AWAY
        self._timers.start(waits, now + PATIENCE[Timer.STREAM])
