"""A demo's call as it is told afterwards, in a picture and on a page. Times in seconds since the ring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .checks import Check


@dataclass(frozen=True, slots=True)
class Turn:
    """One side speaking. `lost`: words that were cut off. `note`: what else is known of it, for people."""

    side: Literal["caller", "agent"]
    began: float
    ended: float
    words: str
    lost: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that ran. `answer` is what it told the model; `took` in seconds."""

    at: float
    took: float
    name: str
    arguments: Mapping[str, Any]
    answer: str

    @property
    def call(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())})"


@dataclass(frozen=True, slots=True)
class Wait:
    """The silence between the caller's last word and the agent's first: ear latency."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller's first sound over the agent, and for how long the agent was heard after it."""

    at: float
    silent_after: float


@dataclass(frozen=True, slots=True)
class Story:
    """`turns` in the order of their beginning."""

    agent: str
    seconds: float
    turns: tuple[Turn, ...]
    tools: tuple[ToolCall, ...]
    waits: tuple[Wait, ...]
    barge_ins: tuple[BargeIn, ...]
    checks: tuple[Check, ...]
