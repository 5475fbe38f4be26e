"""What a function is called and what it does, in words that a sentence is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence

HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def declared(name: str, description: str, parameters: Sequence[str]) -> str:
    """All that the operator says of it. `parameters` are their names as said."""
    return f"{spoken(name)}. {description.strip()} {', '.join(parameters)}".strip()


def spoken(name: str) -> str:
    """A name in code as words: trackParcel and track_parcel are "track parcel"."""
    return re.sub(r"[\W_]+", " ", HUMP.sub(" ", name)).lower().strip()
