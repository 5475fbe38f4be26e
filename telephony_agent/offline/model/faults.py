"""What can go wrong with a Live session: everything that was seen at Google's, as values, and as a query of a URL.

`close?code=1011&at=call` and `silence?seconds=2` are such queries. A fault happens once; one about a turn happens to
the next turn.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl

import msgspec

from telephony_agent.errors import ProtocolError

INTERNAL = "Internal error encountered."
HANDSHAKE_REFUSALS = Literal[401, 403, 404, 429, 500, 503]


class OfSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="fault"):
    """Any of these; its tag is its name on the wire."""


class Closes(OfSession, frozen=True, tag="close"):
    """The session closes; 1006 cuts the line. `at`: now, instead of setupComplete, or after the next sound, toolCall or
    turnComplete. A reason of more than 123 bytes is cut, as the protocol of WebSockets demands.
    """

    code: int = 1011
    reason: str = INTERNAL
    at: Literal["now", "setup", "sound", "call", "turn"] = "now"


class GoesAway(OfSession, frozen=True, tag="go_away"):
    """It says that it will close in so many seconds, and does."""

    seconds: float = 1.0
    code: int = 1000
    reason: str = ""


class Silence(OfSession, frozen=True, tag="silence"):
    """Nothing is sent for so many seconds; then all of it."""

    seconds: float = 5.0


class NearSilence(OfSession, frozen=True, tag="near_silence"):
    """The next turn's sound is there, and can't be heard."""


class Stalls(OfSession, frozen=True, tag="stall"):
    """After its first sound nothing more comes of the next turn, not even its end."""


class NoTurnComplete(OfSession, frozen=True, tag="no_turn_complete"):
    """The next turn is not said to be complete."""


class EarlyTurnComplete(OfSession, frozen=True, tag="early_turn_complete"):
    """The next turn is said to be complete after its first sound, and goes on."""


class DuplicateCall(OfSession, frozen=True, tag="duplicate_call"):
    """The next toolCall comes twice."""


class NothingInterrupted(OfSession, frozen=True, tag="interrupted"):
    """`interrupted`, whether anything is being said or not."""


class Storm(OfSession, frozen=True, tag="storm"):
    """So many empty messages at once."""

    count: int = 1000


class HandleRefused(OfSession, frozen=True, tag="refuse_handle"):
    """The next session that wants to go on from an earlier one may not."""


class SlowSetup(OfSession, frozen=True, tag="slow_setup"):
    """The next session's setupComplete comes so many seconds late."""

    seconds: float = 5.0


class UpgradeRefused(OfSession, frozen=True, tag="refuse_upgrade"):
    """The next connections are answered with this HTTP status, so many times."""

    status: HANDSHAKE_REFUSALS = 401
    times: int = 1


InSession = (
    Closes
    | GoesAway
    | Silence
    | NearSilence
    | Stalls
    | NoTurnComplete
    | EarlyTurnComplete
    | DuplicateCall
    | NothingInterrupted
    | Storm
    | HandleRefused
    | SlowSetup
)
Fault = InSession | UpgradeRefused


def read(name: str, query: str) -> Fault:
    """The fault of this name, with what a URL's query says of it. Raises ProtocolError if there is none such."""
    try:
        fault: Fault = msgspec.convert(dict(parse_qsl(query)) | {"fault": name}, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"no such fault: {error}") from None
    return fault


def is_of_setup(fault: InSession) -> bool:
    """It can only happen to a session that has not begun."""
    return isinstance(fault, HandleRefused | SlowSetup) or (isinstance(fault, Closes) and fault.at == "setup")


def is_of_now(fault: InSession) -> bool:
    """It happens at once, so there must be a session."""
    now = isinstance(fault, GoesAway | Silence | NothingInterrupted | Storm)
    return now or (isinstance(fault, Closes) and fault.at == "now")
