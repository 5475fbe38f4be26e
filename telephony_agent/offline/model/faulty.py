"""A Session that can be told to fail, between it and its socket: what it does is let through, bent, held or dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from telephony_agent.offline.model.events import Action, Close, Event, Send
from telephony_agent.offline.model.faults import (
    Closes,
    DuplicateCall,
    EarlyTurnComplete,
    GoesAway,
    HandleRefused,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    Silence,
    SlowSetup,
    Stalls,
    Storm,
)
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.outgoing import (
    GoAway,
    Interrupted,
    Nothing,
    ServerMessage,
    SetupComplete,
    Spelling,
    Spoken,
    ToolCall,
    TurnComplete,
    Usage,
)
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import NO_SUCH_THING

QUIETER = 12  # bits, by which sound is shifted down: below -60 dBFS, whatever it was

Kind = TypeVar("Kind")


class Faulty:
    """`handle` and `deadline` as the session's; `fail` at any time. `faults` wait from the beginning."""

    def __init__(self, session: Session, faults: Iterable[InSession] = ()) -> None:
        self._session = session
        self._waiting = list(faults)  # for their moment
        self._held: list[Action] = []
        self._silent_until: float | None = None
        self._closing: tuple[float, Close] | None = None
        self._stalled = False
        self._quiet = False
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
            case GoesAway(seconds, code, reason):
                self._closing = (now + seconds, Close(code, reason))
                return self._through([Send(GoAway(seconds))])
            case Silence(seconds):
                self._silent_until = now + seconds
            case NothingInterrupted():
                return self._through([Send(Interrupted())])
            case Storm(count):
                return self._through([Send(Nothing())] * count)
            case _:
                self._waiting.append(fault)
        return []

    def handle(self, event: Event, now: float) -> list[Action]:
        """What the session does about it, and what becomes of that."""
        if self._closing and now >= self._closing[0]:
            return self._through([self._closing[1]])
        released: list[Action] = []
        if self._silent_until is not None and now >= self._silent_until:
            self._silent_until = None
            released, self._held = self._held, []
        if isinstance(event, Setup):
            refused = self._take(HandleRefused) if event.handle else None
            if refused:
                return self._through([Close(*NO_SUCH_THING)])
            if slow := self._take(SlowSetup):
                self._silent_until = now + slow.seconds
        bent = [bent for action in self._session.handle(event, now) for bent in self._bend(action)]
        return self._through(released + bent)

    def _through(self, actions: list[Action]) -> list[Action]:
        """What of this happens now: messages wait for the end of a silence, and nothing comes after a close."""
        let: list[Action] = []
        for action in actions:
            if self._over:
                break
            self._over = isinstance(action, Close)
            (self._held if isinstance(action, Send) and self._silent_until is not None else let).append(action)
        return let

    def _bend(self, action: Action) -> list[Action]:
        if not isinstance(action, Send):
            return [action]
        message = action.message
        if self._stalled:
            self._stalled = not isinstance(message, TurnComplete | Interrupted)
            return [action] if isinstance(message, Interrupted) else []
        if self._quiet and isinstance(message, Spoken):
            message = replace(message, pcm=_quiet(message.pcm))
        return [one if isinstance(one, Close) else Send(one) for one in self._bent(message)]

    def _bent(self, message: ServerMessage) -> list[ServerMessage | Close]:
        match message:
            case SetupComplete():
                return [self._closes("setup") or message]
            case Spoken():
                return self._bent_sound(message)
            case ToolCall():
                return [message] * (2 if self._take(DuplicateCall) else 1) + _some(self._closes("call"))
            case TurnComplete():
                self._quiet = False
                complete: list[ServerMessage | Close] = [] if self._take(NoTurnComplete) else [message]
                return complete + _some(self._closes("turn"))
            case _:
                return [message]

    def _bent_sound(self, message: Spoken) -> list[ServerMessage | Close]:
        if self._take(NearSilence):
            self._quiet = True
            message = replace(message, pcm=_quiet(message.pcm))
        self._stalled = self._take(Stalls) is not None
        early = [TurnComplete(Usage())] if self._take(EarlyTurnComplete) else []
        return [message, *early, *_some(self._closes("sound"))]

    def _closes(self, moment: str) -> Close | None:
        for fault in self._waiting:
            if isinstance(fault, Closes) and fault.at == moment:
                self._waiting.remove(fault)
                return Close(fault.code, fault.reason)
        return None

    def _take(self, kind: type[Kind]) -> Kind | None:
        """The first of this kind that waits, which has now happened."""
        for fault in self._waiting:
            if isinstance(fault, kind):
                self._waiting.remove(fault)
                return fault
        return None


def _some(close: Close | None) -> list[ServerMessage | Close]:
    return [close] if close else []


def _quiet(pcm: bytes) -> bytes:
    """s16le that is there, and no louder than its last bits."""
    return (np.frombuffer(pcm, "<i2") >> QUIETER).astype("<i2").tobytes()
