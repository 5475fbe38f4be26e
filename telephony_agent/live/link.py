"""How the model is reached: whether it is there, the handle to come back to it, and the budget for dialling again.

The figures are those that adk-go worked out for the same service (github.com/google/adk-go/pull/1312): without a budget
clients were seen to dial a thousand times a second.
"""

from __future__ import annotations

import enum
import random
from collections import deque

from .closing import Closing, Remedy

FIRST_REDIAL, LAST_REDIAL = 0.25, 5.0  # seconds before dialling again, doubled each time
JITTER = 0.2  # share by which that varies, so that calls that were lost together do not come back together
TRIES, TRIES_WITHIN = 8, 30.0  # dials in so many seconds, whatever they are for
RESUMPTIONS = 3  # tries with the handle before it is given up: a handle can be broken for good
STABLE = 30.0  # seconds a session must have stood for the delays to begin anew
SHORTEST = 5.0  # seconds a session stands before we leave it: a server that sends each one away would be stormed


class Status(enum.Enum):
    DOWN = "no model"
    DIALLED = "a socket is being opened, or the setup is not accepted yet"
    READY = "the model listens"


class Link:
    """`chance` is for the jitter."""

    def __init__(self, chance: random.Random) -> None:
        self.status = Status.DOWN
        self.handle: str | None = None
        self._chance = chance
        self._dials: deque[float] = deque(maxlen=TRIES)
        self._not_before = 0.0
        self._losses = 0  # in a row
        self._refused = False  # what we had sent, since a session last was stable
        self._ready_at: float | None = None

    @property
    def ready(self) -> bool:
        return self.status is Status.READY

    @property
    def down(self) -> bool:
        return self.status is Status.DOWN

    def may_be_dialled_at(self, now: float) -> float:
        """The earliest moment, which may be now."""
        spent = len(self._dials) == TRIES
        return max(now, self._not_before, self._dials[0] + TRIES_WITHIN if spent else now)

    def dialled(self, now: float) -> None:
        self.status = Status.DIALLED
        self._dials.append(now)

    def accepted(self, now: float) -> None:
        self.status, self._ready_at = Status.READY, now

    def stood(self, now: float) -> float:
        """Seconds that the session has been there for."""
        return 0.0 if self._ready_at is None else now - self._ready_at

    def may_be_left_at(self, wanted: float) -> float:
        """The earliest moment from the wanted one on: not without another dial to spend."""
        return self.may_be_dialled_at(max(wanted, self._ready_at + SHORTEST) if self._ready_at is not None else wanted)

    def left(self) -> None:
        """Closed by us: that counts against no budget."""
        self.status, self._ready_at = Status.DOWN, None

    def lost(self, closing: Closing, now: float) -> bool:
        """Whether there is any use in dialling again."""
        accepted = self._ready_at is not None
        if self.stood(now) >= STABLE:
            self._losses, self._refused = 0, False
        self.left()
        self._losses += 1
        delay = min(LAST_REDIAL, FIRST_REDIAL * 2.0 ** (self._losses - 1))
        self._not_before = now + delay * self._chance.uniform(1 - JITTER, 1 + JITTER)
        if closing.remedy in (Remedy.FRESH, Remedy.FORGET) or self._losses > RESUMPTIONS:
            self.handle = None
        if closing.remedy is Remedy.FORGET:  # the setup itself, if it was not accepted; and twice is no accident
            hopeless, self._refused = not accepted or self._refused, True
            return not hopeless
        return closing.remedy not in (Remedy.GIVE_UP, Remedy.WAIT)
