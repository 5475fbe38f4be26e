"""What the caller leaves the stream for while the call goes on, and how it comes back to the agent."""

from __future__ import annotations

from typing import assert_never

from . import briefing
from .record.entries import Announce, Errand, Meet, PressDigits, Transfer
from .states import Timer, Timers
from .steps import Action, Settle

PRESSING = 45.0  # seconds that keys may take: so many can be pressed, waits included
ON_TOP = 20.0  # seconds more than somebody's telephone rings, after which they talk: then the call is theirs
HARDLY = 3.0  # seconds in a conference that are no conversation: whoever waited there was gone, or goes at once
# Times that a call may be left in so many seconds before it ends politely: more than any telephone menu wants, whose
# every key has to be asked for, and fewer than two machines come to that answer each other for ever.
TIMES, TIMES_WITHIN = 30, 600.0
REPEATED = 5.0  # seconds in which the same question may come twice; after a call to somebody it has how that went
TALKED = ("completed", "answered")  # how a call to somebody went, in Twilio's words, if they could be reached


class Outing:
    """`timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self.why = ""  # what the call was left for, if it stays away
        self._timers = timers
        self._errand: Errand | None = None
        self._announced: float | None = None  # when Twilio was told
        self._waits: int | None = None  # the function that does, for its end
        self._left: list[float] = []  # when

    def is_wanted_by(self, id: int) -> None:
        self._waits = id

    def give_up(self, id: int) -> None:
        """The function waits no more."""
        if self._waits == id:
            self._waits = None

    def begin(self, errand: Errand, why: str, now: float) -> None:
        self.why, self._errand, self._announced = why, errand, None
        self._timers.start(Timer.AWAY, now + (errand.timeout + ON_TOP if isinstance(errand, Transfer) else PRESSING))

    def announce(self, dialled: str, now: float) -> Errand | None:
        """Twilio asks what follows: the first time this, and then that is over. `dialled`: its word for how it went."""
        if self._announced is None:
            self._announced = now
            return self._errand
        repeated = isinstance(self._errand, Transfer) and not dialled and now < self._announced + REPEATED
        return self._errand if repeated else None

    def too_often(self, now: float) -> bool:
        """Whether the caller, who is about to, has left for something too often of late."""
        if self._errand is None or self._announced is not None:
            return False
        self._left = [at for at in self._left if at > now - TIMES_WITHIN] + [now]
        return len(self._left) > TIMES

    @property
    def goes_on(self) -> bool:
        """Whether the stream is away because we wanted it to be."""
        return self._errand is not None

    @property
    def was_told(self) -> bool:
        """Whether the caller has heard what was to be announced, if Twilio asks what follows."""
        return self._announced is not None and isinstance(self._errand, Announce)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the caller is with somebody else by now, or rings there."""
        return self._announced is not None and isinstance(self._errand, Transfer | Meet)

    def was_talk(self, dialled: str, now: float) -> bool:
        """Whether the caller has talked to whom they were put through to. `dialled`: Twilio's word for how it went."""
        return dialled in TALKED and not self._hardly_met(now)

    def in_vain(self, now: float) -> None:
        """Who waited is gone. A caller who is with nobody is fetched, if Twilio does not ask of its own accord."""
        if isinstance(self._errand, Meet) and self._announced is None:
            self._announced = now
        elif self._hardly_met(now):
            self._timers.wait(Timer.FETCH, now)

    def _hardly_met(self, now: float) -> bool:
        meets = isinstance(self._errand, Meet)
        return meets and self._announced is not None and now < self._announced + HARDLY

    def end(self, dialled: str) -> str:
        """The caller is coming back; what the model is to be told. `dialled`: Twilio's word for how a call went."""
        errand, self._errand, self.why = self._errand, None, ""
        match errand:
            case Transfer(to):
                return briefing.NOT_REACHED.format(who=to, why=dialled or "no answer")
            case Meet():
                return briefing.COLLEAGUE_GONE
            case PressDigits() | Announce() | None:
                return ""
            case _:
                assert_never(errand)

    def is_back(self) -> list[Action]:
        """There is a stream."""
        id, self._waits = self._waits, None
        return [] if id is None else [Settle(id)]
