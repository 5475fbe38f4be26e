"""A declaration's `parameters` must be a `Schema` of Google's, which knows few of JSON Schema's keywords.

https://ai.google.dev/api/caching#Schema. The others are for `parametersJsonSchema`, into which nobody looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import INVALID

HUMP = re.compile(r"(?<!^)(?=[A-Z])")
TYPES = ("type_unspecified", "string", "number", "integer", "boolean", "array", "object", "null")  # in either case
TEXTS = ("format", "title", "description", "pattern")
LISTS = ("enum", "required", "property_ordering")
COUNTS = (
    *("min_items", "max_items", "min_properties", "max_properties", "min_length", "max_length"),
    *("minimum", "maximum"),
)
ANYTHING = ("nullable", "example", "default")


def check(schema: Any, place: str) -> None:
    """Raises ProtocolError, in Google's words, for a keyword or value that a schema at that place can't have."""
    if not isinstance(schema, Mapping):
        raise _invalid(place)
    for key, value in schema.items():
        name = HUMP.sub("_", key).lower()
        match name:
            case "type":
                fits = isinstance(value, str) and value.lower() in TYPES
            case "properties" | "items" | "any_of":
                fits = True
                for inner, where in _inner(name, value, f"{place}.{name}"):
                    check(inner, where)
            case _ if name in TEXTS:
                fits = isinstance(value, str)
            case _ if name in LISTS:
                fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
            case _ if name in COUNTS:
                fits = isinstance(value, int | float | str)  # numbers of 64 bits stand in strings
            case _ if name in ANYTHING:
                fits = True
            case _:
                words = f"Invalid JSON payload received. Unknown name \"{key}\" at '{place}': Cannot find field."
                raise ProtocolError(words, INVALID)
        if not fits:
            raise _invalid(f"{place}.{name}")


def _inner(name: str, value: Any, place: str) -> Iterator[tuple[Any, str]]:
    """The schemas within one, each with its place."""
    if name == "items":
        yield value, place
    elif name == "properties" and isinstance(value, Mapping):
        yield from ((each, f"{place}[{number}].value") for number, each in enumerate(value.values()))
    elif name == "any_of" and isinstance(value, list):
        yield from ((each, f"{place}[{number}]") for number, each in enumerate(value))
    else:
        raise _invalid(place)


def _invalid(place: str) -> ProtocolError:
    return ProtocolError(f"Invalid value at '{place}'", INVALID)
