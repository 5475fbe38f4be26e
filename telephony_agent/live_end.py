"""The model's end of a call: how it is reached, what it is told when it is there, and when it is left.

`Call` decides by its state; each method here returns the actions that follow from that. What is said over the end is
the `Conversation`'s.
"""

from __future__ import annotations

from datetime import datetime

from . import briefing
from .agent import Agent, IncomingCall
from .live.closing import Closing
from .live.link import Link
from .live.models import profile
from .states import GO_AWAY_MARGIN, Timer, Timers
from .steps import Action, Dial, DropLive, ToLive


class LiveEnd:
    """`model`: its full name. `timers` are the call's; those that are about the model are set and stopped here."""

    def __init__(self, agent: Agent, incoming: IncomingCall, model: str, timers: Timers) -> None:
        self._agent = agent
        self._incoming = incoming
        self._model = model
        self._profile = profile(model)
        self._timers = timers
        self._link = Link()
        self._greeted = False

    @property
    def ready(self) -> bool:
        return self._link.ready

    @property
    def down(self) -> bool:
        return self._link.down

    # It comes.

    def dial(self) -> list[Action]:
        self._timers.stop(Timer.REDIAL)
        self._link.dialled()
        return [Dial()]

    def wait(self, now: float) -> None:
        """As long as a caller waits for a model, however often it is dialled meanwhile."""
        if Timer.SETUP not in self._timers:
            self._timers.wait(Timer.SETUP, now)

    def connected(self, moment: datetime) -> list[Action]:
        return [ToLive(briefing.setup(self._agent, self._incoming, self._model, moment, self._link.handle))]

    def accepted(self, now: float) -> None:
        self._link.accepted(now)

    # It is there.

    def introduce(self, news: str) -> list[Action]:
        """The caller is there too: the model is told to greet, and whenever it comes back, what it has missed."""
        self._timers.stop(Timer.SETUP)
        words = news if self._greeted else self._agent.greeting
        self._greeted = True
        return self.tell(words) if words else []

    def tell(self, words: str) -> list[Action]:
        """Words of ours that make it speak."""
        return [ToLive(self._profile.tell(words))]

    def resumable(self, handle: str) -> None:
        self._link.handle = handle

    # It goes.

    def going_away(self, time_left: float, now: float) -> None:
        self._timers.start(Timer.ROTATE, self._link.leave_at(now + max(0.0, time_left - GO_AWAY_MARGIN)))

    def may_be_left(self, now: float) -> bool:
        """Whether it is going away, and has been here for long enough."""
        return Timer.ROTATE in self._timers and self._link.leave_at(now) <= now

    def leave(self) -> list[Action]:
        """Of our own accord: that counts against no budget."""
        self._ended()
        self._link.dropped()
        return [DropLive()]

    def lost(self, closing: Closing, now: float) -> float | None:
        """Seconds until it may be dialled again; None if there is no use in it, or no budget."""
        self._ended()
        return self._link.lost(closing, now)

    def redial(self, wait: float, now: float) -> None:
        self.wait(now)
        self._timers.start(Timer.REDIAL, now + wait)

    def _ended(self) -> None:
        self._timers.stop(Timer.IDLE, Timer.ROTATE, Timer.STALE)
