"""What the model may be told besides sound: turns of before, pictures, who speaks when, a change of its setup.

https://ai.google.dev/api/live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, assert_never

import msgspec


class Blob(msgspec.Struct, frozen=True):
    """A picture or the like within a turn."""

    mime_type: str
    data: bytes


class Turn(msgspec.Struct, frozen=True):
    """What one side has said: texts and pictures."""

    role: Literal["user", "model"]
    parts: Sequence[str | Blob]


class Turns(msgspec.Struct, frozen=True):
    """Turns in their order (`clientContent`): interrupts what is being said; answered once they are `complete`.

    None at all, and complete: the model speaks of its own accord.
    """

    turns: Sequence[Turn] = ()
    complete: bool = True


class Look(msgspec.Struct, frozen=True):
    """A picture of what is to be seen now, as image/jpeg; at most one a second is of use."""

    picture: Blob


class StartActivity(msgspec.Struct, frozen=True):
    """From here on the caller speaks: for sessions whose setup says that we tell it."""


class EndActivity(msgspec.Struct, frozen=True):
    """The caller has spoken."""


class EndAudio(msgspec.Struct, frozen=True):
    """No more sound for a while: what was said so far is all. Sound may go on later."""


class Update(msgspec.Struct, frozen=True):
    """From now on other instructions or tools; None leaves them as they are, no tools at all takes them away.

    `tools`: as a setup has them.
    """

    instructions: str | None = None
    tools: Sequence[Mapping[str, Any]] | None = None


Request = Turns | Look | StartActivity | EndActivity | EndAudio | Update


def spelled(request: Request) -> dict[str, Any]:
    """The request as the server takes it, before it is JSON."""
    match request:
        case Turns(turns, complete):
            content = {"turns": [_turn(turn) for turn in turns]} if turns else {}
            return {"clientContent": content | {"turnComplete": complete}}
        case Look(picture):
            return {"realtimeInput": {"video": _blob(picture)}}
        case StartActivity():
            return {"realtimeInput": {"activityStart": {}}}
        case EndActivity():
            return {"realtimeInput": {"activityEnd": {}}}
        case EndAudio():
            return {"realtimeInput": {"audioStreamEnd": True}}
        case Update(instructions, tools):
            update: dict[str, Any] = {}
            if instructions is not None:
                update["systemInstruction"] = {"parts": [{"text": instructions}]}
            if tools is not None:
                update["tools"] = {"tools": list(tools)}
            return {"contextUpdate": update}
        case _:
            assert_never(request)


def _turn(turn: Turn) -> dict[str, Any]:
    parts = [{"text": part} if isinstance(part, str) else {"inlineData": _blob(part)} for part in turn.parts]
    return {"role": turn.role, "parts": parts}


def _blob(blob: Blob) -> dict[str, Any]:
    return {"mimeType": blob.mime_type, "data": blob.data}
