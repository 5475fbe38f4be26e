"""What a TwiML document may say, as values. Addresses in them are absolute, times are in seconds.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Stream:
    """`url` and `status_callback` are absolute; parameters come back in the stream's `start`."""

    url: str
    name: str | None = None
    status_callback: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Connect:
    """Stream until one side ends it, then ask `action` how to go on, or take the next verb."""

    stream: Stream
    action: str | None = None


@dataclass(frozen=True)
class StartStream:
    """A copy of the caller's sound for whoever listens, while the next verb runs. Nothing can be said on it: the
    classic mistake where <Connect> was meant."""

    stream: Stream


@dataclass(frozen=True)
class StopStream:
    name: str


@dataclass(frozen=True)
class StartRecording:
    """From here to the end of the call."""

    channels: int = 1
    status_callback: str | None = None


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Play:
    """A file of sound, or keys pressed for the other end to hear. `times`: 0 is for ever."""

    url: str = ""
    digits: str = ""
    times: int = 1


@dataclass(frozen=True)
class Pause:
    """`length` in seconds."""

    length: float


@dataclass(frozen=True)
class Gather:
    """Keys, until there are `digits` of them, `finish` is pressed, or none has come for `timeout` seconds after the
    prompts. Without a key the next verb follows, unless `when_empty`; else `action`, or the document's own URL."""

    action: str
    prompts: tuple[Say | Play | Pause, ...] = ()
    digits: int | None = None
    timeout: float = 5.0
    finish: str = "#"
    when_empty: bool = False


@dataclass(frozen=True)
class Record:
    """A message of the caller, until a key of `finish`, `timeout` seconds of silence, or `longest` seconds."""

    action: str
    longest: float = 3600.0
    timeout: float = 5.0
    finish: str = "1234567890*#"
    beep: bool = True
    status_callback: str | None = None


@dataclass(frozen=True)
class Number:
    """Somebody to call: a number, or a SIP address. `url`: TwiML that only they hear, before the two talk."""

    number: str
    url: str | None = None
    status_callback: str | None = None
    status_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Conference:
    """A room. `starts`: whether it begins with this one's coming; `ends`: and is over with their leaving."""

    name: str
    starts: bool = True
    ends: bool = False
    muted: bool = False
    label: str = ""
    wait_url: str | None = None
    status_callback: str | None = None
    status_events: tuple[str, ...] = ()
    coaches: str = ""  # a CallSid: only that one hears this one


@dataclass(frozen=True)
class Dial:
    """Calls all `numbers` at once and talks to the first who answers, or enters `conference`."""

    numbers: tuple[Number, ...] = ()
    conference: Conference | None = None
    action: str | None = None
    caller_id: str | None = None
    timeout: float = 30.0
    time_limit: float = 4 * 3600.0


@dataclass(frozen=True)
class Enqueue:
    """Waits in a queue until somebody takes the call elsewhere. `wait_url` is TwiML that is heard meanwhile."""

    queue: str
    wait_url: str | None = None


@dataclass(frozen=True)
class Refer:
    """Whoever sent the call over SIP is told to call there instead. Calls from the telephone network can't be."""

    to: str
    action: str | None = None


@dataclass(frozen=True)
class Leave:
    """The queue is left; outside of one, the document goes on."""


@dataclass(frozen=True)
class Redirect:
    url: str


@dataclass(frozen=True)
class Reject:
    reason: Literal["rejected", "busy"] = "rejected"


@dataclass(frozen=True)
class Hangup:
    pass


Verb = (
    Connect
    | StartStream
    | StopStream
    | StartRecording
    | Say
    | Play
    | Pause
    | Gather
    | Record
    | Dial
    | Enqueue
    | Refer
    | Leave
    | Redirect
    | Reject
    | Hangup
)
