"""What a model is made of: an ear, a brain and a voice. Three interfaces, so that a test needs no weights.

`Ear.hear` runs on the event loop and must be quick. `Ear.transcribe`, `Brain.meet`, `Brain.think` and `Voice.speak` run
in worker threads, for several sessions at once, so whatever they share must not change.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from telephony_agent.offline.model.messages import Returned, Setup, Turn


@dataclass(frozen=True)
class Utterance:
    """What the caller said between two silences: s16le mono at 16 kHz. `number` counts from 0 within a session."""

    number: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True)
class SpeechStarted:
    """Long enough to be speech, and not a knock on the microphone."""


@dataclass(frozen=True)
class SpeechPaused:
    """A pause that may become the end: worth recognising what there is already."""

    utterance: Utterance


@dataclass(frozen=True)
class SpeechResumed:
    """The pause was one for breath."""


@dataclass(frozen=True)
class SpeechEnded:
    utterance: Utterance


Sound = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded


@dataclass(frozen=True)
class Asked:
    """The caller said this. `before` is what else there was since the last answer, and nobody was to answer."""

    text: str
    before: tuple[Turn, ...] = field(default=(), repr=False)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (*self.before, Turn("user", self.text))


@dataclass(frozen=True)
class Prompted:
    """The client wants the model to speak, upon these turns; there may be none."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Answered:
    """The functions that the brain called gave these results, in no particular order."""

    results: tuple[Returned, ...]


Told = Asked | Prompted | Answered


@dataclass(frozen=True)
class Say:
    """Speak this; nothing is spoken of an empty text, and the floor is the caller's again. `more`: unless the same
    thought goes on.
    """

    text: str
    more: bool = False


Calls = tuple[tuple[str, dict[str, Any]], ...]  # names of functions and their arguments


@dataclass(frozen=True)
class Call:
    """Let the client run these functions, and be told what they gave before anything is said."""

    functions: Calls


Decision = Say | Call


class Ear(Protocol):
    """One session's hearing."""

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> list[Sound]:
        """Take the next s16le samples at `rate` Hz, any number of bytes. Over a talking agent it takes more."""

    def finish(self) -> list[Sound]:
        """No more sound for now: whatever is being said ends here."""

    def transcribe(self, utterance: Utterance) -> str:
        """The words, or nothing if there are none. Slow."""


class Brain(Protocol):
    """One conversation's mind, as a value: thinking gives the next one, and a thought not used leaves no trace."""

    def meet(self, setup: Setup) -> Brain:
        """The mind that knows these instructions and functions, with the memories of this one. Slow."""

    def think(self, told: Told) -> tuple[Brain, Decision]:
        """What to do about what was told, and the mind that remembers it. Slow."""


@runtime_checkable
class Aloud(Brain, Protocol):
    """A brain that speaks while it thinks, on the event loop. It is cut by not being listened to any more."""

    def think_aloud(self, told: Told) -> AsyncGenerator[tuple[Brain, Decision], None]:
        """As `think`, in parts: any number of `Say` with `more`, then one decision; with the mind at each point."""


class Voice(Protocol):
    def speak(self, sentence: str) -> Iterator[bytes]:
        """The sentence as s16le mono at 24 kHz, in parts, each as soon as it is there. Slow."""


@dataclass(frozen=True)
class Faculties:
    """One model: an ear made for each session, the mind of a new conversation, and a voice for all."""

    ear: Callable[[Setup], Ear]
    brain: Brain
    voice: Voice
