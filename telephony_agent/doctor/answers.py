"""What a question to the real service was answered with."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Outcome(enum.Enum):
    ANSWERED = "answered"
    OPEN = "could not tell"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was measured or seen, by name."""


def answered(text: str, **facts: Any) -> Answer:
    return Answer(Outcome.ANSWERED, text, facts)


def undecided(text: str, **facts: Any) -> Answer:
    return Answer(Outcome.OPEN, text, facts)
