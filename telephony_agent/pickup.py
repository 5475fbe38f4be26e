"""How a call that we placed is taken: by somebody whose first word is waited for, or by a machine that records."""

from __future__ import annotations

from .record.entries import Follows, Next
from .states import Timer, Timers

MACHINE = "a machine answered"  # why such a call is over
MESSAGE = "a machine answered, and has the message"

FIRST_WORD = 4.0  # seconds after picking up, in which people say hello; who does not waits to be spoken to


class Pickup:
    """`ours`: whether we placed the call; of any other there is nothing to wait for. `timers` are the call's."""

    def __init__(self, ours: bool, timers: Timers) -> None:
        self.knows_us = not ours
        """Whether the agent has spoken: before that, nothing that is said there is meant for it."""
        self.records = False
        """Whether a machine does: nobody is there, and what comes from there means nothing."""
        self.unsaid: Follows = Next.HANG_UP
        """What says the message instead, as long as the agent has not."""
        self._waits = ours
        self._timers = timers

    def is_there(self, now: float) -> None:
        """There is a stream: somebody has picked up."""
        if self._waits:
            self._waits = False
            self._timers.start(Timer.FIRST_WORD, now + FIRST_WORD)

    def speaks(self) -> None:
        """Whoever has picked up."""
        self._timers.stop(Timer.FIRST_WORD)

    def is_spoken_to(self) -> None:
        self.knows_us = True
        self._timers.stop(Timer.FIRST_WORD)

    def beeped(self, instead: Follows) -> None:
        """It is a machine, and its greeting is over."""
        self.records, self.unsaid = True, instead
        self._timers.stop(Timer.FIRST_WORD)

    def has_message(self) -> None:
        self.unsaid = Next.HANG_UP
