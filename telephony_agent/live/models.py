"""Finds a model in the catalogue: by its id, by a short name, or what is nearest to one that nobody knows."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import ConfigError
from .catalogue import CATALOGUE
from .languages import pinning, spoken_as
from .profiles import CAUTIOUS, Access, Backend, Profile

NOTICE = dt.timedelta(days=60)  # before a model is switched off
ALIKE = 0.88  # of 1; from here on an unknown id with the version of a known one is that one, misspelt
AT = {"gemini": "the Gemini Developer API", "vertex": "Vertex AI"}
IN_VERTEX_S_NAMES = "publishers/google/"
VERSION = re.compile(r"-preview|-\d{2}-\d{2,4}$|-\d{3}$")  # what the ids of a family differ in
IN_LOCATION = re.compile(r"/locations/([^/]+)/")


def resolve(model: str, backend: Backend | None = None) -> str:
    """The id for what an operator calls a model: an id stays as it is, a short name gets the backend's.

    `backend` None: any. Raises ConfigError for what looks like a misspelt id, and for a short name that the backend
    has no model for.
    """
    if "/" in model:
        return model
    named = [row for row in CATALOGUE if row.alias == model]
    if named:
        here = [row.id for row in named if backend in (None, row.backend)]
        if not here:
            raise ConfigError(f"the model {model!r} is one that only {AT[named[0].backend]} has; choose another")
        return here[0]
    if not profile(model).known and (meant := _misspelt(model)):
        raise ConfigError(f"the model {model!r} is none that anybody knows; did you mean {meant}?")
    return model


def profile(name: str) -> Profile:
    """The profile of a model, by its id or by the full name that a setup has.

    A model that is not in the catalogue gets that of its family, the newest of which it may be, else a cautious one;
    `known` is then False.
    """
    id = name.rpartition("/")[2]
    backend = "vertex" if IN_VERTEX_S_NAMES in name else "gemini"
    rows = [row for row in CATALOGUE if id and id in (row.id, row.latest)]
    if not rows:
        rows = [replace(row, id=id, known=False) for row in _family(id)]
    return next((row for row in rows if row.backend == backend), rows[0] if rows else CAUTIOUS)


def notices(name: str, today: dt.date, backend: Backend | None = None, *, firebase: bool = False) -> Iterator[str]:
    """What an operator should know of the model that is configured.

    `backend` None: it is not one of Google's. `firebase`: it is reached through Firebase AI Logic.
    """
    found = profile(name)
    id = name.rpartition("/")[2]
    if not found.known:
        like = f"; taken for a later {_stem(_family(id)[0].id)}" if found.id else ""
        yield f"the model {id} is not one that we know{like}; whether it takes the fields that you set is for it to say"
        return
    if backend is not None and backend != found.backend:
        yield f"the model {id} is known at {AT[found.backend]}, not at {AT[backend]}, which may refuse it"
    if firebase and not found.firebase:
        yield f"the model {id} is not among those that Firebase AI Logic names, which may refuse it"
    if found.locations and (at := IN_LOCATION.search(name)) and at[1] not in found.locations:
        yield f"the model {id} is known in {' and '.join(found.locations)}, not in {at[1]}; set another location"
    if found.access is Access.PRIVATE and backend is not None:
        yield f"the model {id} is private: it answers only projects that Google has let in"
    if found.retired is not None and today >= found.retired:
        yield f"the model {id} was switched off on {found.retired}; set LIVE_MODEL to another"
    elif found.retired is not None and today >= found.retired - NOTICE:
        left = (found.retired - today).days
        yield f"the model {id} will be switched off on {found.retired} (days left: {left}); set LIVE_MODEL to another"


def declared(declarations: Sequence[Mapping[str, Any]], profile: Profile) -> list[Mapping[str, Any]]:
    """The declarations as the model takes them."""
    if profile.behavior is None:
        return list(declarations)
    return [{**declaration, "behavior": profile.behavior} for declaration in declarations]


def pinned(language: str, profile: Profile) -> tuple[str | None, str]:
    """The code for the setup's field, or the sentence for the instructions, whichever the model takes.

    Raises ConfigError if the model does not speak that language.
    """
    code = spoken_as(language, profile.languages)
    if code is None and profile.known:
        same = [each for each in profile.languages if each.partition("-")[0] == language.partition("-")[0]]
        choice = f"choose one of {', '.join(same or profile.languages)}"
        raise ConfigError(f"{profile.id} does not speak the language {language!r}; {choice}")
    return (code, "") if profile.language_field and code else (None, pinning(language))


def _family(id: str) -> list[Profile]:
    """The rows of the family that an unknown id belongs to by how it begins, newest first."""
    own, stems = _stem(id), {_stem(row.id) for row in CATALOGUE}
    stem = max((stem for stem in stems if own == stem or own.startswith(f"{stem}-")), key=len, default=None)
    return [row for row in reversed(CATALOGUE) if _stem(row.id) == stem]


def _stem(id: str) -> str:
    return VERSION.sub("", id)


def _misspelt(id: str) -> str | None:
    """The known name that this is nearly; not one that it only goes on from, as a later version's id does."""
    known = [name for row in CATALOGUE for name in (row.id, row.alias) if name and _digits(name) == _digits(id)]
    near = difflib.get_close_matches(id.lower(), known, 1, ALIKE)
    return near[0] if near and not id.startswith(f"{near[0]}-") else None


def _digits(id: str) -> str:
    """Other digits are another version, and no slip of the keyboard."""
    return "".join(filter(str.isdigit, id))
