"""A question that only the real service can answer, and what it takes to ask it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .answers import Answer
from .interview import Interview

ANY = ("gemini", "vertex", "firebase", "offline")
TOKENS_PER_SECOND = 25  # of sound, either way
TOKENS_PER_TURN = 1_200  # that a turn costs before anything is said; seen of one model, less of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`believed`: what the project assumes today. The rest is what it takes, at most: `turns` of the model, seconds of
    sound `heard` by it and `said` by it, and seconds of time.
    """

    name: str
    asks: str
    believed: str
    ask: Callable[[Interview], Awaitable[Answer]]
    sessions: int = 1
    turns: int = 0
    heard: float = 0.0
    said: float = 0.0
    limit: float = 60.0
    providers: tuple[str, ...] = ANY
    long: bool = False

    @property
    def tokens(self) -> int:
        return round(self.turns * TOKENS_PER_TURN + (self.heard + self.said) * TOKENS_PER_SECOND)
