"""What a check has found, for people and for programs."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass


class Verdict(enum.Enum):
    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what mends it. Sentences for the operator; no secrets."""

    what: str
    mend: str

    @classmethod
    def told(cls, error: str) -> Trouble:
        """As our own errors put it: what is wrong; what mends it."""
        what, _, mend = error.partition("; ")
        return cls(what, mend)


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    verdict: Verdict
    what: str
    mend: str = ""

    def lines(self) -> str:
        """As `telephony-agent check` prints it."""
        first, *more = self.what.splitlines() or [""]
        told = [f"{self.verdict.value:8}{self.check:12}{first}", *(" " * 20 + line for line in more)]
        return "\n".join([*told, f"{'':20}-> {self.mend}"] if self.mend else told)

    def content(self) -> dict[str, str]:
        """As `--json` has it."""
        return {"check": self.check, "verdict": self.verdict.value, "what": self.what, "mend": self.mend}

    def cleared(self, hide: Callable[[str], str]) -> Finding:
        """The same, its texts without what `hide` takes out of them."""
        return Finding(self.check, self.verdict, hide(self.what), hide(self.mend))


def ok(check: str, what: str) -> Finding:
    return Finding(check, Verdict.OK, what)


def wrong(check: str, trouble: Trouble) -> Finding:
    return Finding(check, Verdict.WRONG, trouble.what, trouble.mend)


def unknown(check: str, what: str, mend: str = "") -> Finding:
    return Finding(check, Verdict.UNKNOWN, what, mend)
