"""The caller's half of a call: the sound on its way to the model, and the words that the model made of it."""

from __future__ import annotations

from collections import deque

from .audio import PHONE_RATE, Uplink
from .live.messages import Hear
from .live.requests import EndActivity, StartActivity
from .record.entries import CallerTurn

LEAD = PHONE_RATE * 2 // 5  # bytes that our ear may need to notice speech, 0.4 s: sent after we have said so
BACKLOG = 2 * PHONE_RATE  # bytes of mu-law kept while the model is away: the last 2 s


class Hearing:
    """One per call: the filter must not skip, whatever becomes of streams and sessions.

    `local`: the model hears the caller's turns only, by our own ear, and is told when one begins and ends.
    """

    def __init__(self, local: bool = False) -> None:
        self._local = local
        self._active = False  # the model was told that the caller speaks
        self.dropped = 0  # bytes of mu-law that the model will never get
        self._uplink = Uplink()
        self._backlog: deque[bytes] = deque()
        self._turn: tuple[float, str] | None = None  # since when, and what so far

    def hear(self, ulaw: bytes, listening: bool, speaking: bool) -> list[Hear | StartActivity | EndActivity]:
        """A piece of the caller's sound; what a model that is `listening` gets now. `speaking`: by our own ear.

        What was kept goes out at no more than twice real time: two pieces for each one that comes.
        """
        self._backlog.append(ulaw)
        if not listening:
            self.dropped += self._forget(BACKLOG)
            return []
        if not self._local:
            return [self._next(2)]
        if not speaking and not self._active:
            self._forget(LEAD)
            return []
        begins = [] if self._active else [StartActivity()]
        self._active = speaking
        return [*begins, self._next(2)] if speaking else [*begins, self._next(len(self._backlog)), EndActivity()]

    def leave(self) -> None:
        """The session is gone, and what it was told with it."""
        self._active = False

    def _next(self, most: int) -> Hear:
        pieces = [self._backlog.popleft() for _ in range(min(most, len(self._backlog)))]
        return Hear(self._uplink.feed(b"".join(pieces)))

    def _forget(self, but: int) -> int:
        """All but the newest so many bytes; how many that were."""
        forgotten = 0
        while sum(map(len, self._backlog)) > but:
            forgotten += len(self._backlog.popleft())
        return forgotten

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
