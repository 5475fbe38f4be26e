"""What a session's mind has still to think about, in the order in which it should."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from telephony_agent.offline.model.faculties import Answered, Asked, Prompted, Told


@dataclass(frozen=True)
class Later:
    """Something to think about when there is nothing else to do; `silent`: and to say nothing about."""

    told: Told
    silent: bool = False


class Questions:
    """One is open until it is `settled`, those that can wait come after it."""

    def __init__(self) -> None:
        self._open: Told | None = None
        self._later: deque[Later] = deque()
        self._taken: Later | None = None  # the one of these that is open

    def add(self, told: Told) -> None:
        """A question asked in two breaths is one question; what a function gave comes first; else the last counts, and
        what was open goes before it.
        """
        if self._taken is not None:
            self._later.appendleft(self._taken)
            self._open = self._taken = None
        match self._open, told:
            case Asked() as earlier, Asked() as later:
                self._open = Asked(f"{earlier.text} {later.text}", (*earlier.before, *later.before))
            case Answered(), Asked() | Prompted():
                self._later.append(Later(told))
            case Asked() | Prompted() as waiting, Answered():
                self._later.append(Later(waiting))
                self._open = told
            case Prompted(turns), Asked() as later:
                self._open = replace(later, before=(*turns, *later.before))
            case Asked() | Prompted() as earlier, Prompted(turns):
                self._open = Prompted((*earlier.turns, *turns))
            case _:
                self._open = told

    def wait(self, told: Told, silent: bool = False, first: bool = False) -> None:
        """Think about it when nothing else is open; `first`: before all others that wait."""
        (self._later.appendleft if first else self._later.append)(Later(told, silent))

    def next(self) -> Told | None:
        """What to think about now. It stays open."""
        if self._open is None and self._later:
            self._taken = self._later.popleft()
            self._open = self._taken.told
        return self._open

    def settled(self) -> bool:
        """The open one has been thought about. Returns whether something should be said about it."""
        aloud = self._taken is None or not self._taken.silent
        self._open = self._taken = None
        return aloud
