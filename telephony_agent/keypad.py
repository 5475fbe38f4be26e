"""The keys that the caller presses: for the function that collects them, else told to the model."""

from __future__ import annotations

from .record.entries import Noted
from .states import Timer, Timers
from .steps import Action, Record, Settle
from .toolbox.context import CollectDigits

PAUSE = 1.0  # seconds without a key, after which the caller has pressed all that belong together
SECRET = "secret"  # what the records have instead
TAPED = "some, perhaps"  # and what they say where the recording of the call was not paused yet when a key was pressed


class Keypad:
    """`timers` are the call's."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._keys = ""
        self._wanted: tuple[int, CollectDigits] | None = None
        self._taped = False  # whether some of them may be heard in a recording

    @property
    def secret(self) -> bool:
        """Whether what the caller presses now is for the function alone."""
        return self._wanted is not None and self._wanted[1].secret

    def collect(self, id: int, request: CollectDigits, held: float, taped: bool, now: float) -> list[Action]:
        """From now on, with what was pressed a moment ago. `held`: seconds of the agent that are still to be heard;
        `taped`: whether the caller is being recorded.
        """
        if self._wanted is not None:
            return [Settle(id, error="another function is collecting the keys that the caller presses")]
        ahead, self._keys = self._keys, ""
        self._wanted = id, request
        self._taped = False
        self._timers.start(Timer.KEYS, now + held + request.timeout)
        return [action for key in ahead for action in self.press(key, taped, now)]

    def press(self, key: str, taped: bool, now: float) -> list[Action]:
        self._taped |= taped
        if self._wanted is None:
            self._keys += key
            self._timers.start(Timer.KEYS, now + PAUSE)
            return []
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
            return self._settle(now), ""
        keys, self._keys = self._keys, ""
        return [_noted(keys, now)], " ".join(keys)

    def give_up(self, id: int) -> None:
        """The function waits no more."""
        if self._wanted is not None and self._wanted[0] == id:
            self._wanted, self._keys = None, ""
            self._timers.stop(Timer.KEYS)

    def refuse(self, why: str) -> list[Action]:
        """Nothing can be collected."""
        if self._wanted is None:
            return []
        id, _ = self._wanted
        self.give_up(id)
        return [Settle(id, error=why)]

    def _settle(self, now: float) -> list[Action]:
        assert self._wanted is not None, "somebody collects"
        (id, request), keys = self._wanted, self._keys
        self.give_up(id)
        if not request.secret:
            return [_noted(keys, now), Settle(id, keys)]
        return [_noted(SECRET, now, TAPED if keys and self._taped else ""), Settle(id, keys)]


def _noted(keys: str, now: float, recorded: str = "") -> Record:
    return Record(Noted(now, "keys", {"pressed": keys, **({"recorded": recorded} if recorded else {})}))
