"""How the model is reached: whether it is there, the handle to come back to it, and the budget for dialling again."""

from __future__ import annotations

import enum

from .closing import Closing, Remedy

FIRST_REDIAL, LAST_REDIAL = 0.25, 5.0  # seconds before dialling again, doubled each time
TRIES = 8  # in a row
RESUMPTIONS = 3  # tries with the handle before it is given up: a handle can be broken for good
STABLE = 30.0  # seconds a session must have stood to restore the tries
SHORTEST = 0.5  # seconds a session stands before we leave it: a server that sends each one away would be stormed


class Status(enum.Enum):
    DOWN = "no model"
    DIALLED = "a socket is being opened, or the setup is not accepted yet"
    READY = "the model listens"


class Link:
    def __init__(self) -> None:
        self.status = Status.DOWN
        self.handle: str | None = None
        self._tries = 0
        self._ready_at: float | None = None

    @property
    def ready(self) -> bool:
        return self.status is Status.READY

    @property
    def down(self) -> bool:
        return self.status is Status.DOWN

    def dialled(self) -> None:
        self.status = Status.DIALLED

    def accepted(self, now: float) -> None:
        self.status, self._ready_at = Status.READY, now

    def leave_at(self, wanted: float) -> float:
        """When to leave a session that its server is about to close."""
        return wanted if self._ready_at is None else max(wanted, self._ready_at + SHORTEST)

    def dropped(self) -> None:
        """Closed by us: that counts against no budget."""
        self.status, self._ready_at = Status.DOWN, None

    def lost(self, closing: Closing, now: float) -> float | None:
        """Seconds until it may be dialled again; None if there is no use in it, or no budget."""
        stable = self._ready_at is not None and now - self._ready_at >= STABLE
        self.dropped()
        self._tries = 1 if stable else self._tries + 1
        if closing.remedy is Remedy.FRESH or self._tries > RESUMPTIONS:
            self.handle = None
        if closing.remedy in (Remedy.GIVE_UP, Remedy.WAIT) or self._tries > TRIES:
            return None
        return min(LAST_REDIAL, FIRST_REDIAL * 2.0 ** (self._tries - 1))
