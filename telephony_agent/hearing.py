"""The caller's half of a call: the sound on its way to the model, and the words that the model made of it."""

from __future__ import annotations

from collections import deque

from .audio import PHONE_RATE, Uplink
from .live.messages import Hear
from .record.entries import CallerTurn

BACKLOG = 2 * PHONE_RATE  # bytes of mu-law kept while the model is away: the last 2 s


class Hearing:
    """One per call: the filter must not skip, whatever becomes of streams and sessions."""

    def __init__(self) -> None:
        self.dropped = 0  # bytes of mu-law that the model will never get
        self._uplink = Uplink()
        self._backlog: deque[bytes] = deque()
        self._turn: tuple[float, str] | None = None  # since when, and what so far

    def hear(self, ulaw: bytes, listening: bool) -> Hear | None:
        """A piece of the caller's sound; what a model that is `listening` gets now.

        What was kept goes out at no more than twice real time: two pieces for each one that comes.
        """
        self._backlog.append(ulaw)
        if listening:
            pieces = [self._backlog.popleft() for _ in range(min(2, len(self._backlog)))]
            return Hear(self._uplink.feed(b"".join(pieces)))
        while sum(map(len, self._backlog)) > BACKLOG:
            self.dropped += len(self._backlog.popleft())
        return None

    def note(self, text: str, now: float) -> None:
        """A piece of the transcript."""
        began, said = self._turn or (now, "")
        self._turn = (began, said + text)

    @property
    def going_on(self) -> CallerTurn | None:
        """What the caller has said since a turn was last taken."""
        return CallerTurn(self._turn[0], self._turn[1].strip()) if self._turn else None

    def turn(self) -> CallerTurn | None:
        """That, taken: in full, as far as can be told."""
        turn, self._turn = self.going_on, None
        return turn
