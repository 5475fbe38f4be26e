"""A Session that can be told to fail, between it and its socket: what it is told, and what it does, is let through,
bent, held or dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar, assert_never

import numpy as np

from telephony_agent.offline.model.events import Action, Close, Event, Send, Thought, Transcribed
from telephony_agent.offline.model.faculties import Brain, Say
from telephony_agent.offline.model.faults import (
    Closes,
    CutShort,
    DuplicateCall,
    EarlyTurnComplete,
    EmptyTurn,
    GoesAway,
    HandleRefused,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    OfTurn,
    OtherLanguage,
    RejectedTurn,
    RestsOnSearch,
    Silence,
    SlowSetup,
    Stalls,
    Storm,
    ThinksAloud,
    Unheard,
    is_of_now,
)
from telephony_agent.offline.model.messages import ClientMessage, Setup, ToolResponse
from telephony_agent.offline.model.outgoing import (
    CodeResult,
    ExecutableCode,
    GenerationComplete,
    GoAway,
    Grounded,
    HeardText,
    Interrupted,
    Nothing,
    ServerMessage,
    SetupComplete,
    Spelling,
    Spoken,
    SpokenText,
    ThoughtText,
    ToolCall,
    TurnComplete,
    Usage,
)
from telephony_agent.offline.model.session import Session

QUIETER = 12  # bits, by which sound is shifted down: below -60 dBFS, whatever it was
ALOUD = (
    ThoughtText("**Checking the Sum**\n\nI add the numbers before I answer.\n\n\n"),
    ExecutableCode("print(2 + 2)"),
    CodeResult("4\n"),
)
SUGGESTIONS = "<div>Google's suggestions would be here.</div>"

Kind = TypeVar("Kind", bound=InSession)
Timed = TypeVar("Timed", Closes, Stalls, NothingInterrupted)
Sends = list[ServerMessage | Close]


class Faulty:
    """`handle` and `deadline` as the session's; `fail` at any time. `faults` wait from the beginning; what happens to
    no moment in particular happens once the setup has been answered.
    """

    def __init__(self, session: Session, faults: Iterable[InSession] = ()) -> None:
        self._session = session
        self._waiting = list(faults)  # for their moment
        self._held: list[Action] = []
        self._silent_until: float | None = None
        self._closing: tuple[float, Close] | None = None
        self._stalled = False
        self._quiet = False
        self._deaf = False
        self._rejected = ""  # why, if the turn that is being taken is
        self._over = False

    @property
    def spelling(self) -> Spelling:
        return self._session.flavour.spelling

    @property
    def deadline(self) -> float | None:
        if self._over:
            return None
        times = [self._session.deadline, self._silent_until, self._closing and self._closing[0]]
        return min((time for time in times if time is not None), default=None)

    def fail(self, fault: InSession, now: float) -> list[Action]:
        """Let this go wrong, now or when its moment comes."""
        match fault:
            case Closes(code, reason, "now"):
                return self._through([Close(code, reason)])
            case GoesAway(seconds, code, reason, silent):
                self._closing = (now + seconds, Close(code, reason))
                told = self._through([Send(GoAway(seconds))])
                if silent:
                    self._silent_until = now + seconds
                return told
            case Silence(seconds):
                self._silent_until = now + seconds
            case NothingInterrupted("now"):
                return self._through([Send(Interrupted())])
            case Storm(count):
                return self._through([Send(Nothing())] * count)
            case _:
                self._waiting.append(fault)
        return []

    def handle(self, event: Event, now: float) -> list[Action]:
        """What the session does about it, and what becomes of that."""
        if self._over:
            return []
        if self._closing and now >= self._closing[0]:
            return self._through([self._closing[1]])
        released: list[Action] = []
        if self._silent_until is not None and now >= self._silent_until:
            self._silent_until = None
            released, self._held = self._held, []
        if (close := self._refused(event)) is not None:
            return self._through([close])
        if isinstance(event, Setup) and (slow := self._take(SlowSetup)):
            self._silent_until = now + slow.seconds
        if isinstance(event, ToolResponse) and self._take_at(Stalls, "answer"):
            self._stalled = True
        bent = [bent for action in self._told(event, now) for bent in self._bend(action)]
        if self._deaf and not self._session.hears:  # until then it may have been a guess in a pause
            self._deaf = False
            self._take(Unheard)
        through = self._through(released + bent)
        return through + self._begun(through, now)

    def _begun(self, actions: list[Action], now: float) -> list[Action]:
        """What was to go wrong as soon as there is a session."""
        if not any(isinstance(action, Send) and isinstance(action.message, SetupComplete) for action in actions):
            return []
        faults = [fault for fault in self._waiting if is_of_now(fault)]
        self._waiting = [fault for fault in self._waiting if fault not in faults]
        return [action for fault in faults for action in self.fail(fault, now)]

    def _through(self, actions: list[Action]) -> list[Action]:
        """What of this happens now: messages wait for the end of a silence, and nothing comes after a close."""
        let: list[Action] = []
        for action in actions:
            if self._over:
                break
            self._over = isinstance(action, Close)
            (self._held if isinstance(action, Send) and self._silent_until is not None else let).append(action)
        return let

    # What the session is told

    def _refused(self, event: Event) -> Close | None:
        if isinstance(event, Setup):
            refused = self._take(HandleRefused) if event.handle else None
            return Close(refused.code, refused.reason) if refused else None
        return self._closes("input") if isinstance(event, ClientMessage) else None

    def _told(self, event: Event, now: float) -> list[Action]:
        match event:
            case Thought(ticket, brain, Say(text)) if text.strip() and self._twists():
                return self._twisted(ticket, brain, text, now)
            case Transcribed(ticket) if self._waits(Unheard):
                self._deaf = True
                return self._session.handle(Transcribed(ticket, ""), now)
            case _:
                return self._session.handle(event, now)

    def _twists(self) -> list[OfTurn]:
        return [fault for fault in self._waiting if isinstance(fault, OfTurn)]

    def _twisted(self, ticket: int, brain: Brain, text: str, now: float) -> list[Action]:
        """The turn says something else, if this thought has not come too late to be said at all."""
        fault, *_ = self._twists()
        if isinstance(fault, RejectedTurn):
            self._rejected = fault.reason
        actions = self._session.handle(Thought(ticket, brain, Say(_instead(text, fault))), now)
        if self._session.speaks or any(isinstance(a, Send) and _ends(a.message) for a in actions):
            self._waiting.remove(fault)
        else:
            self._rejected = ""
        return actions

    # What the session does

    def _bend(self, action: Action) -> list[Action]:
        if not isinstance(action, Send):
            return [action]
        message = action.message
        if _begins(message) and not self._stalled:
            self._stalled = self._take_at(Stalls, "reply") is not None
        if self._stalled:
            self._stalled = not _ends(message)
            return [action] if isinstance(message, Interrupted | HeardText | GoAway) else []
        return [one if isinstance(one, Close) else Send(one) for one in self._bent(message)]

    def _bent(self, message: ServerMessage) -> Sends:
        match message:
            case SetupComplete():
                return [self._closes("setup") or message]
            case SpokenText():
                return [*self._before(), message]
            case Spoken():
                return [*self._before(), *self._bent_sound(message)]
            case ToolCall():
                calls = [message] * (2 if self._take(DuplicateCall) else 1)
                return [*self._before(), *calls, *_some(self._closes("call"))]
            case GenerationComplete():
                return [*self._found(), *([] if self._rejected or self._ungenerated() else [message])]
            case TurnComplete():
                return self._bent_end(message)
            case _:
                return [message]

    def _before(self) -> Sends:
        """What comes before a turn's first words, sound or call."""
        interrupted: Sends = [Interrupted(), TurnComplete(Usage())]
        return [
            *(interrupted if self._take_at(NothingInterrupted, "reply") else []),
            *(ALOUD if self._take(ThinksAloud) else []),
        ]

    def _found(self) -> Sends:
        search = self._take(RestsOnSearch)
        return [Grounded((search.query,), ((search.title, search.address),), SUGGESTIONS)] if search else []

    def _bent_sound(self, message: Spoken) -> Sends:
        if self._take(NearSilence):
            self._quiet = True
        if self._quiet:
            message = replace(message, pcm=_quiet(message.pcm))
        self._stalled = self._take_at(Stalls, "sound") is not None
        early = [TurnComplete(Usage())] if self._take(EarlyTurnComplete) else []
        return [message, *early, *_some(self._closes("sound"))]

    def _bent_end(self, message: TurnComplete) -> Sends:
        self._quiet = False
        rejected, self._rejected = self._rejected, ""
        complete = [] if self._take(NoTurnComplete) else [replace(message, reason=rejected)]
        return [*complete, *_some(self._closes("turn"))]

    def _ungenerated(self) -> bool:
        fault = self._waits(NoTurnComplete)
        return fault is not None and not fault.generated

    # What is to go wrong

    def _closes(self, moment: str) -> Close | None:
        fault = self._take_at(Closes, moment)
        return Close(fault.code, fault.reason) if fault else None

    def _waits(self, kind: type[Kind]) -> Kind | None:
        """The first of this kind that waits."""
        return next((fault for fault in self._waiting if isinstance(fault, kind)), None)

    def _take(self, kind: type[Kind]) -> Kind | None:
        """The same, which has now happened."""
        return self._taken(self._waits(kind))

    def _take_at(self, kind: type[Timed], moment: str) -> Timed | None:
        """The first of this kind that waits for this moment, which has now come."""
        return self._taken(next((f for f in self._waiting if isinstance(f, kind) and f.at == moment), None))

    def _taken(self, fault: Kind | None) -> Kind | None:
        if fault is not None:
            self._waiting.remove(fault)
        return fault


def _instead(text: str, fault: OfTurn) -> str:
    """What a turn says that was to say this."""
    match fault:
        case EmptyTurn() | RejectedTurn():
            return ""
        case CutShort():
            words = text.split()
            return " ".join(words[: max(1, len(words) // 2)]).rstrip(".,;:!?")
        case OtherLanguage(other):
            return other
        case never:
            assert_never(never)


def _begins(message: ServerMessage) -> bool:
    """A turn of the model's, as far as anybody is told."""
    return isinstance(message, ThoughtText | SpokenText | Spoken | ToolCall | GenerationComplete)


def _ends(message: ServerMessage) -> bool:
    return isinstance(message, TurnComplete | Interrupted)


def _some(close: Close | None) -> list[Close]:
    return [close] if close else []


def _quiet(pcm: bytes) -> bytes:
    """s16le that is there, and no louder than its last bits."""
    return (np.frombuffer(pcm, "<i2") >> QUIETER).astype("<i2").tobytes()
