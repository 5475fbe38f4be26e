"""The model's end of a call: how it is reached, what it is told when it is there, when it is left for a new session.

`Call` decides by its state; each method here returns the actions that follow from that. What is said over the end is
the `Conversation`'s.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from . import briefing
from .agent import Agent, IncomingCall
from .live.closing import Closing, Remedy
from .live.link import Link
from .live.models import profile
from .live.requests import Turns, Update
from .memory import Event, history
from .record.entries import AgentTurn
from .states import GO_AWAY_MARGIN, PATIENCE, STEADY, Timer, Timers
from .steps import Action, Dial, DropLive, ToLive

NEVER = -math.inf
SPOKEN_OVER = 4  # turns, the last ones, of which the model is told what was not heard


class LiveEnd:
    """`model`: its full name. `timers` are the call's; those that are about the model are set and stopped here.

    `opened`: the caller hears a recording of the agent's `opening`.
    """

    def __init__(self, agent: Agent, incoming: IncomingCall, model: str, timers: Timers, opened: bool) -> None:
        self._agent = agent
        self._incoming = incoming
        self._model = model
        self._opened = opened
        self._profile = profile(model)
        self._timers = timers
        self._link = Link(random.Random(incoming.call_sid))  # which differs from call to call, and not from run to run
        self._history: Turns | None = None  # of which the session that is being set up must be told
        self._knows = NEVER  # the session knows of what was said until then
        self._handle_knows = NEVER  # and so does one that goes on where the handle was given
        self._instructions = ""  # of the session, without what was not heard
        self._unheard: list[AgentTurn] = []
        self._tells = self._profile.context_update if agent.tells_unheard is None else agent.tells_unheard
        self._told = False  # the session was told so
        self.missed_since: float | None = None  # the caller has no model, or had none for long enough to count
        self._old = False

    @property
    def ready(self) -> bool:
        return self._link.ready

    @property
    def down(self) -> bool:
        return self._link.down

    # It comes.

    def dial(self, now: float) -> list[Action]:
        """Now, or as soon as the budget allows."""
        if (at := self._link.may_be_dialled_at(now)) > now:
            self._timers.start(Timer.REDIAL, at)
            return []
        self._timers.stop(Timer.REDIAL)
        self._timers.wait(Timer.ANSWER, now)
        self._link.dialled(now)
        return [Dial()]

    def is_missed(self, now: float) -> None:
        """A caller waits for it. That has an end, however often it is dialled meanwhile or gone again at once."""
        if self.missed_since is None:
            self.missed_since = now
        self._timers.start(Timer.SETUP, self.missed_since + PATIENCE[Timer.SETUP])

    def is_not_missed(self) -> None:
        """There is no caller to wait."""
        self.missed_since = None
        self._timers.stop(Timer.SETUP, Timer.REDIAL)

    def is_there(self) -> None:
        """Caller and model have each other."""
        self._timers.stop(Timer.SETUP)

    def connected(self, moment: datetime, said_since: Callable[[float], list[Event]]) -> list[Action]:
        """The setup, which goes on with an earlier session if there is one that can be told what it does not know."""
        handle, seeding = self._link.handle, self._profile.seeding
        self._knows = NEVER if handle is None else self._handle_knows
        self._history = history(said_since(self._knows), seeding)
        if handle is not None and self._history is not None and self._history.complete:
            handle, self._knows = None, NEVER  # it takes turns only in the beginning of all
            self._history = history(said_since(NEVER), seeding)
        seeded = self._history is not None and self._history.complete
        setup = briefing.setup(self._agent, self._incoming, self._model, moment, handle, seeded, self._opened)
        self._instructions, self._told = setup.instructions, False
        # Of later turns it is told what was heard, and nothing else.
        self._unheard = [turn for turn in self._unheard if turn.began < self._knows]
        return [ToLive(replace(setup, instructions=self._informed()))]

    def accepted(self, now: float) -> list[Action]:
        self._timers.stop(Timer.ANSWER)
        self._timers.wait(Timer.OLD, now)
        self._link.accepted(now)
        before, self._history = self._history, None
        return [ToLive(before)] if before else []

    # It is there.

    def tell(self, words: str) -> list[Action]:
        """Words of ours that make it speak."""
        return [ToLive(self._profile.tell(words))]

    def spoken_over(self, turns: Sequence[AgentTurn]) -> list[Action]:
        """The caller has not heard these to their end. To be told so makes no model speak, and interrupts none."""
        cut = [turn for turn in turns if turn.heard != turn.text]
        if self._agent.tells_unheard is False or not cut:
            return []
        self._unheard = [*self._unheard, *cut][-SPOKEN_OVER:]
        if not (self._tells and self.ready):
            return []
        self._told = True
        return [ToLive(Update(self._informed()))]

    def _informed(self) -> str:
        return "\n\n".join(filter(None, (self._instructions, briefing.not_heard(self._unheard))))

    def completed_turn(self, now: float) -> None:
        self._knows = now

    def forget(self) -> None:
        """The next session is to be a fresh one."""
        self._link.handle = None

    def resumable(self, handle: str) -> None:
        if self._agent.options.resumption != "off":  # some models give one that was not asked for
            self._link.handle, self._handle_knows = handle, self._knows

    # It goes.

    def going_away(self, time_left: float, now: float) -> None:
        self._old = True
        end = now + max(0.0, time_left - GO_AWAY_MARGIN)
        self._timers.start(Timer.ROTATE, self._link.may_be_left_at(end))

    def is_old(self) -> None:
        """It may be closed soon: it is left in the next quiet moment."""
        self._old = True

    def expect_quiet(self, at: float | None) -> None:
        """If nothing happens meanwhile, that will be a quiet moment; None: not as things are."""
        if self._old and at is not None:
            self._timers.start(Timer.QUIET, self._link.may_be_left_at(at))
        else:
            self._timers.stop(Timer.QUIET)

    def leave(self, now: float) -> list[Action]:
        """Of our own accord."""
        self._ends(now)
        self._link.left()
        return [DropLive()]

    def lost(self, closing: Closing, now: float) -> bool:
        """Whether there is any use in dialling again."""
        if closing.remedy is Remedy.FORGET and self._told:  # it may have been that, which no call must end for
            self._tells = False
        self._ends(now)
        return self._link.lost(closing, now)

    def _ends(self, now: float) -> None:
        if self._link.stood(now) >= STEADY:
            self.missed_since = None
        self._old = False
        self._timers.stop(Timer.ANSWER, Timer.IDLE, Timer.OLD, Timer.QUIET, Timer.ROTATE, Timer.STALE)
