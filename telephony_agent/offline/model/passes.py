"""Ephemeral tokens: each lets in whoever brings it, a few times and for a while, and may say what the setup says.

https://ai.google.dev/gemini-api/docs/ephemeral-tokens. How a spent or expired one is refused was not seen; here as one
that nobody ever gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.frames import HUMP, AuthTokenFrame, SetupFrame, checked, decoded
from telephony_agent.offline.model.keys import PASS

LASTS = timedelta(minutes=30)  # if the client does not say
STARTS = timedelta(minutes=1)  # in which a session must begin, if the client does not say
LONGEST = timedelta(hours=20)
KEPT = 1000  # tokens; the oldest are forgotten first

Json = dict[str, Any]


@dataclass(frozen=True)
class Pass:
    """`uses`: sessions that may still begin with it, None for any number. `fields`: the parts of `setup` that count,
    as paths; None for all of it, and nothing the client says.
    """

    starts_before: datetime
    ends: datetime
    uses: int | None = 1
    setup: Json | None = None
    fields: tuple[str, ...] | None = None

    def applied(self, setup: Json) -> Json:
        """The setup of a session with this token, when the client says this; names are in snake_case."""
        if self.setup is None:
            return setup
        if self.fields is None:
            resumption = {"session_resumption": setup["session_resumption"]} if _handle(setup) else {}
            return self.setup | resumption
        for path in self.fields:
            setup = _with(setup, path.split("."), self.setup)
        return setup


class Passes:
    """Those that were given, by their name."""

    def __init__(self) -> None:
        self._passes: dict[str, Pass] = {}

    def give(self, body: bytes, now: datetime) -> Json:
        """A new one, as such a request wants it. Raises ProtocolError if there can't be such a one."""
        wanted = checked(decoded(body), AuthTokenFrame)
        setup = wanted.bidi_generate_content_setup
        checked(setup or {}, SetupFrame)
        ends = _time(wanted.expire_time, now + LASTS)
        starts_before = _time(wanted.new_session_expire_time, now + STARTS)
        if not now < ends < now + LONGEST or not now < starts_before < now + LONGEST:
            raise ProtocolError("expire_time and new_session_expire_time must be in the future, within 20 hours")
        fields = tuple(_paths(wanted.field_mask))
        name = PASS + uuid4().hex
        self._passes[name] = Pass(starts_before, ends, _uses(wanted.uses), setup, fields or None)
        if len(self._passes) > KEPT:
            del self._passes[next(iter(self._passes))]
        return {"name": name}

    def find(self, name: str, now: datetime) -> Pass | None:
        """That of this name, if it is still good for anything."""
        found = self._passes.get(name)
        return found if found and now < found.ends else None

    def spend(self, name: str, resumes: bool, now: datetime) -> bool:
        """A session begins with it, or one is gone on with, which costs nothing. Whether it may."""
        found = self.find(name, now)
        if found is None or resumes:
            return found is not None
        if found.uses == 0 or now >= found.starts_before:
            return False
        if found.uses is not None:
            self._passes[name] = replace(found, uses=found.uses - 1)
        return True


def _uses(given: int | None) -> int | None:
    return 1 if given is None else given or None  # 0 is any number


def _time(given: str, usual: datetime) -> datetime:
    if not given:
        return usual
    try:
        time = msgspec.convert(given, datetime)
    except msgspec.ValidationError:
        raise ProtocolError(f"Invalid value at 'auth_token.expire_time' ({given})") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _paths(mask: str) -> Iterator[str]:
    for path in filter(None, mask.split(",")):
        yield HUMP.sub("_", path.strip()).replace("._", ".").lower()


def _handle(setup: Mapping[str, Any]) -> bool:
    resumption = setup.get("session_resumption")
    return isinstance(resumption, dict) and bool(resumption.get("handle"))


def _with(setup: Json, path: list[str], source: Mapping[str, Any]) -> Json:
    """The setup with what `source` has at this path, which may be nothing."""
    step, *rest = path
    value = source.get(step)
    if rest and isinstance(value, dict):
        inner = setup.get(step)
        value = _with(inner if isinstance(inner, dict) else {}, rest, value)
    left = {name: given for name, given in setup.items() if name != step}
    return left if value is None else left | {step: value}
