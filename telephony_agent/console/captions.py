"""What a page shows of a call: the words of both sides, the tools, the end; as JSON for its live view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..live import messages as live
from ..record.entries import AgentTurn, CallerTurn, Outcome, ToolRun
from ..steps import Action, Event, Record


class Said(msgspec.Struct, frozen=True, tag_field="kind", tag="said"):
    """A piece of a turn's words, as the model gives them. `who`: caller or agent."""

    who: str
    text: str


class Ended(msgspec.Struct, frozen=True, tag_field="kind", tag="ended"):
    """The model's turn is complete, or was interrupted: its next words are another turn."""


class Turn(msgspec.Struct, frozen=True, tag_field="kind", tag="turn"):
    """A whole turn. `heard`: the part of the text that the caller heard."""

    who: str
    text: str
    heard: str


class Asked(msgspec.Struct, frozen=True, tag_field="kind", tag="asked"):
    """The model wants a function run."""

    name: str
    arguments: Mapping[str, Any]


class Ran(msgspec.Struct, frozen=True, tag_field="kind", tag="ran"):
    """A function has answered. `took`: seconds."""

    name: str
    took: float
    response: Mapping[str, Any]


class Over(msgspec.Struct, frozen=True, tag_field="kind", tag="over"):
    """The call has ended. `lasted`: seconds."""

    why: str
    lasted: float


class Missed(msgspec.Struct, frozen=True, tag_field="kind", tag="missed"):
    """The page was too slow: so many captions were left out here."""

    captions: int


Caption = Said | Ended | Turn | Asked | Ran | Over | Missed


def caption(step: Event | Action) -> Caption | None:
    """What to show of a step; None for most, such as every 20 ms of sound."""
    match step:
        case live.CallerSaid(text):
            return Said("caller", text)
        case live.AgentSaid(text):
            return Said("agent", text)
        case live.TurnComplete() | live.Interrupted():
            return Ended()
        case live.ToolCall(_, name, arguments):
            return Asked(name, arguments)
        case Record(CallerTurn(_, text)) if text:
            return Turn("caller", text, text)
        case Record(AgentTurn(text=text, heard=heard)) if text:
            return Turn("agent", text, heard)
        case Record(ToolRun(_, took, name, _, response, _)):
            return Ran(name, took, response)
        case Record(Outcome(why, _, lasted)):
            return Over(why, lasted)
        case _:
            return None


def dump(shown: Caption) -> str:
    # What a tool was given or has answered may hold what JSON has no word for, such as a date of the operator's own.
    return msgspec.json.encode(shown, enc_hook=str).decode()
