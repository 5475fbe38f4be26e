"""One request to the REST API, and the answers to it that are no single resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from .resources import ApiError, Json

MISSING = {"To": 21201, "From": 21212, "Body": 21602, "PhoneNumber": 21421}


@dataclass(frozen=True)
class Asked:
    """`at`: the names in the path; `form`: body and query, a name may have several values."""

    path: str
    at: Mapping[str, str]
    form: Mapping[str, Sequence[str]]

    def text(self, name: str, otherwise: str = "") -> str:
        return self.form.get(name, [otherwise])[0]

    def needed(self, name: str) -> str:
        if not (value := self.text(name)):
            raise ApiError(400, MISSING.get(name, 21200), f"A '{name}' is required.")
        return value

    def flag(self, name: str, otherwise: bool) -> bool:
        value = self.text(name, str(otherwise)).lower()
        if value not in ("true", "false"):
            raise ApiError(400, 21200, f"'{name}' must be true or false, not {value!r}")
        return value == "true"

    def number(self, name: str, otherwise: float) -> float:
        value = self.text(name, str(otherwise))
        try:
            return float(value)
        except ValueError as error:
            raise ApiError(400, 21200, f"'{name}' must be a number, not {value!r}") from error

    def url(self, name: str) -> str | None:
        value = self.text(name)
        if value and (urlsplit(value).scheme not in ("http", "https") or " " in value):
            raise ApiError(400, 21205, f"{name} is not a valid URL: {value}")
        return value or None

    def words(self, name: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list, given by repeating the name or with spaces between."""
        return tuple(word for value in self.form.get(name, otherwise) for word in value.split())


@dataclass(frozen=True)
class Listed:
    """Resources, of which a page is wanted; `kind` is the key that they stand under."""

    kind: str
    found: Sequence[Json]


@dataclass(frozen=True)
class Sound:
    wav: bytes
