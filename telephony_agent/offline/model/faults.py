"""What can go wrong with a Live session: everything that was seen at Google's, as values, and as a query of a URL.

`close?code=1011&at=call`, `quota?at=setup` (any name of `CLOSINGS`) and `silence?seconds=2` are such queries. A fault
happens once; one about a turn happens to the next turn that can have it, so two of a kind happen to two turns.
"""

from __future__ import annotations

from typing import Literal, get_args
from urllib.parse import parse_qsl

import msgspec

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import CLOSINGS, INTERNAL, NO_SUCH_THING

HANDSHAKE_REFUSALS = Literal[401, 403, 404, 429, 500, 503]
CODES = (*range(1000, 1004), *range(1006, 1015), *range(3000, 5000))  # of closes; 1006 stands for a line that is cut
GERMAN = "Es tut mir leid, das habe ich leider nicht verstanden."


class OfSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="fault"):
    """Any of these; its tag is its name on the wire."""


class Closes(OfSession, frozen=True, tag="close"):
    """The session closes; 1006 cuts the line. `at`: now, instead of setupComplete, at the client's next message instead
    of taking it, or after the next sound, toolCall or turnComplete. A reason of more than 123 bytes is cut, as the
    protocol of WebSockets demands.
    """

    code: int = INTERNAL[0]
    reason: str = INTERNAL[1]
    at: Literal["now", "setup", "input", "sound", "call", "turn"] = "now"


class GoesAway(OfSession, frozen=True, tag="go_away"):
    """It says that it will close in so many seconds, and does. `silent`: until then nothing more is sent."""

    seconds: float = 1.0
    code: int = 1000
    reason: str = ""
    silent: bool = False


class Silence(OfSession, frozen=True, tag="silence"):
    """Nothing is sent for so many seconds; then all of it."""

    seconds: float = 5.0


class NearSilence(OfSession, frozen=True, tag="near_silence"):
    """The next turn's sound is there, and can't be heard."""


class Stalls(OfSession, frozen=True, tag="stall"):
    """Nothing more comes of a turn, not even its end, until it is interrupted or would have ended. `at`: of the next
    turn after its first sound, of the next turn at all, or of what would follow the client's next toolResponse.
    """

    at: Literal["sound", "reply", "answer"] = "sound"


class EmptyTurn(OfSession, frozen=True, tag="empty_turn"):
    """The next turn is complete without a word."""


class RejectedTurn(OfSession, frozen=True, tag="rejected_turn"):
    """The next turn is complete without a word, for this turnCompleteReason."""

    reason: str = "RESPONSE_REJECTED"


class CutShort(OfSession, frozen=True, tag="cut_short"):
    """The next turn ends in the middle of what it says, and is said to be complete."""


class OtherLanguage(OfSession, frozen=True, tag="other_language"):
    """The next turn says this instead."""

    text: str = GERMAN


class Unheard(OfSession, frozen=True, tag="unheard"):
    """What the caller says next is not understood: no transcript comes of it, and no answer."""


class ThinksAloud(OfSession, frozen=True, tag="think_aloud"):
    """Before the next turn's first sound or call comes what nobody may hear: a thought, code, and what it gave."""


class RestsOnSearch(OfSession, frozen=True, tag="search"):
    """The next turn is said to rest on a search of Google's for this query, which has found this page."""

    query: str = "noon"
    title: str = "Noon"
    address: str = "https://example.com/noon"


class NoTurnComplete(OfSession, frozen=True, tag="no_turn_complete"):
    """The next turn is not said to be complete; not even that it has been generated, if `generated` is false."""

    generated: bool = True


class EarlyTurnComplete(OfSession, frozen=True, tag="early_turn_complete"):
    """The next turn is said to be complete after its first sound, and goes on."""


class DuplicateCall(OfSession, frozen=True, tag="duplicate_call"):
    """The next toolCall comes twice."""


class NothingInterrupted(OfSession, frozen=True, tag="interrupted"):
    """`interrupted` though the caller is silent: now, whatever goes on, or before the next turn's first sound."""

    at: Literal["now", "reply"] = "now"


class Storm(OfSession, frozen=True, tag="storm"):
    """So many empty messages at once."""

    count: int = 1000


class HandleRefused(OfSession, frozen=True, tag="refuse_handle"):
    """The next session may not go on from an earlier one."""

    code: int = NO_SUCH_THING[0]
    reason: str = NO_SUCH_THING[1]


class SlowSetup(OfSession, frozen=True, tag="slow_setup"):
    """The next session's setupComplete comes so many seconds late."""

    seconds: float = 5.0


class UpgradeRefused(OfSession, frozen=True, tag="refuse_upgrade"):
    """The next connections are answered with this HTTP status, so many times."""

    status: HANDSHAKE_REFUSALS = 401
    times: int = 1


class SlowPong(OfSession, frozen=True, tag="slow_pong"):
    """From now on a ping is answered so many seconds late, in every session; 0 mends it."""

    seconds: float = 30.0


class HandlesForgotten(OfSession, frozen=True, tag="forget_handles"):
    """No conversation of before can be gone on with."""


OfTurn = EmptyTurn | RejectedTurn | CutShort | OtherLanguage
InSession = (
    Closes
    | GoesAway
    | Silence
    | NearSilence
    | Stalls
    | OfTurn
    | Unheard
    | ThinksAloud
    | RestsOnSearch
    | NoTurnComplete
    | EarlyTurnComplete
    | DuplicateCall
    | NothingInterrupted
    | Storm
    | HandleRefused
    | SlowSetup
)
Fault = InSession | UpgradeRefused | HandlesForgotten | SlowPong


def given(text: str) -> Fault:
    """The fault that a name says, or a name and a query: `stall?at=reply`. Raises ProtocolError if there is none."""
    name, _, query = text.partition("?")
    return read(name, query)


def menu() -> list[tuple[str, str]]:
    """Each fault as a query that holds its fields and their defaults, and what it does."""
    lines = []
    for kind in get_args(Fault):
        fields = "&".join(f"{field.name}={field.default}" for field in msgspec.structs.fields(kind))
        name = kind.__struct_config__.tag + (f"?{fields}" if fields else "")
        lines.append((name, " ".join((kind.__doc__ or "").split())))
    named = ", ".join(f"{name} ({code})" for name, (code, _) in CLOSINGS.items())
    return [*lines, ("NAME?at=now", f"close with Google's code and words; NAME is one of {named}")]


def read(name: str, query: str) -> Fault:
    """The fault of this name, with what a URL's query says of it. Raises ProtocolError if there is none such."""
    given = dict(parse_qsl(query))
    if name in CLOSINGS:
        code, reason = CLOSINGS[name]
        given = {"code": str(code), "reason": reason} | given
        name = "close"
    try:
        fault: Fault = msgspec.convert(given | {"fault": name}, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"no such fault: {error}") from None
    if isinstance(fault, Closes | GoesAway | HandleRefused) and fault.code not in CODES:
        raise ProtocolError(
            f"no such fault: nothing closes with {fault.code}; 1006 cuts the line, 4000 to 4999 are free"
        )
    return fault


def is_of_setup(fault: InSession) -> bool:
    """It can only happen to a session that has not begun."""
    return isinstance(fault, HandleRefused | SlowSetup) or (isinstance(fault, Closes) and fault.at == "setup")


def is_of_now(fault: InSession) -> bool:
    """It happens at once, so there must be a session."""
    if isinstance(fault, Closes | NothingInterrupted):
        return fault.at == "now"
    return isinstance(fault, GoesAway | Silence | Storm)
