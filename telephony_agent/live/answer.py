"""One answer of the model's, put together from events: its words, and when it is whole.

One question may be answered in several turns: Vertex AI closes the turn of a call before that of the answer, the model
that thinks long says something first, and the end of the turn before may still be on its way.
"""

from __future__ import annotations

from enum import Enum

from .messages import AgentSaid, Event, GenerationComplete, Interrupted, ToolCall, TurnComplete
from .notices import Notice, Wrote


class Before(Enum):
    """Where the turn before is when a question is asked."""

    OVER = "it is complete"
    SPOKEN = "all of it has come, but for its end"
    SPEAKING = "it is still being said"


class Floor:
    """Whose turn it is, by what the model has told so far."""

    def __init__(self) -> None:
        self.before = Before.OVER

    def take(self, event: Event | Notice) -> None:
        match event:
            case TurnComplete():
                self.before = Before.OVER
            case GenerationComplete():
                self.before = Before.SPOKEN
            case AgentSaid() | Wrote():
                self.before = Before.SPEAKING


class Answer:
    """`eager`: the end of what is said is the end of the answer, though the turn ends only when it has been heard."""

    def __init__(self, before: Before, eager: bool = True) -> None:
        self.complete = False
        self.reason = ""
        """Why there is none, where the model tells."""
        self._before = before
        self._eager = eager
        self._called = False
        self._fresh = False  # something was said, and no function was called since
        self._turns = [""]

    @property
    def text(self) -> str:
        return " ".join(filter(None, (turn.strip() for turn in self._turns)))

    def take(self, event: Event | Notice, waits: bool) -> None:
        """`waits`: the model is owed the answer of a function."""
        match event:
            case AgentSaid(text) | Wrote(text):
                self._turns[-1] += text
                self._fresh = True
            case Interrupted() if self._before is Before.SPEAKING:
                self._forget()
            case ToolCall():
                self._called, self._fresh = True, False
            case GenerationComplete() if self._before is not Before.SPEAKING:
                self.complete = self._eager and self._fresh and not waits
            case TurnComplete(reason, goes_on):
                self._turn_complete(reason, goes_on or waits)

    def _turn_complete(self, reason: str, goes_on: bool) -> None:
        if self._before is Before.SPEAKING or (self._before is Before.SPOKEN and not self._fresh and not self._called):
            self._forget()  # that was the turn before
        elif not goes_on and (self._fresh or not self._called or reason):
            self.complete, self.reason = True, reason
        else:
            self._turns.append("")
        self._before = Before.OVER

    def _forget(self) -> None:
        self._turns, self._fresh = [""], False
