"""The phone's end of a call: since when there is a caller, and how long a stream that is not there is waited for."""

from __future__ import annotations

from .states import FETCHED, PATIENCE, ROUNDS, ROUNDS_WITHIN, Timer, Timers


class PhoneEnd:
    """`longest`: seconds that the call may last. `timers` are the call's."""

    def __init__(self, longest: float, timers: Timers) -> None:
        self._longest = longest
        self._timers = timers
        self._began: float | None = None
        self._fetched: float | None = None  # when Twilio was last told to ask what follows
        self._asked: list[float] = []

    def lasted(self, now: float) -> float:
        """Seconds since the caller was on the line."""
        return now - self._began if self._began is not None else 0.0

    def is_there(self, now: float) -> None:
        self._timers.stop(Timer.STREAM, Timer.PREWARM, Timer.AWAY, Timer.FETCH)
        if self._began is None:
            self._began = now
            self._timers.start(Timer.LONGEST, now + self._longest)

    def is_fetched(self, now: float) -> None:
        """Twilio is told to ask what follows, wherever the caller is."""
        self._fetched = now

    def stops_for_us(self, now: float) -> bool:
        """Whether a stream that stops may do so for that, and not because the caller has hung up."""
        return self._fetched is not None and now < self._fetched + FETCHED

    def asks_next(self, now: float) -> bool:
        """Twilio has no stream and asks what to do: whether it may have another one."""
        self._timers.stop(Timer.FETCH)
        self._asked = [at for at in self._asked if at > now - ROUNDS_WITHIN] + [now]
        return len(self._asked) <= ROUNDS

    def gets_another(self, now: float) -> None:
        """It is told to open one."""
        waits = Timer.STREAM if self._began is None else Timer.AWAY
        self._timers.start(waits, now + PATIENCE[Timer.STREAM])
