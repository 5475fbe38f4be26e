"""What remains of a call: the turns as they were heard, the tools that ran, how it ended. Times are the loop's."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec


class Began(msgspec.Struct, frozen=True):
    """Twilio was told to open a stream for this call. Numbers as Twilio gives them."""

    began: float
    account_sid: str
    direction: str
    caller: str
    called: str
    agent: str
    model: str


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
    """What a caller gets where no agent can be had: a sentence that Twilio speaks, then the end.

    `language`: of its voice, as de-DE; empty: Twilio's own, which is English.
    """

    text: str = "Sorry, we can't take your call at the moment. Please try again later. Goodbye."
    language: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How the call ended: why, for the log; and what Twilio is told if it asks once more.

    Tokens are summed over the model's turns, as they are billed: each prompt counts the whole context again.
    """

    why: str
    next: Next | Apology
    lasted: float  # seconds since the caller was on the line
    prompt_tokens: int = 0
    response_tokens: int = 0


class Noted(msgspec.Struct, frozen=True):
    """What somebody else told of the call, or did to it: Twilio's reports. `kind`: of what; `facts`: in its words."""

    at: float
    kind: str
    facts: Mapping[str, Any]


Entry = Began | CallerTurn | AgentTurn | ToolRun | Aside | Mishaps | Noted | Outcome
