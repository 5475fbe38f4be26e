"""What was said on the wire during one question, without sound and handles, and which fields the server used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 60  # messages of a question that the report shows, the first ones
SHORT = 60  # characters of base64 that are no sound
HANDLES = ("handle", "newHandle")  # whoever has one can go on with the session


@dataclass
class Journal:
    lines: list[dict[str, Any]] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    """Of all that came, as `serverContent.modelTurn.parts[].text`."""

    def note(self, at: float, way: str, message: Mapping[str, Any] | str) -> None:
        """`at`: seconds since the question began; `way`: ">" to the server, "<" from it; a text tells of the socket."""
        if way == "<" and not isinstance(message, str):
            self.fields.update(_paths(message))
        if len(self.lines) < KEPT:
            self.lines.append({"at": round(at, 3), "way": way, "message": elided(message)})


def elided(value: Any, name: str = "") -> Any:
    """The same without sound, pictures and handles, of which only the length is left."""
    match value:
        case Mapping():
            return {key: elided(each, key) for key, each in value.items()}
        case list():
            return [elided(each, name) for each in value]
        case str() if name in HANDLES or (name == "data" and len(value) > SHORT):
            return f"<{len(value)} characters>"
    return value


def _paths(value: Any, above: str = "") -> Iterator[str]:
    """Of the leaves."""
    match value:
        case Mapping() if value:
            for key, each in value.items():
                yield from _paths(each, f"{above}.{key}" if above else key)
        case list() if value:
            for each in value:
                yield from _paths(each, f"{above}[]")
        case _:
            yield above
