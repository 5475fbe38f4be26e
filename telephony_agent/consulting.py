"""Somebody who is called about the caller: rung, asked, and waiting for the caller in a conference, or gone.

Twilio tells of them in any order, more than once, and also when nobody wants to know any more.
"""

from __future__ import annotations

import enum

from .record.entries import Meet, Next
from .steps import OURS, Action, Arrange, Reply, Settle
from .toolbox.context import Release


class Stage(enum.Enum):
    NOBODY = "nobody is called"
    ASKED = "their telephone rings, or they listen"
    WAITS = "they have taken the call, and wait for the caller"
    MET = "the caller was sent to them"


class Consulting:
    """One at a time. `room`: of the conference in which they wait."""

    def __init__(self, room: str) -> None:
        self.stage = Stage.NOBODY
        self._room = room
        self._asks = 0  # the function that waits for their decision
        self._sid = ""  # of their call, once it is known
        self._past: set[str] = set()  # of calls that are no longer asked

    def begin(self, id: int) -> list[Action]:
        if self.stage is not Stage.NOBODY:
            return [Settle(id, error="somebody is being called already")]
        self.stage, self._asks, self._sid = Stage.ASKED, id, ""
        return []

    def placed(self, id: int, sid: str) -> list[Action]:
        """Their telephone rings; they may have answered before we know, and the function may have given up."""
        if sid in (self._sid, *self._past):
            return []
        if self.stage is not Stage.ASKED or self._asks != id:
            return self._released(sid)
        self._sid = sid
        return []

    def decided(self, sid: str, takes_it: bool) -> list[Action]:
        """What they are answered, and the function that waits for it. Who takes the call and is gone, takes it back."""
        if self.stage is Stage.NOBODY or sid in self._past or self._sid not in ("", sid):
            return [Reply(Next.HANG_UP)]
        reply = Reply(Meet(self._room) if takes_it else Next.HANG_UP)
        asked = self.stage is Stage.ASKED
        self._sid = sid
        if not takes_it:
            self._past.add(sid)
            self.stage = Stage.NOBODY
        elif asked:
            self.stage = Stage.WAITS
        return [reply, Settle(self._asks, takes_it)] if asked else [reply]

    @property
    def waits(self) -> bool:
        """Whether the caller will find them."""
        return self.stage is Stage.WAITS

    def meets(self) -> None:
        """The caller is sent to them."""
        self.stage = Stage.MET

    def give_up(self, id: int) -> list[Action]:
        """The function waits no more."""
        return self.let_go() if self.stage is Stage.ASKED and self._asks == id else []

    def let_go(self) -> list[Action]:
        """The caller will not come, if they are not there yet."""
        if self.stage not in (Stage.ASKED, Stage.WAITS):
            return []
        self.stage = Stage.NOBODY
        return self._released(self._sid)

    def _released(self, sid: str) -> list[Action]:
        if not sid:
            return []
        self._past.add(sid)
        return [Arrange(OURS, Release(sid))]
