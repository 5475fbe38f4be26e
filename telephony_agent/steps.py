"""What happens to a call besides the messages of its two ends, and what is done about it: `Call`'s two vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from .live import messages as live
from .live.closing import Closing
from .live.requests import Update
from .live.setup import Setup
from .phone import messages as phone
from .record.entries import Entry, Follows, Next, Outcome
from .toolbox.context import Awaited, Prompted, Request, RestRequest, Wants

OURS = 0  # the id of what no function has asked for

# What happened: the bridge reports it.


@dataclass(frozen=True, slots=True)
class Rang:
    """Twilio's webhook was answered with a stream. `prewarm`: dial the model now, while the phone still rings."""

    prewarm: bool


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The stream's socket closed without a `stop`: the call may still be up."""


@dataclass(frozen=True, slots=True)
class NextAsked:
    """Twilio asks what follows (`/twilio/voice/next`); answered by one `Reply`.

    `dialled`: if somebody was called, Twilio's word for how that went.
    """

    dialled: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Twilio says that the call is over, or we are shutting down; or the operator does, and Twilio is to be `told`."""

    why: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """A session can be set up. `moment`: date and time where the agent is, for the setup."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no session, or no more; `closing` tells why, and what mends it."""

    closing: Closing


@dataclass(frozen=True, slots=True)
class ToolDone:
    """A tool has answered. `hang_up`: it wants the agent to leave the call, and `next` to follow."""

    id: str
    response: Mapping[str, Any]
    hang_up: bool = False
    next: Follows = Next.HANG_UP


@dataclass(frozen=True, slots=True)
class Requested:
    """A function asks something of the call, and waits for the `Settle` of that id."""

    id: int
    request: Request


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The function that asked waits no more."""

    id: int


@dataclass(frozen=True, slots=True)
class Arranged:
    """Twilio has done what was asked by `Arrange`, and called it `sid`; or it has not, for an `error`."""

    id: int
    request: RestRequest
    sid: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Consulted:
    """Who was called about the call, by a call `sid` of their own, takes it; or does not, or is gone.

    Answered by one `Reply`: what follows for them.
    """

    sid: str
    takes_it: bool


@dataclass(frozen=True, slots=True)
class MachineAnswered:
    """Of a call that we placed. `beeped`: its greeting is over, and it records."""

    beeped: bool


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """It is past the call's `deadline`."""


Event = (
    phone.Event
    | live.Event
    | Rang
    | StreamLost
    | NextAsked
    | Ended
    | Connected
    | Lost
    | ToolDone
    | Prompted
    | Awaited
    | Wants
    | Requested
    | GaveUp
    | Arranged
    | Consulted
    | MachineAnswered
    | TimeIsUp
)


# What to do about it: the bridge does it, in order.


class ToPhone(msgspec.Struct, frozen=True):  # as the next one 50 times a second, which is a dataclass's slow side
    command: phone.Command


class ToLive(msgspec.Struct, frozen=True):
    command: live.Command


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a socket to the model, once the previous one is closed."""


@dataclass(frozen=True, slots=True)
class DropLive:
    """Close the socket to the model; nothing that it still says counts."""


@dataclass(frozen=True, slots=True)
class CloseStream:
    """The stream has an end, the call has not: Twilio will ask what follows."""


@dataclass(frozen=True, slots=True)
class RunTool:
    call: live.ToolCall


@dataclass(frozen=True, slots=True)
class StopTool:
    id: str


@dataclass(frozen=True, slots=True)
class Arrange:
    """Ask this of Twilio's REST API."""

    id: int
    request: RestRequest


@dataclass(frozen=True, slots=True)
class Settle:
    """What came of a `Requested`; `error`, if there is one, is for the model."""

    id: int
    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to `NextAsked`, or to `Consulted`."""

    next: Follows


@dataclass(frozen=True, slots=True)
class Record:
    """Something that only the call knows, for whoever keeps records."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over: close both ends, stop everything; and ask these last things of Twilio, if that can be."""

    outcome: Outcome
    last: tuple[RestRequest, ...] = ()


Action = (
    ToPhone | ToLive | Dial | DropLive | CloseStream | RunTool | StopTool | Arrange | Settle | Reply | Record | HangUp
)


def veiled(step: Event | Action) -> Event | Action:
    """The step as others may see it: which key was pressed may be a secret. What is none, the records tell."""
    match step:
        case phone.Pressed():
            return phone.Pressed("?")
        case Settle(id, _, error):
            return Settle(id, "?", error)
        case _:
            return step


def brief(step: Event | Action | phone.Command | live.Command) -> str:
    """A step for the log at DEBUG: sound as its number of bytes, no token, no instructions, on one short line."""
    match step:
        case ToPhone(command) | ToLive(command):
            return brief(command)
        case phone.Heard(sound) | phone.Say(sound) | live.Spoke(sound) | live.Hear(sound):
            return f"{type(step).__name__}({len(sound)} bytes)"
        case phone.Started():
            return f"Started({step.stream_sid})"
        case Setup():
            return f"Setup({step.model}, {len(step.declarations)} functions)"
        case Update():
            return "Update"
        case _:
            return repr(step)[:200]
