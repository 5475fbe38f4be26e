"""What a conversation would cost, and how much of it a model can hold: tokens, counted as Google counts them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from telephony_agent.offline.model.faculties import Calls
from telephony_agent.offline.model.messages import Setup, Window
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


def standing(setup: Setup) -> str:
    """What a session holds from its beginning to its end."""
    functions = [(each.name, each.description, each.parameters) for each in setup.functions]
    return setup.instructions + (json.dumps(functions) if functions else "")


class Tokens:
    """The context so far. Each turn is charged for all of it again; instructions are never forgotten.

    `before`: what earlier sessions of the conversation have left in it.
    """

    def __init__(
        self, instructions: str = "", window: Window | None = None, holds: int = HOLDS, before: Sequence[Turn] = ()
    ) -> None:
        self._holds = holds
        self._slides = window is not None
        given = window or Window()
        self._trigger = round(holds * TRIGGER) if given.trigger is None else given.trigger
        self._target = self._trigger // 2 if given.target is None else given.target
        self._instructions = Turn(len(instructions))
        self._turns = deque([*map(replace, before), Turn()])
        self._listened = 0.0
        self._called = 0  # letters of the calls of functions in this turn

    @property
    def kept(self) -> tuple[Turn, ...]:
        """What a session that goes on from here begins with."""
        return tuple(map(replace, self._turns))

    def text(self, text: str) -> None:
        self._turns[-1].letters += len(text)

    def called(self, functions: Calls) -> None:
        """The model has written these calls."""
        self._called += sum(len(name) + len(json.dumps(arguments)) for name, arguments in functions)

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
        letters, self._called = len(written) + self._called, 0
        usage = Usage(
            prompt_text=(self._instructions.letters + sum(turn.letters for turn in self._turns)) // LETTERS,
            prompt_audio=round(sum(turn.seconds for turn in self._turns) * A_SECOND),
            response_audio=round(spoken * A_SECOND),
            response_text=-(-letters // LETTERS),
        )
        self._turns[-1].seconds += spoken
        self._turns[-1].letters += letters
        if self._slides and self.total > self._trigger:
            while len(self._turns) > 1 and self.total > self._target:
                self._turns.popleft()
        self._turns.append(Turn())
        return usage
