"""What a session hears: the ear's own judgement of who speaks, or the client's; recognised ahead in a pause.

Google refuses sound before the first activityStart of a client that wants to say itself when the caller speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from telephony_agent.offline.model.events import Transcribe
from telephony_agent.offline.model.faculties import (
    Ear,
    Sound,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Utterance,
)
from telephony_agent.offline.model.resample import Intake, to_pcm

RATE = 16_000  # Hz, of an utterance
PIECE = re.compile(r"\s*\w+(?:['’.:/-]\w+)*|\s*[^\w\s]+")


@dataclass(frozen=True)
class Began:
    """The caller speaks."""


@dataclass(frozen=True)
class Understood:
    """What the caller said, once it is recognised; nothing if there were no words."""

    text: str


@dataclass(frozen=True)
class OutOfPlace:
    """What the client sent does not go with what it said about activity."""


Hears = list[Began | Transcribe | Understood | OutOfPlace]


def pieces(text: str) -> list[str]:
    """A transcript as Google sends it: word by word with the space before it, punctuation apart."""
    return PIECE.findall(f" {text}")


class Hearing:
    """One session's. `tickets` numbers what is to be recognised; `manual`: the client says who speaks."""

    def __init__(self, ear: Ear, tickets: Iterator[int], manual: bool = False) -> None:
        self._ear, self._tickets, self._manual = ear, tickets, manual
        self.caller_speaks = False
        self._draft: tuple[int, str | None] | None = None  # ticket and text of what was said up to the pause
        self._recognising: set[int] = set()  # tickets of finished utterances
        self._activity: list[bytes] = []  # sound of the caller's turn, if the client says when that is
        self._activities = 0
        self._intake = Intake(RATE)

    @property
    def busy(self) -> bool:
        """The caller speaks, or is being understood."""
        return self.caller_speaks or bool(self._recognising)

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> Hears:
        """Sound, as `Ear.hear` takes it."""
        if not self._manual:
            return self._judged(self._ear.hear(pcm, rate, agent_talks))
        if not self.caller_speaks:
            return [] if self._activities else [OutOfPlace()]
        self._activity.append(to_pcm(self._intake.feed(pcm, rate)))
        return []

    def start(self) -> Hears:
        """The client says that the caller speaks."""
        if not self._manual:
            return [OutOfPlace()]
        self.caller_speaks = True
        self._activities += 1
        return [Began()]

    def end(self) -> Hears:
        """The client says that the caller's turn is over."""
        if not self._manual or not self.caller_speaks:
            return [OutOfPlace()]
        sound, self._activity = b"".join(self._activity), []
        return self._judge(SpeechEnded(Utterance(self._activities - 1, sound)))

    def finish(self) -> Hears:
        """No more sound for now."""
        return [] if self._manual else self._judged(self._ear.finish())

    def transcribed(self, ticket: int, text: str) -> Hears:
        if self._draft and self._draft[0] == ticket:
            self._draft = (ticket, text)
        if ticket not in self._recognising:
            return []
        self._recognising.remove(ticket)
        return [Understood(text)]

    def _judged(self, sounds: list[Sound]) -> Hears:
        return [heard for sound in sounds for heard in self._judge(sound)]

    def _judge(self, sound: Sound) -> Hears:
        match sound:
            case SpeechStarted():
                self.caller_speaks = True
                return [Began()]
            case SpeechPaused(utterance):
                self._draft = (next(self._tickets), None)
                return [Transcribe(self._draft[0], self._ear, utterance)]
            case SpeechResumed():
                self._draft = None
                return []
            case SpeechEnded(utterance):
                return self._ended(utterance)
            case never:
                assert_never(never)

    def _ended(self, utterance: Utterance) -> Hears:
        self.caller_speaks = False
        ahead, self._draft = self._draft, None
        ticket, text = ahead or (next(self._tickets), None)
        self._recognising.add(ticket)
        if ahead is None:
            return [Transcribe(ticket, self._ear, utterance)]
        return self.transcribed(ticket, text) if text is not None else []
