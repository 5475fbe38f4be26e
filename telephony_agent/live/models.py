"""What each model accepts, and how it is made to speak first.

https://ai.google.dev/gemini-api/docs/live and the model pages. An unknown model gets the cautious profile: no field
that one of the known models rejects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .messages import Tell, Type


@dataclass(frozen=True, slots=True)
class Profile:
    """`behavior` is what a declaration says of itself; None where the model rejects the field.
    `tell` is how words of ours (the greeting, a reminder) make the model speak.
    """

    behavior: str | None
    tell: type[Tell] | type[Type]


CAUTIOUS = Profile(None, Tell)

# By the start of the model's id, the longest that fits.
PROFILES = {
    "gemini-2.5-flash-native-audio": Profile("BLOCKING", Tell),
    "gemini-live-2.5-flash": Profile(None, Tell),
    "gemini-3.1-flash-live": Profile(None, Type),  # calls are synchronous only; turns are for history
    "gemini-3.8-live": Profile("BLOCKING", Tell),  # NON_BLOCKING if nothing is said
    "gemini-3.8-live-extended-thinking": Profile("NON_BLOCKING", Tell),  # BLOCKING is an error
}


def profile(model: str) -> Profile:
    """The profile of a model id, with or without the provider's prefix (`models/`, `projects/…/models/`)."""
    id = model.rpartition("/")[2]
    known = max((start for start in PROFILES if id.startswith(start)), key=len, default=None)
    return PROFILES[known] if known else CAUTIOUS


def declared(declarations: Sequence[Mapping[str, Any]], profile: Profile) -> list[Mapping[str, Any]]:
    """The declarations as the model takes them."""
    if profile.behavior is None:
        return list(declarations)
    return [{**declaration, "behavior": profile.behavior} for declaration in declarations]
