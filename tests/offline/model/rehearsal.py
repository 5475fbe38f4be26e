"""A Session on a clock of its own, whose slow work takes no time: what a client would see, and when."""

from __future__ import annotations

import numpy as np

from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Meet,
    Met,
    Send,
    Speak,
    Think,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.faults import InSession
from telephony_agent.offline.model.faulty import Faulty
from telephony_agent.offline.model.messages import (
    Audio,
    Returned,
    Setup,
    ToolResponse,
)
from telephony_agent.offline.model.outgoing import (
    FunctionCall,
    HeardText,
    Resumption,
    ServerMessage,
    Spoken,
    SpokenText,
    ToolCall,
)
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import Terms

EVERYTHING = Setup(model="models/offline", input_transcription=True, output_transcription=True, resumption=True)
CHUNK = 320  # samples: 20 ms at 16 kHz
LOUD = (6000 * np.sin(np.arange(CHUNK) * 2 * np.pi * 200 / 16_000)).astype("<i2").tobytes()
QUIET = bytes(2 * CHUNK)


class Rehearsal:
    """`sent` holds (time, message) of all that left; `closed` the code and reason once it is over."""

    def __init__(
        self,
        faculties: Faculties,
        conversations: Conversations | None = None,
        terms: Terms | None = None,
        held_back: tuple[type[Action], ...] = (),
        faults: tuple[InSession, ...] = (),
    ) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, ServerMessage]] = []
        self.closed: Close | None = None
        self.held: list[Action] = []
        self.session = Session(faculties, conversations or Conversations(), terms)
        self._faulty = Faulty(self.session, faults)
        self._voice = faculties.voice
        self._held_back = held_back

    def tell(self, event: Event) -> None:
        """Let something happen now, with all that follows from it."""
        self._act(self._faulty.handle(event, self.now))

    def fail(self, fault: InSession) -> None:
        """Let this go wrong."""
        self._act(self._faulty.fail(fault, self.now))

    def _act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, self._held_back):
                self.held.append(action)
            else:
                self.do(action)

    def do(self, action: Action) -> None:
        match action:
            case Send(message):
                self.sent.append((self.now, message))
            case Close():
                self.closed = action
            case Meet(brain, setup):
                self.tell(Met(brain.meet(setup)))
            case Transcribe(ticket, ear, utterance):
                self.tell(Transcribed(ticket, ear.transcribe(utterance)))
            case Think(ticket, brain, told):
                self.tell(Thought(ticket, *brain.think(told)))
            case Speak(ticket, sentence):
                self.tell(Voiced(ticket, b"".join(self._voice.speak(sentence))))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while (deadline := self._faulty.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.tell(TimeIsUp())
        self.now = until

    def hears(self, seconds: float, chunk: bytes = LOUD) -> None:
        """The caller speaks, or is QUIET, as 20 ms messages in real time."""
        for _ in range(round(seconds / 0.02)):
            self.tell(Audio(chunk))
            self.wait(0.02)

    def answers(self, call: FunctionCall, **response: object) -> None:
        self.tell(ToolResponse((Returned(call.id, call.name, response),)))

    @property
    def calls(self) -> list[FunctionCall]:
        return [call for _, message in self.sent if isinstance(message, ToolCall) for call in message.calls]

    @property
    def spoken(self) -> str:
        return "".join(message.text for _, message in self.sent if isinstance(message, SpokenText))

    @property
    def heard(self) -> str:
        return "".join(message.text for _, message in self.sent if isinstance(message, HeardText))

    def kinds(self) -> list[str]:
        """The names of what was sent since the last time, runs of sound and words as one, without the handles."""
        names: list[str] = []
        for _, message in self.sent:
            name = "Talk" if isinstance(message, Spoken | SpokenText) else type(message).__name__
            if not isinstance(message, Resumption) and names[-1:] != [name]:
                names.append(name)
        self.sent.clear()
        return names
