"""How many tokens a text has, roughly. Google's tokenizer is not ours to have, and CountTokens takes no Live model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

A_TOKEN = 4  # ASCII characters of plain text or JSON; any other character is counted as a token of its own


def estimate(text: str) -> int:
    """For English about right; for other scripts more than it will be, which is the safe side of a limit."""
    plain = len(text.encode("ascii", "ignore"))
    return -(-plain // A_TOKEN) + len(text) - plain


def standing(instructions: str, declarations: Sequence[Mapping[str, Any]]) -> int:
    """What a session holds before anybody has spoken, and for as long as it lasts."""
    return estimate(instructions) + estimate(json.dumps(list(declarations), ensure_ascii=False))
