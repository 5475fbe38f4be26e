"""What a phone call has no use for: a program is told of it.

https://ai.google.dev/api/live. Not every model says each of these.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Wrote(msgspec.Struct, frozen=True):
    """A piece of the model's turn as text, where the session is one of text."""

    text: str


class Fetched(msgspec.Struct, frozen=True):
    """Pages that were read for an answer: address and status, as URL_RETRIEVAL_STATUS_SUCCESS."""

    pages: Sequence[tuple[str, str]]


class CallerMaySay(msgspec.Struct, frozen=True):
    """What the caller seems to be saying; the next one may differ, and `CallerSaid` is what counts."""

    text: str


class Waiting(msgspec.Struct, frozen=True):
    """The model wants to hear more before it answers."""


class VoiceActivity(msgspec.Struct, frozen=True):
    """By the server's ear the caller begins or ceases to speak, `at` seconds into the sound if that is known."""

    speaking: bool
    at: float | None = None


class NotResumable(msgspec.Struct, frozen=True):
    """For now the session can't be resumed where it is: a turn or a tool call is under way. Older handles stay good."""


Notice = Wrote | Fetched | CallerMaySay | Waiting | VoiceActivity | NotResumable
