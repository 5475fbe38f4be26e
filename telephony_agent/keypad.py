"""The keys that the caller presses: for the function that collects them, else told to the model."""

from __future__ import annotations

import math

from .record.entries import Noted
from .states import Timer, Timers
from .steps import Action, Record, Settle
from .toolbox.context import CollectDigits

PAUSE = 1.0  # seconds without a key, after which the caller has pressed all that belong together
STRAY = 5.0  # seconds without a key, after which nobody goes on with a secret that no function waits for any more
SECRET = "secret"  # what the records have instead
TAPED = "some, perhaps"  # and what they say where the recording of the call was not paused yet when a key was pressed


class Keypad:
    """`timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._keys = ""
        self._taped = False  # whether some of them may be heard in a recording
        self._pressed = -math.inf  # when the last one was
        self._patience = PAUSE  # for one more, if no function waits
        self._wanted: tuple[int, CollectDigits] | None = None
        self._begun = False  # to be given to that function; before, they are kept for it
        self.secret = False
        """Whether what the caller presses now is for a function alone, or for none that waits any more."""

    @property
    def collects(self) -> bool:
        return self._wanted is not None

    @property
    def collects_secret(self) -> bool:
        return self._wanted is not None and self.secret

    @property
    def waits(self) -> bool:
        """Whether a function collects, and has not been let begin."""
        return self._wanted is not None and not self._begun

    def collect(self, id: int, request: CollectDigits, now: float) -> list[Action]:
        """With what was pressed a moment ago; to be followed by `begin`."""
        forgotten: list[Action] = []
        if self.secret and not (request.secret and now < self._pressed + PAUSE):  # they were meant for another
            forgotten = self._forget(now)
        self._keys = self._keys.lstrip(request.finish)  # that was the end of what was collected before
        self._taped &= bool(self._keys)
        self._wanted, self._begun, self.secret, self._patience = (id, request), False, request.secret, PAUSE
        self._timers.stop(Timer.KEYS)
        self._timers.wait(Timer.UNPAUSED, now)
        return forgotten

    def begin(self, held: float, now: float) -> list[Action]:
        """Nothing speaks against it. `held`: seconds of the agent that are still to be heard."""
        assert self._wanted is not None, "somebody collects"
        self._begun = True
        self._timers.stop(Timer.UNPAUSED)
        self._timers.start(Timer.KEYS, now + held + self._wanted[1].timeout)
        ahead, taped, self._keys = self._keys, self._taped, ""
        return [action for key in ahead for action in self.press(key, taped, now)]

    def press(self, key: str, taped: bool, now: float) -> list[Action]:
        """`taped`: whether the caller may be recorded."""
        apart = self.secret and self._wanted is None and now >= self._pressed + PAUSE
        actions = self._forget(now) if apart else []
        self._taped |= taped
        self._pressed = now
        if self._wanted is None or not self._begun:
            self._keys += key
            if self._wanted is None:
                self._rest(now)
            return actions
        _, request = self._wanted
        if key == request.finish:
            return self._settle(now)
        self._keys += key
        if len(self._keys) == request.length:
            return self._settle(now)
        self._timers.start(Timer.KEYS, now + request.timeout)
        return []

    def pause(self, now: float) -> tuple[list[Action], str]:
        """No more came: what follows from that, and the keys that the model is to be told."""
        if self._wanted is not None:
            return self._settle(now, STRAY), ""
        if self.secret:
            self.secret, self._patience = False, PAUSE
            return self._forget(now), ""
        keys, self._keys, self._taped = self._keys, "", False
        return [_noted(keys, now)], " ".join(keys)

    def give_up(self, id: int, now: float) -> bool:
        """The function waits no more; whether it did, for being let begin.

        The caller may not know, and press the rest of what is secret.
        """
        if self._wanted is None or self._wanted[0] != id:
            return False
        waited, self._wanted = self.waits, None
        self._timers.stop(Timer.UNPAUSED)
        if self.secret:
            self._rest(now, STRAY)
        else:
            self._keys, self._taped = "", False
            self._timers.stop(Timer.KEYS)
        return waited

    def refuse(self, why: str, now: float) -> list[Action]:
        """The function can't be let begin."""
        assert self._wanted is not None, "somebody collects"
        id, _ = self._wanted
        self.give_up(id, now)
        return [Settle(id, error=why)]

    def _settle(self, now: float, patience: float = PAUSE) -> list[Action]:
        assert self._wanted is not None, "somebody collects"
        (id, request), keys, taped = self._wanted, self._keys, self._taped
        self._wanted, self._keys, self._taped = None, "", False
        if not request.secret:
            self._timers.stop(Timer.KEYS)
            return [_noted(keys, now), Settle(id, keys)]
        self._rest(now, patience)
        return [_noted(SECRET, now, TAPED if keys and taped else ""), Settle(id, keys)]

    def _rest(self, now: float, patience: float | None = None) -> None:
        """If no more come, those were all."""
        self._patience = patience or self._patience
        self._timers.start(Timer.KEYS, now + self._patience)
        if self.secret:
            self._timers.wait(Timer.TONE, now)

    def _forget(self, now: float) -> list[Action]:
        """Secret keys that no function has waited for."""
        keys, self._keys, taped, self._taped = self._keys, "", self._taped, False
        return [_noted(SECRET, now, TAPED if taped else "")] if keys else []


def _noted(keys: str, now: float, recorded: str = "") -> Record:
    return Record(Noted(now, "keys", {"pressed": keys, **({"recorded": recorded} if recorded else {})}))
