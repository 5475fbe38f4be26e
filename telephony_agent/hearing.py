"""The caller's half of a call: the sound on its way to the model, and the words that the model made of it."""

from __future__ import annotations

from collections import deque

from .audio import PHONE_RATE, Uplink
from .live.messages import Hear
from .live.requests import EndActivity, StartActivity
from .record.entries import CallerTurn

LEAD = PHONE_RATE * 2 // 5  # bytes that our ear may need to notice speech, 0.4 s: sent after we have said so
BACKLOG = 2 * PHONE_RATE  # bytes of mu-law kept while the model is away: the last 2 s
RECENT = 100  # pieces, of 20 ms as Twilio sends them: the 2 s that a session may be lost with


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
        self._recent: deque[bytes] = deque(maxlen=RECENT)  # that the session got
        self._quiet = RECENT  # pieces since the caller last spoke, or was answered
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
            self._recent.append(ulaw)
            self._quiet = 0 if speaking else self._quiet + 1
            return [self._next(2)]
        if not speaking and not self._active:
            self._forget(LEAD)
            return []
        begins = [] if self._active else [StartActivity()]
        self._active = speaking
        return [*begins, self._next(2)] if speaking else [*begins, self._next(len(self._backlog)), EndActivity()]

    def answered(self) -> None:
        """The model has heard what the caller said."""
        self._quiet = RECENT

    def leave(self, replay: bool) -> None:
        """The session is gone. Words of which nothing came are for the next one, if they may be sent again."""
        self._active = False
        if replay and self._quiet < RECENT and self._turn is None:
            self._backlog.extendleft(reversed(self._recent))
        self._recent.clear()
        self.answered()

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
