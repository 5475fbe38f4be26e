"""The models of the Live API as a table: what is known of each that the providers name.

https://ai.google.dev/gemini-api/docs/live, https://docs.cloud.google.com/vertex-ai/generative-ai/docs/live-api and the
model pages, as of October 2026. What no page says of a model is the default of `Profile`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, get_args

from .languages import HALF_CASCADE, VERTEX
from .messages import Type
from .options import Level
from .profiles import Access, Backend, Offer, Profile, Seeding, Thinks
from .voices import LATEST_VOICES

OPEN, PREVIEW, PRIVATE = Access.OPEN, Access.PREVIEW, Access.PRIVATE

# The families.

HALF_CASCADED = Profile(
    known=True,
    modalities=("AUDIO", "TEXT"),
    languages=HALF_CASCADE,
    language_field=True,
    search=True,
    context=32_768,
    output=8_192,
)
NATIVE_2_5 = Profile(
    known=True,
    thinks=Thinks.BUDGET,
    affective=Offer.ASKED,
    proactive=Offer.ASKED,
    search=True,
    behavior="BLOCKING",
    output=8_192,
)
NATIVE_2_5_VERTEX = replace(
    NATIVE_2_5, backend="vertex", languages=VERTEX, language_field=True, behavior=None, firebase=True
)
LIVE_3_1 = Profile(
    known=True,
    thinks=Thinks.LEVEL,
    levels=get_args(Level),  # no page says which it takes
    search=True,
    tell=Type,  # turns are for history; calls of functions are synchronous, and there is no field to say so
    seeding=Seeding.ANNOUNCED,
)
LIVE_3_8 = Profile(
    known=True,
    voices=LATEST_VOICES,
    language_field=True,
    affective=Offer.BUILT_IN,
    proactive=Offer.ALWAYS,
    search=True,
    behavior="BLOCKING",  # NON_BLOCKING if nothing is said
    seeding=Seeding.ANY_TIME,
    context_update=True,
)
EXTENDED_3_8 = replace(
    LIVE_3_8,
    thinks=Thinks.LEVEL,
    levels=("low", "medium", "high"),
    behavior="NON_BLOCKING",  # BLOCKING is an error
)
TRANSLATING = Profile(known=True, translates=True)
TRANSCRIBING = Profile(known=True, modalities=("TEXT",), transcribes=True)
ROBOTICS = Profile(known=True, modalities=("TEXT",))


def _row(family: Profile, id: str, backend: Backend, access: Access, since: str, **different: Any) -> Profile:
    """A model of a family, and in what it differs; `since` in ISO form, empty where nobody says."""
    began = dt.date.fromisoformat(since) if since else None
    return replace(family, id=id, backend=backend, access=access, since=began, **different)


# Where only the month is known, its first day. Shut down on the same day:
WINTER = dt.date(2025, 12, 9)

CATALOGUE = (
    _row(HALF_CASCADED, "gemini-2.0-flash-live-001", "gemini", OPEN, "2025-04-09", retired=WINTER,
         behavior="BLOCKING"),
    _row(HALF_CASCADED, "gemini-2.0-flash-live-preview-04-09", "vertex", PREVIEW, "2025-04-09", firebase=True,
         locations=("us-central1",)),
    _row(HALF_CASCADED, "gemini-2.0-flash-live-preview-04-09", "gemini", PREVIEW, "2025-04-09", free_tier=True),
    _row(HALF_CASCADED, "gemini-live-2.5-flash-preview", "gemini", PREVIEW, "2025-06-17", retired=WINTER,
         behavior="BLOCKING"),
    _row(HALF_CASCADED, "gemini-live-2.5-flash", "vertex", PRIVATE, "2025-06-17"),
    _row(HALF_CASCADED, "gemini-live-2.5-flash", "gemini", PRIVATE, "2025-06-17"),
    _row(NATIVE_2_5, "gemini-2.5-flash-native-audio-preview-09-2025", "gemini", PREVIEW, "2025-09-01", firebase=True,
         free_tier=True, affective=Offer.ALPHA, proactive=Offer.ALPHA),
    _row(NATIVE_2_5, "gemini-2.5-flash-native-audio-preview-12-2025", "gemini", PREVIEW, "2025-12-01", firebase=True,
         free_tier=True, alias="2.5-native-audio", latest="gemini-2.5-flash-native-audio-latest"),
    _row(NATIVE_2_5_VERTEX, "gemini-live-2.5-flash-preview-native-audio-09-2025", "vertex", PREVIEW, "2025-09-01"),
    _row(NATIVE_2_5_VERTEX, "gemini-live-2.5-flash-native-audio", "vertex", OPEN, "2025-12-01",
         alias="2.5-native-audio"),
    _row(LIVE_3_1, "gemini-3.1-flash-live-preview", "gemini", PREVIEW, "2026-03-01", free_tier=True, alias="3.1"),
    _row(LIVE_3_8, "gemini-3.8-live", "gemini", OPEN, "2026-09-15", alias="3.8"),
    _row(LIVE_3_8, "gemini-3.8-live", "vertex", OPEN, "2026-09-15", alias="3.8",
         modalities=("AUDIO", "VIDEO"), languages=VERTEX),
    _row(EXTENDED_3_8, "gemini-3.8-live-extended-thinking", "gemini", OPEN, "2026-09-15",
         alias="3.8-extended-thinking"),
    _row(TRANSLATING, "gemini-3.5-live-translate-preview", "gemini", PREVIEW, "", free_tier=True),
    _row(TRANSLATING, "gemini-3.5-live-translate-preview", "vertex", PREVIEW, ""),
    _row(TRANSCRIBING, "gemini-3.5-transcribe-live", "gemini", OPEN, ""),
    _row(TRANSCRIBING, "gemini-3.5-transcribe-live", "vertex", OPEN, ""),
    _row(ROBOTICS, "gemini-robotics-er-2-streaming-preview", "gemini", PREVIEW, "", free_tier=True),
)  # fmt: skip
