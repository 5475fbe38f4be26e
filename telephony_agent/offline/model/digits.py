"""Numbers that are no amounts, spelt as people say them: telephone numbers, references, times from one to another."""

from __future__ import annotations

import re

TELEPHONE = re.compile(r"\+\d[\d ]{5,}\d")
STRING = re.compile(r"(?<![\d.,:$€£-])(?:0\d{2,}|\d{7,}|\d{5,6}(?=\s*(?:[.,;:?!]|$)))(?![\d:]|[.,-]\d)")
SPAN = re.compile(r"(\b\d\d?:\d\d) ?[-–] ?(\d\d?:\d\d\b)")
MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


def spelt(text: str) -> str:
    """The same for a voice that would take 2065550142 for two billion, and 0042 for forty-two."""
    text = MOMENT.sub(r"\1 at \2", SPAN.sub(r"\1 to \2", text))
    text = TELEPHONE.sub(lambda number: f"plus {_digits(number[0])}", text)
    return STRING.sub(lambda number: _digits(number[0]), text)


def _digits(number: str) -> str:
    return " ".join(re.findall(r"\d", number))
