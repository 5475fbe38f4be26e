"""How long Twilio waits for a webhook and how often it asks again: defaults, and what a URL's fragment says instead.

`https://agent.example.com/twilio/voice#rc=2&rp=5xx,ct`:
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Failure = Literal["ct", "rt", "4xx", "5xx"]
FAILURES: frozenset[Failure] = frozenset({"ct", "rt", "4xx", "5xx"})
LIMITS = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}  # ms; rc counts
UNUSED = {"e", "sni"}  # from where Twilio asks, and how it says whom it means


@dataclass(frozen=True)
class Overrides:
    """Seconds to connect, for each piece of the answer, and in all; how often, and after what, is asked again."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    retried: frozenset[Failure] = frozenset({"ct"})

    def again(self, failure: Failure, tries: int, spent: float) -> bool:
        """After `tries` tries and `spent` seconds."""
        return failure in self.retried and tries <= self.retries and spent < self.total


def read(url: str) -> Overrides:
    """Raises ValueError, in words for the operator, for what Twilio would not take."""
    found = dict(parse_qsl(urlsplit(url).fragment, keep_blank_values=True))
    if unknown := found.keys() - LIMITS.keys() - UNUSED - {"rp"}:
        raise ValueError(f"the fragment of {url} has {', '.join(sorted(unknown))}; it may have ct, rt, tt, rc, rp")
    numbers = {name: _number(url, name, value) for name, value in found.items() if name in LIMITS}
    retried = Overrides.retried
    if "rp" in found:
        words = set(found["rp"].split(","))
        retried = FAILURES if "all" in words else frozenset(one for one in FAILURES if one in words)
        if wrong := words - FAILURES - {"all"}:
            raise ValueError(f"the fragment of {url} has rp={','.join(sorted(wrong))}; it may be 4xx, 5xx, ct, rt, all")
    return Overrides(
        numbers.get("ct", 5000) / 1000,
        numbers.get("rt", 15_000) / 1000,
        numbers.get("tt", 15_000) / 1000,
        numbers.get("rc", 1),
        retried,
    )


def _number(url: str, name: str, value: str) -> int:
    low, high = LIMITS[name]
    if not value.isdigit() or not low <= int(value) <= high:
        raise ValueError(f"the fragment of {url} has {name}={value}; it may be {low} to {high}")
    return int(value)
