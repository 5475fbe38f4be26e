"""What the caller leaves the stream for while the call goes on, and how it comes back to the agent."""

from __future__ import annotations

from typing import assert_never

from . import briefing
from .record.entries import Errand, Meet, PressDigits, Transfer
from .states import Timer, Timers
from .steps import Action, Settle

PRESSING = 45.0  # seconds that keys may take: so many can be pressed, waits included
ON_TOP = 20.0  # seconds more than somebody's telephone rings, after which they talk: then the call is theirs


class Outing:
    """`timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self.why = ""  # what the call was left for, if it stays away
        self._timers = timers
        self._errand: Errand | None = None
        self._announced = False
        self._waits: int | None = None  # the function that does, for its end
        self._consults: int | None = None  # and the one that waits for somebody's decision

    def is_wanted_by(self, id: int) -> None:
        self._waits = id

    def give_up(self, id: int) -> None:
        """The function waits no more."""
        if self._waits == id:
            self._waits = None
        if self._consults == id:
            self._consults = None

    def consult(self, id: int) -> list[Action]:
        if self._consults is not None:
            return [Settle(id, error="somebody is being called already")]
        self._consults = id
        return []

    def decided(self, takes_it: bool) -> list[Action]:
        id, self._consults = self._consults, None
        return [] if id is None else [Settle(id, takes_it)]

    def begin(self, errand: Errand, why: str, now: float) -> None:
        self.why, self._errand, self._announced = why, errand, False
        self._timers.start(Timer.AWAY, now + (errand.timeout + ON_TOP if isinstance(errand, Transfer) else PRESSING))

    def announce(self) -> Errand | None:
        """Twilio asks what follows: the first time this, and then that is over."""
        if self._announced:
            return None
        self._announced = True
        return self._errand

    def end(self, dialled: str) -> str:
        """The caller is coming back; what the model is to be told. `dialled`: Twilio's word for how a call went."""
        errand, self._errand, self.why = self._errand, None, ""
        match errand:
            case Transfer(to):
                return briefing.NOT_REACHED.format(who=to, why=dialled or "no answer")
            case Meet():
                return briefing.NOT_REACHED.format(who="your colleague", why="gone")
            case PressDigits() | None:
                return ""
            case _:
                assert_never(errand)

    def is_back(self) -> list[Action]:
        """There is a stream."""
        id, self._waits = self._waits, None
        return [] if id is None else [Settle(id)]
