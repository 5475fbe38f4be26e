"""One thing found in what was said, and the rest without it: what names the day is no number of people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

GAP = " · "  # where something was found; no rule reads over it


@dataclass(frozen=True)
class Found(Generic[Value]):
    value: Value
    rest: str


def found(value: Value, match: re.Match[str]) -> Found[Value]:
    """The value of a match, and the text around it."""
    return Found(value, match.string[: match.start()] + GAP + match.string[match.end() :])
