"""The clock of a caller who says nothing: asked once whether anybody is there, then hung up on."""

from __future__ import annotations

from .states import Timer, Timers

SPEAKS = 30.0  # seconds that whoever speaks is waited for, where the model says nothing of it: a television speaks, too


class Idle:
    """`after`: seconds of silence. `timers` are the call's."""

    def __init__(self, after: float, timers: Timers) -> None:
        self._after = after
        self._timers = timers
        self._asked = False
        self._waited = False

    def stir(self) -> None:
        """The caller is there."""
        self._asked = self._waited = False

    def wind_up(self, heard_at: float | None) -> None:
        """It runs from when the agent's last words will have been heard; None: it stands still."""
        if heard_at is None:
            self._timers.stop(Timer.IDLE)
        else:
            self._timers.start(Timer.IDLE, heard_at + self._after)

    def waits(self, now: float) -> bool:
        """Whether it does, for somebody who speaks by our own ear: once, for `SPEAKS`."""
        waited, self._waited = self._waited, True
        if not waited:
            self._timers.start(Timer.IDLE, now + SPEAKS)
        return not waited

    def runs_out(self) -> bool:
        """Whether that is the end: the caller was asked before, and has not stirred."""
        self._waited = False
        asked, self._asked = self._asked, True
        return asked
