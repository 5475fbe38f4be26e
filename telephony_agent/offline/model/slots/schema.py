"""A parameter's schema as we read it, whatever an operator's framework made of it: unions, references and nonsense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DEEPEST = 8  # references that lead to references; a circle ends here
UNIONS = ("anyOf", "oneOf", "allOf")


def plain(schema: Any, root: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """One mapping without unions and references: what the first alternative that is not null says, and its own words.

    `items` is plain too, `enum` and `required` are lists; what is no schema is one that says nothing.
    """
    if not isinstance(schema, Mapping):
        return {}
    own = dict(schema)
    if depth < DEEPEST:
        inner = [
            _referred(own.pop("$ref", None), root),
            *(each for union in UNIONS for each in _list(own.pop(union, ()))),
        ]
        found = next((each for each in inner if isinstance(each, Mapping) and each and not _null(each)), None)
        own = {**plain(found, root, depth + 1), **own}
    if "const" in own:
        own.setdefault("enum", [own["const"]])
    own["enum"] = [value for value in _list(own.get("enum", ())) if value is not None]
    if "items" in own:
        own["items"] = plain(own["items"], root, depth + 1) if depth < DEEPEST else {}
    own["description"] = own.get("description") if isinstance(own.get("description"), str) else ""
    return own


def properties(schema: Any) -> dict[str, dict[str, Any]]:
    """The plain schemas of an object's properties, by name."""
    root = schema if isinstance(schema, Mapping) else {}
    declared = plain(root, root).get("properties")
    return {str(name): plain(each, root) for name, each in declared.items()} if isinstance(declared, Mapping) else {}


def required(schema: Any) -> list[Any]:
    """The names that an object must have."""
    root = schema if isinstance(schema, Mapping) else {}
    return _list(plain(root, root).get("required", ()))


def allows(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a plain schema has room for a number or text as this one: bounds, length and pattern."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return _at_least(value, schema, "minimum") and _at_least(-value, schema, "maximum", -1)
    if isinstance(value, str):
        long_enough = _at_least(len(value), schema, "minLength") and _at_least(-len(value), schema, "maxLength", -1)
        return long_enough and _matches(schema.get("pattern"), value)
    return True


def _at_least(value: float, schema: Mapping[str, Any], keyword: str, sign: int = 1) -> bool:
    try:
        return value >= sign * float(schema[keyword])
    except (KeyError, TypeError, ValueError):  # none, or nonsense
        return True


def _matches(pattern: Any, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except (TypeError, re.error):  # none, or nonsense
        return True


def _referred(reference: Any, root: Mapping[str, Any]) -> Any:
    """What "#/$defs/Name" stands for."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _null(schema: Mapping[str, Any]) -> bool:
    return str(schema.get("type", "")).lower() == "null"
