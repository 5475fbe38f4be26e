"""How long a connection lasts: it says that it will end, and ends."""

from __future__ import annotations

from telephony_agent.offline.model.events import Close
from telephony_agent.offline.model.outgoing import GoAway
from telephony_agent.offline.model.terms import WARNING, Terms


class Lifetime:
    """Of a session that begins `now`."""

    def __init__(self, terms: Terms, now: float) -> None:
        self._end = now + terms.lifetime
        self._ending = terms.ending
        self._warn: float | None = self._end - terms.lifetime * WARNING

    @property
    def deadline(self) -> float:
        return self._end if self._warn is None else self._warn

    def due(self, now: float) -> GoAway | Close | None:
        """What it is time for."""
        if now >= self._end:
            return Close(*self._ending)
        if self._warn is None or now < self._warn:
            return None
        self._warn = None
        return GoAway(self._end - now)
