"""What the server remembers between two sessions of one conversation: a mind by its handle."""

from __future__ import annotations

import itertools
from uuid import UUID, uuid4, uuid5

from telephony_agent.offline.model.faculties import Brain
from telephony_agent.offline.model.tokens import Turn

KEPT = 1000  # handles; a conversation leaves one a turn, so some fifty calls' worth


class Conversations:
    """Minds by handle, the oldest forgotten first. Another server's handles are none of ours."""

    def __init__(self, kept: int = KEPT, space: UUID | None = None) -> None:
        self._kept = kept
        self._space = space or uuid4()
        self._minds: dict[str, tuple[Brain, tuple[Turn, ...]]] = {}
        self._numbers = itertools.count(1)

    def keep(self, mind: Brain, turns: tuple[Turn, ...] = ()) -> str:
        """A new handle under which this mind can be had again, and what the turns so far have left in the context."""
        handle = str(uuid5(self._space, str(next(self._numbers))))
        self._minds[handle] = mind, turns
        if len(self._minds) > self._kept:
            del self._minds[next(iter(self._minds))]
        return handle

    def find(self, handle: str) -> Brain | None:
        return self._minds[handle][0] if handle in self._minds else None

    def turns(self, handle: str) -> tuple[Turn, ...]:
        return self._minds[handle][1] if handle in self._minds else ()

    def forget(self) -> None:
        """All of them: from now on every handle of before is dead."""
        self._minds.clear()
