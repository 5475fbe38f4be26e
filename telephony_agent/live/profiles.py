"""What can differ between the models of the Live API: where each is served, what it can do, which fields it takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from .languages import NATIVE
from .messages import Tell, Type
from .options import Level
from .voices import VOICES

Backend = Literal["gemini", "vertex"]
"""The Gemini Developer API or Vertex AI; Firebase AI Logic passes on to either."""


class Access(Enum):
    OPEN = "for everybody"
    PREVIEW = "for everybody, and may change or end at short notice"
    PRIVATE = "for those whom Google has let in"


class Offer(Enum):
    """Of a talent that not all models have."""

    NO = "it has none"
    ASKED = "it has it if the setup asks for it"
    ALPHA = "it has it over the version v1alpha of the API only, which is not ours"
    ALWAYS = "it has it always, and may be asked for it"
    BUILT_IN = "it has it always, and refuses to be asked for it"


class Thinks(Enum):
    NO = "takes no thinkingConfig"
    BUDGET = "takes a budget of tokens"
    LEVEL = "takes a level"


class Seeding(Enum):
    """How a new session is told what was said before."""

    TURNS = "by clientContent before anything else; a user's turn should be the last"
    ANNOUNCED = "by clientContent, which the setup must announce (historyConfig)"
    ANY_TIME = "by clientContent whenever one likes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model at one backend. As it stands: a model that nobody knows, with no field that a known one rejects."""

    id: str = ""
    alias: str = ""
    """The short name by which operators may call it, the same at either backend."""
    latest: str = ""
    """Another id of Google's, for whichever is the newest."""
    backend: Backend = "gemini"
    locations: tuple[str, ...] = ()
    """Where alone Vertex AI serves it; empty: anywhere but `global`."""
    firebase: bool = False
    """Firebase AI Logic's pages name it."""
    access: Access = Access.OPEN
    free_tier: bool = False
    since: dt.date | None = None
    retired: dt.date | None = None
    """The day from which it does not answer."""
    known: bool = False

    modalities: tuple[str, ...] = ("AUDIO",)
    """What it can answer in; one per session."""
    voices: tuple[str, ...] = VOICES
    languages: tuple[str, ...] = NATIVE
    language_field: bool = False
    """A language is pinned by languageCode; else by a sentence in the instructions."""
    thinks: Thinks = Thinks.NO
    levels: tuple[Level, ...] = ()
    affective: Offer = Offer.NO
    proactive: Offer = Offer.NO
    search: bool = False
    translates: bool = False
    transcribes: bool = False
    """Its transcripts can be asked for in detail."""

    behavior: Literal["BLOCKING", "NON_BLOCKING"] | None = None
    """What a function's declaration says of itself; None where the model rejects the field, or may."""
    tell: type[Tell] | type[Type] = Tell
    """How words of ours (the greeting, a reminder) make the model speak."""
    seeding: Seeding = Seeding.TURNS
    context_update: bool = False
    """Takes other instructions and functions while a session lasts."""
    context: int = 131_072
    """Tokens that it holds."""
    output: int = 65_536
    """Tokens that it may answer with."""


CAUTIOUS = Profile()
