"""What remains of a call: the turns as they were heard, the tools that ran, how it ended. Times are the loop's."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

LONGEST_RING = 600  # seconds, Twilio's
CALL_BACK = "call-back"  # the kind of `Noted` that says who wants to be called back
DO_NOT_CALL = "do-not-call"  # and who does not want to be called


class Began(msgspec.Struct, frozen=True):
    """Twilio was told to open a stream for this call. Numbers as Twilio gives them."""

    began: float
    account_sid: str
    direction: str
    caller: str
    called: str
    agent: str
    model: str


class Unanswered(msgspec.Struct, frozen=True):
    """A call that we wanted to place and nobody has answered: it was refused, by us or by Twilio, or rang in vain.

    `why`: in words. What was never placed has no CallSid. It is an entry of no call that `Began`.
    """

    began: float
    account_sid: str
    caller: str
    called: str
    why: str


class CallerTurn(msgspec.Struct, frozen=True):
    """What the caller said, as the model understood it."""

    began: float
    text: str


class AgentTurn(msgspec.Struct, frozen=True):
    """What the agent said. `heard` is the part of `text` that the caller heard; milliseconds of sound likewise."""

    began: float
    source: str
    text: str
    heard: str
    sent_ms: int
    heard_ms: int


class Waited(msgspec.Struct, frozen=True):
    """How long the caller had to wait for the agent's first sound, after the last of their own or the last key."""

    began: float
    seconds: float


class ToolRun(msgspec.Struct, frozen=True):
    """A function that ran for the model. `answered` is False if the model had cancelled it or was gone."""

    began: float
    took: float
    name: str
    arguments: Mapping[str, Any]
    response: Mapping[str, Any]
    answered: bool


class Aside(msgspec.Struct, frozen=True):
    """What the model did for itself and nobody heard. `kind`: thought, code, or the result of running it."""

    began: float
    kind: str
    text: str


class Mishaps(msgspec.Struct, frozen=True):
    """What went wrong quietly in the call: how often, by its name, and how often which cure was tried.

    `silenced`: how often our own ear silenced the agent; `went_on`: how often the model did not agree.
    """

    troubles: Mapping[str, int]
    cures: Mapping[str, int]
    silenced: int = 0
    went_on: int = 0


class Next(enum.Enum):
    """What `/twilio/voice/next` answers."""

    CONNECT = "a new stream: the conversation goes on"
    HANG_UP = "the end"


class Apology(msgspec.Struct, frozen=True):
    """What a caller gets where no agent can be had: a sentence, then the end.

    `language`: of the sentence, as de-DE; empty: the agent's.
    """

    text: str = "Sorry, we can't take your call at the moment. Please try again later. Goodbye."
    language: str = ""


class Transfer(msgspec.Struct, frozen=True):
    """The caller is put through to somebody: a number (E.164) or a SIP address. Who is not reached comes back.

    `timeout`: seconds that it rings there. `caller_id`: the number that is shown, one of the account's; empty: the
    caller's own. `words`: what is said before, in `language` or else the agent's, where the agent can't.
    """

    to: str
    timeout: int = 25
    caller_id: str = ""
    words: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        for number in filter(None, (self.to, self.caller_id)):
            if not re.fullmatch(r"\+[1-9]\d{6,14}|sips?:[^\s<>]+@[^\s<>]+", number):
                raise ValueError(f"Transfer has {number!r}; give a number as +15551234567, or sip:name@host")
        if not (self.to and 1 <= self.timeout <= LONGEST_RING):
            raise ValueError(f"Transfer rings {self.to!r} for {self.timeout!r} s; give whom, and 1 to {LONGEST_RING} s")


class Voicemail(msgspec.Struct, frozen=True):
    """The caller is asked for a message, in `language` or else the agent's, and recorded: `longest` seconds at most."""

    words: str = "Please leave a message after the tone."
    language: str = ""
    longest: int = 120


class PressDigits(msgspec.Struct, frozen=True):
    """Keys are pressed for the agent: 0-9, *, #; w waits half a second, W a whole one."""

    keys: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9*#ABCDwW]{1,32}", self.keys):
            raise ValueError(f"{self.keys!r} can't be pressed; give up to 32 of 0-9, *, #, w and W")


class Meet(msgspec.Struct, frozen=True):
    """The caller is taken to the conference of that name, in which somebody waits."""

    room: str


class Announce(msgspec.Struct, frozen=True):
    """The caller is told something to its end, in a `language` as de-DE, before the conversation goes on."""

    words: str
    language: str = ""


class CallBack(msgspec.Struct, frozen=True):
    """The caller is told that nobody is there, and offered: who presses 1 is noted down to be called back, who presses
    2 leaves a message.

    `language`: of both sentences, as de-DE; empty: the agent's.
    """

    text: str = (
        "I am sorry, nobody is free at the moment. To be called back at this number, press 1. "
        "To leave a message, press 2."
    )
    thanks: str = "Thank you. We will call you back. Goodbye."
    language: str = ""


class Tokens(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens by what they were, to the model and from it. `untold`: nobody says which of these; thoughts are text.

    `transcripts` are estimated: they are billed as text from the model, and no count of Google's tells of them.
    `cached` and `tool_use` are counted among those to the model, too.
    """

    text_in: int = 0
    audio_in: int = 0
    image_in: int = 0
    video_in: int = 0
    untold_in: int = 0
    text_out: int = 0
    audio_out: int = 0
    video_out: int = 0
    untold_out: int = 0
    thoughts: int = 0
    transcripts: int = 0
    cached: int = 0
    tool_use: int = 0

    @property
    def inward(self) -> int:
        """All that were sent to the model."""
        return self.text_in + self.audio_in + self.image_in + self.video_in + self.untold_in

    @property
    def outward(self) -> int:
        """All that it answered with, without thoughts and transcripts."""
        return self.text_out + self.audio_out + self.video_out + self.untold_out

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Billed(msgspec.Struct, frozen=True):
    """What one turn of the model's cost; its prompt counts the whole conversation again. `usd` None: nobody knows."""

    began: float
    tokens: Tokens
    usd: float | None


class Searched(msgspec.Struct, frozen=True):
    """What a turn of the model's was looked up with: Google's queries, and title and address of the pages it rests on.

    `suggestions`: HTML that Google wants to be shown wherever the answer is shown. `usd`: the fee; None: nobody knows.
    """

    began: float
    queries: Sequence[str]
    pages: Sequence[tuple[str, str]]
    suggestions: str
    usd: float | None


class Bill(msgspec.Struct, frozen=True):
    """What a call cost at the model's provider, so far as it told. `usd` None: the price of some of it is not known.

    `searches`: those that a fee is taken for.
    """

    tokens: Tokens = Tokens()
    searches: int = 0
    usd: float | None = 0.0


Fallback = Apology | Transfer | Voicemail | CallBack
Errand = Transfer | PressDigits | Meet | Announce  # the caller may be back after it
Follows = Next | Fallback | Errand  # what `/twilio/voice/next` may answer


class Outcome(msgspec.Struct, frozen=True):
    """How the call ended: why, for the log; what Twilio is told if it asks once more; and what the model cost."""

    why: str
    next: Follows
    lasted: float  # seconds since the caller was on the line
    bill: Bill = Bill()


class Noted(msgspec.Struct, frozen=True):
    """What somebody else told of the call, or did to it: Twilio's reports. `kind`: of what; `facts`: in its words."""

    at: float
    kind: str
    facts: Mapping[str, Any]


Entry = (
    Began
    | Unanswered
    | CallerTurn
    | AgentTurn
    | Waited
    | ToolRun
    | Aside
    | Billed
    | Searched
    | Mishaps
    | Noted
    | Outcome
)
