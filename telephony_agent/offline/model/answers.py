"""What functions give, as sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TOLD = ("say", "message", "answer", "text", "sentence", "summary", "confirmation", "output", "result")  # in this order
MOST = 5  # items or fields that are read out; nobody remembers more
FAILED = "I am sorry, that did not work."


def spoken(response: Mapping[str, Any]) -> str:
    """A function's response object as something to say; an apology for an `error`."""
    if error := response.get("error"):
        said = sentence(error) if isinstance(error, str) and " " in error.strip() else ""
        return f"{FAILED} {said}".strip()
    if len(response) == 1:
        ((name, value),) = response.items()
        return (_value(value) if _needs_no_name(name, value) else _fields(response)) or "Done."
    return _fields(response) or "Done."


def _needs_no_name(name: str, value: Any) -> bool:
    """A lone value that tells all: "We open at five." does, but 482913 may be anything."""
    return name in TOLD or isinstance(value, bool) or not isinstance(value, str | int | float) or " " in str(value)


def sentence(text: str) -> str:
    """With a capital and an end."""
    text = " ".join(text.split())
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def _value(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "Yes." if value else "No."
        case str():
            return sentence(value)
        case Mapping():
            return _fields(value)
        case list() | tuple() if value:
            listed = [_inline(item) for item in value[:MOST]]
            more = f", and {len(value) - MOST} more" if len(value) > MOST else ""
            return sentence(", ".join(listed) + more)
        case list() | tuple():
            return "There are none."
        case _:
            return sentence(_inline(value))


def _fields(fields: Mapping[str, Any]) -> str:
    """The one sentence in it if there is one, else "The total is 12" and so on."""
    for name in TOLD:
        if isinstance(fields.get(name), str) and " " in fields[name].strip():
            return sentence(fields[name])
    sentences = [value for value in fields.values() if isinstance(value, str) and re.search(r"\w \w.*[.!?]$", value)]
    if len(sentences) == 1:
        return sentence(sentences[0])
    known = [(name, value) for name, value in fields.items() if value not in (None, "", [], {})]
    return " ".join(sentence(f"the {_words(name)} is {_inline(value)}") for name, value in known[:MOST])


def _inline(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{_words(name)} {_inline(inner)}" for name, inner in list(value.items())[:MOST])
        case list() | tuple():
            return ", ".join(_inline(inner) for inner in value[:MOST])
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
