"""What happens to a Live session, what it does about it, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from telephony_agent.offline.model.faculties import Brain, Decision, Ear, Told, Utterance
from telephony_agent.offline.model.messages import ClientMessage, Setup
from telephony_agent.offline.model.outgoing import ServerMessage


class State(Enum):
    NEW = "waits for the setup"
    MEETING = "reads the setup"
    LISTENING = "the floor is the caller's"
    THINKING = "finds an answer"
    CALLING = "waits for the client's functions"
    TALKING = "speaks, or is still being heard"
    OVER = "closed"


@dataclass(frozen=True)
class Nonsense:
    """The client sent what is no message; Google closes with this."""

    code: int
    reason: str


@dataclass(frozen=True)
class Met:
    brain: Brain


@dataclass(frozen=True)
class Transcribed:
    ticket: int
    text: str


@dataclass(frozen=True)
class Thought:
    ticket: int
    brain: Brain
    decision: Decision


@dataclass(frozen=True)
class Voiced:
    """A part of the sentence's sound; `more` of it is to come."""

    ticket: int
    pcm: bytes = field(repr=False)
    more: bool = False


@dataclass(frozen=True)
class TimeIsUp:
    """The `deadline` has come; `handle` looks itself at what is due."""


Event = ClientMessage | Nonsense | Met | Transcribed | Thought | Voiced | TimeIsUp


@dataclass(frozen=True)
class Send:
    message: ServerMessage


@dataclass(frozen=True)
class Meet:
    """`brain.meet(setup)` in a worker, then `Met`."""

    brain: Brain
    setup: Setup


@dataclass(frozen=True)
class Transcribe:
    """`ear.transcribe(utterance)` in a worker, then `Transcribed`."""

    ticket: int
    ear: Ear
    utterance: Utterance


@dataclass(frozen=True)
class Think:
    """`brain.think(told)` in a worker, then `Thought`."""

    ticket: int
    brain: Brain
    told: Told


@dataclass(frozen=True)
class StopThinking:
    """Nobody waits for the thought that is being had; one in a worker comes nevertheless, and does not count."""


@dataclass(frozen=True)
class Speak:
    """`voice.speak(sentence)` in a worker, and `Voiced` of each part."""

    ticket: int
    sentence: str


@dataclass(frozen=True)
class Close:
    """The last action of a session."""

    code: int
    reason: str


Action = Send | Meet | Transcribe | Think | StopThinking | Speak | Close
