"""A close code and its reason -> what to do about it.

The Live API has no error message: whatever goes wrong is a WebSocket close, and the same code means different things,
so the reason is read too (it is cut at 123 bytes). A refusal of the upgrade is an HTTP status instead.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Remedy(enum.Enum):
    RESUME = "dial again, with the handle if there is one"
    FRESH = "dial again without the handle: the server does not know it"
    FORGET = "what we sent last is refused: dial again without the handle, and do not send that again"
    WAIT = "no capacity or quota left: not now"
    GIVE_UP = "the key, the model or its use is refused: dialling again changes nothing"


@dataclass(frozen=True, slots=True)
class Closing:
    """Why there is no connection (any more), and what mends it. `why` is for the log: no secrets, no transcripts.

    `unknown`: the server does not know who we are, which another token may mend.
    """

    remedy: Remedy
    why: str
    unknown: bool = False


QUOTA = ("quota", "credits", "resource_exhausted", "resource has been exhausted")
BAD_HANDLE = "requested entity was not found"
TRANSIENT_1008 = "operation is not implemented"  # a bug of one model with tools: it may work the next time
REFUSED = 1007  # an invalid payload, of the setup or of what came after it
POLICY = 1008
UNKNOWN = 401  # HTTP
NOT_ALLOWED = (400, UNKNOWN, 403, 404)  # HTTP: a wrong request, key, permission or address
TOO_MANY = 429


def of_socket(code: int | None, reason: str) -> Closing:
    """The reading of a close frame; `code` None means that the connection broke without one (1006)."""
    words = reason.lower()
    why = f"closed with {code or 1006} {reason!r}"
    if any(word in words for word in QUOTA):
        return Closing(Remedy.WAIT, why)
    if code == REFUSED:
        return Closing(Remedy.FORGET, why)
    if code == POLICY:
        if BAD_HANDLE in words:
            return Closing(Remedy.FRESH, why)
        return Closing(Remedy.RESUME if TRANSIENT_1008 in words else Remedy.GIVE_UP, why)
    return Closing(Remedy.RESUME, why)


def of_upgrade(status: int) -> Closing:
    """The reading of an HTTP status that came instead of 101."""
    why = f"the upgrade was answered with HTTP {status}"
    if status == TOO_MANY:
        return Closing(Remedy.WAIT, why)
    return Closing(Remedy.GIVE_UP if status in NOT_ALLOWED else Remedy.RESUME, why, status == UNKNOWN)


def of_network(error: Exception) -> Closing:
    """The reading of a connection that could not be opened: name look-up, TCP, TLS, time limit."""
    return Closing(Remedy.RESUME, f"could not connect: {type(error).__name__} {error}".rstrip())
