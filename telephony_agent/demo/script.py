"""What a demo's caller says, and what must come of it: the built-in script's vocabulary, and an operator's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the caller says: a recording of a human, or the words for a synthetic voice.

    `interrupts`: said while the agent still speaks, when at least so many seconds of it are queued.
    `answer`: words that must be in what the caller hears next.
    `only_if`: left out unless these words are in what the agent said last.
    """

    words: str
    recording: Path | None = None
    interrupts: float | None = None
    answer: tuple[str, ...] = ()
    only_if: str | None = None

    @property
    def voice(self) -> str:
        return "synthetic voice" if self.recording is None else "human recording"


@dataclass(frozen=True, slots=True)
class Expected:
    """A function that must have run, with at least these arguments (compared as text, in lower case)."""

    function: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """`hangs_up`: whose goodbye ends the call. `every_word`: of the agent's, a recogniser must get most."""

    lines: tuple[Line, ...]
    tools: tuple[Expected, ...] = ()
    hangs_up: Literal["agent", "caller"] = "agent"
    every_word: bool = False
