"""Who has the floor, by our own ear: the agent falls silent at the caller's first sound, before the model knows of it.

What was not heard is kept. If the model agrees that it was interrupted, that is void; else the agent goes on from the
word in which it fell silent: a cough costs a short pause. An ear that is mistaken again and again is not believed.
"""

from __future__ import annotations

import math
from collections import deque

from .conversation import Conversation
from .ear import PATIENCE, Ear, Sign
from .goodbye import Goodbye
from .guards import Alarm, Guards
from .live.messages import AgentSaid, Spoke
from .live_end import LiveEnd
from .phone.playback import Turn
from .record.entries import Waited
from .states import Timer, Timers
from .steps import Action, Record
from .toolbox.context import Expected

AGREEMENT = 0.7  # seconds that the model has to agree
BREATH = 0.2  # seconds of silence that a caller who has not finished may make
AGAIN = 0.1  # seconds after which a caller who speaks on is listened to once more
LONGEST_HOLD = 2.5  # seconds of silence for a caller whom the model does not hear
END = 1.0  # seconds of a question's end, without which nobody answers it
LOOK = 0.1  # seconds after which it is looked for once more
MISTAKES, WITHIN = 2, 20.0  # so many in so many seconds are too many
PATIENCES: dict[Expected, float] = {"digits": 1.5, "spelling": 2.0, "yes_no": 0.4}  # seconds of silence that end a turn


class Floor:
    """All but `interruptible` are the call's. `interruptible`: whether the caller may silence the agent at all."""

    def __init__(
        self,
        conversation: Conversation,
        live: LiveEnd,
        guards: Guards,
        goodbye: Goodbye,
        timers: Timers,
        interruptible: bool,
    ) -> None:
        self.silenced = self.went_on = 0  # times
        self.turn_over = False  # the model has completed its turn: it will not say that somebody interrupts it
        self._conversation, self._live = conversation, live
        self._guards, self._goodbye, self._timers = guards, goodbye, timers
        self._interruptible = interruptible
        self._ear = Ear()
        self._since = 0.0  # when the agent fell silent
        self._handed_over = -math.inf  # when the caller pressed a key last, or did not in the time they had
        self._unanswered = False  # the caller has spoken, and the agent not yet since
        self._mistakes: deque[float] = deque(maxlen=MISTAKES)

    @property
    def caller_speaks(self) -> bool:
        return self._ear.speaking

    @property
    def pause(self) -> float:
        """Seconds for which the agent may still be silent before it goes on."""
        return LONGEST_HOLD if self._conversation.holding else 0.0

    def expect(self, answer: Expected) -> None:
        """The caller's next turn may have long pauses in it, or hardly any."""
        self._ear.patience = PATIENCES[answer]

    def hear(self, ulaw: bytes, listening: bool, now: float) -> list[Action]:
        """A piece of the caller's sound; `listening`: there is a model to hear it."""
        actions: list[Action] = []
        for sign in self._ear.hear(ulaw, lambda: self._conversation.lately(now)):
            if sign is Sign.STARTED:
                actions += self._begins(now)
            else:
                self._ends(now)
        return actions + self._conversation.hear(ulaw, listening, self._ear.speaking)

    def hand_over(self, now: float) -> None:
        """The caller has pressed a key, or will not: only from now on they wait for the agent."""
        self._handed_over = now

    def _begins(self, now: float) -> list[Action]:
        self._guards.caller_begins()
        self._unanswered = True
        if not self._interruptible or self._conversation.held(now) == 0 or self._conversation.holding:
            return []
        if self._conversation.plays:  # what every caller has to be told is said to its end
            return []
        if len(self._mistakes) == MISTAKES and now < self._mistakes[0] + WITHIN:
            return []
        self.silenced += 1
        self._since = now
        self._timers.start(Timer.HOLD, now + AGREEMENT)
        self._goodbye.waits(self._conversation.held(now) + LONGEST_HOLD, now)
        return self._conversation.hold(now)

    def _ends(self, now: float) -> None:
        self._ear.patience = PATIENCE
        if not self._conversation.errands:  # else the model waits, too
            self._guards.caller_ends(self._ear.spoke, self._conversation.held(now), now)

    # The agent.

    def is_free(self) -> bool:
        """Whether what the model says now is for anybody: not without a stream, nor if it is of an interrupted turn."""
        return self._conversation.voice is not None and Timer.STALE not in self._timers

    def is_quiet(self, now: float) -> bool:
        """Whether nothing is being said or done for the caller."""
        return not (self._conversation.held(now) or self._conversation.errands or self._guards.in_turn)

    def say(self, event: AgentSaid | Spoke, now: float) -> tuple[Turn, list[Action], Alarm | None]:
        """More of the agent's turn, or the first of it; only while the floor is free."""
        turn = self._conversation.begin_turn(now)
        if isinstance(event, AgentSaid):
            self._conversation.note(event.text, now)
            self._guards.says(event.text, self._conversation.held(now), now)
            return turn, [], None
        waited = self._waited(now) if turn.sent == 0 else []
        actions = waited + self._conversation.say(event.pcm, now)
        return turn, actions, self._guards.sounds(event.pcm, self._conversation.held(now), now)

    def _waited(self, now: float) -> list[Action]:
        """The agent's turn begins to be heard: how long the caller was silent for it."""
        unanswered, self._unanswered = self._unanswered, False
        waited = min(self._ear.silence, now - self._handed_over)
        return [Record(Waited(now, round(waited, 2)))] if unanswered else []

    def interrupted(self, now: float) -> list[Action]:
        """By the model's own ear."""
        self._drop_the_rest(now)
        self._guards.interrupted(self._conversation.held(now) > 0)
        self.agreed()
        return self._silence(now)

    def cut(self, now: float) -> list[Action]:
        """By us: what the agent is saying is thrown away."""
        self._drop_the_rest(now)
        if self._guards.in_turn:
            self._guards.cut()
        talks = self._conversation.held(now) > 0
        return self._silence(now) if talks else self._conversation.finish(now)

    def _silence(self, now: float) -> list[Action]:
        """For good: the model must not count on what the caller has not heard."""
        actions, cut = self._conversation.interrupt(now)
        return [*actions, *self._live.spoken_over(cut)]

    def _drop_the_rest(self, now: float) -> None:
        """What still comes of the turn that the model has not completed is for nobody."""
        if self._guards.in_turn:
            self._timers.wait(Timer.STALE, now)

    # What the model makes of it.

    def agreed(self) -> None:
        """It has fallen silent, too, or has heard words."""
        self._timers.stop(Timer.HOLD)
        self._mistakes.clear()

    def understood(self, now: float) -> list[Action]:
        """It has heard words: to a model that was done, they are no interruption, but void the rest all the same."""
        self._mistakes.clear()
        if not (self._conversation.holding and self.turn_over):
            return []
        self.agreed()
        return self._silence(now)

    def answers(self, now: float) -> list[Action]:
        """It speaks: if it was done before, what was kept is no longer of interest."""
        actions = self.understood(now) if self._conversation.holding and self.turn_over else []
        self.turn_over = False
        return actions

    def go_on(self, now: float) -> list[Action]:
        """The model has not agreed. But nobody speaks over a caller who has not stopped yet."""
        if not self._conversation.holding:
            return []
        if self._ear.speaking and self._ear.silence < BREATH and now < self._since + LONGEST_HOLD:
            self._timers.start(Timer.HOLD, now + AGAIN)
            return []
        self.went_on += 1
        self._mistakes.append(now)
        return self._say_the_rest(now)

    def _say_the_rest(self, now: float) -> list[Action]:
        actions = self._conversation.go_on(now)
        held = self._conversation.held(now)
        self._goodbye.waits(held, now)
        self._guards.goes_on(held, now)
        return actions

    # What the agent asks for.

    def keep_back(self, now: float) -> list[Action]:
        """The end of what the agent is saying, until `let_go_on`. By `Timer.QUESTION`, again and again."""
        held = self._conversation.held(now)
        self._timers.start(Timer.QUESTION, now + max(LOOK, held - END))
        if not 0 < held <= END or self._conversation.holding:
            return []
        if self._conversation.plays or self._conversation.plays_music:
            return []
        self._goodbye.waits(held + LONGEST_HOLD, now)
        return self._conversation.hold(now)

    def let_go_on(self, now: float) -> list[Action]:
        """Unless the caller keeps it from that."""
        self._timers.stop(Timer.QUESTION)
        kept = self._conversation.holding and Timer.HOLD not in self._timers
        return self._say_the_rest(now) if kept else []
