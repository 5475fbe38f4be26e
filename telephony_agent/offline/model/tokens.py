"""What a conversation would cost, and how much of it a model can hold: tokens, counted as Google counts them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from telephony_agent.offline.model.messages import Window
from telephony_agent.offline.model.outgoing import Usage

A_SECOND = 25  # tokens of a second of audio, either way
LETTERS = 4  # of text a token, roughly
HOLDS = 131_072  # tokens of all of it
TRIGGER = 0.8  # of what it holds, from where the oldest turns are forgotten, if the client does not say


@dataclass
class Turn:
    letters: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return self.letters // LETTERS + round(self.seconds * A_SECOND)


class Tokens:
    """The context so far. Each turn is charged for all of it again; instructions are never forgotten."""

    def __init__(self, instructions: str = "", window: Window | None = None, holds: int = HOLDS) -> None:
        self._holds = holds
        self._slides = window is not None
        given = window or Window()
        self._trigger = round(holds * TRIGGER) if given.trigger is None else given.trigger
        self._target = self._trigger // 2 if given.target is None else given.target
        self._instructions = Turn(len(instructions))
        self._turns = deque([Turn()])
        self._listened = 0.0

    def text(self, text: str) -> None:
        self._turns[-1].letters += len(text)

    @property
    def listened(self) -> float:
        """Seconds of the caller's sound so far."""
        return self._listened

    def heard(self, seconds: float, counted: bool = True) -> None:
        """So much sound came in; `counted`: it belongs to the turn."""
        self._listened += seconds
        self._turns[-1].seconds += seconds * counted

    def instructed(self, instructions: str) -> None:
        """Other instructions than before."""
        self._instructions = Turn(len(instructions))

    @property
    def total(self) -> int:
        return self._instructions.tokens + sum(turn.tokens for turn in self._turns)

    @property
    def overflow(self) -> bool:
        """It is more than the model holds, and nobody asked for the oldest to be forgotten."""
        return not self._slides and self.total > self._holds

    def turn(self, spoken: float, written: str = "") -> Usage:
        """The usage of a turn that spoke for so many seconds, or wrote this; from now on they are context."""
        usage = Usage(
            prompt_text=(self._instructions.letters + sum(turn.letters for turn in self._turns)) // LETTERS,
            prompt_audio=round(sum(turn.seconds for turn in self._turns) * A_SECOND),
            response_audio=round(spoken * A_SECOND),
            response_text=-(-len(written) // LETTERS),
        )
        self._turns[-1].seconds += spoken
        self._turns[-1].letters += len(written)
        if self._slides and self.total > self._trigger:
            while len(self._turns) > 1 and self.total > self._target:
                self._turns.popleft()
        self._turns.append(Turn())
        return usage
