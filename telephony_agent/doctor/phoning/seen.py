"""What was seen of the one call that the probe places: requests and streams. Times in seconds since it was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..journal import Journal


@dataclass(frozen=True, slots=True)
class Asked:
    """A webhook of Twilio's. `kind`: the last part of its path; `token`: the same where it repeats itself."""

    at: float
    kind: str
    form: Mapping[str, str]
    token: str
    answered: int


@dataclass(slots=True)
class Stream:
    """`signed`: which spelling of its URL is signed, if one is. A close code is None where no close frame came."""

    at: float
    signed: str = ""
    messages: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    pings: int = 0
    accepted: bool = False
    finished: float | None = None
    """When we closed it, cut it, or refused it."""
    over: float | None = None
    """When nothing more could come."""
    close_code: int | None = None
    """Of the close frame that Twilio sent."""
    notes: dict[str, Any] = field(default_factory=dict)

    def events(self, kind: str) -> list[tuple[float, Mapping[str, Any]]]:
        return [(at, message) for at, message in self.messages if message.get("event") == kind]


@dataclass(slots=True)
class Visit:
    """`streams`: by act. `over`: when the call was, and how it ended."""

    requests: list[Asked] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    over: tuple[float, str] | None = None
    journal: Journal = field(default_factory=Journal)

    def asked(self, *kinds: str) -> list[Asked]:
        return [each for each in self.requests if each.kind in kinds]
