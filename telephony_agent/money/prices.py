"""What the models cost: a table with dates and sources, and what tokens come to by it.

https://ai.google.dev/gemini-api/docs/pricing. The table itself is `prices.toml`; operators have better ones.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from ..errors import ConfigError
from ..live.models import profile
from ..live.profiles import Backend
from ..record.entries import Tokens

A_MILLION = 1_000_000  # tokens, for which prices are given
DEAREST = 100_000  # USD for them: past that somebody has mistaken the unit
MEND = "`telephony-agent prices --file` prints a table as it should be"

Usd = Annotated[float, msgspec.Meta(ge=0, le=DEAREST)]


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What models cost at these providers: USD for a million tokens of each kind. None: not known.

    `search`: the fee for one query, or for one answer that rests on searches. `as_of`: the day on which it was so.
    """

    models: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    providers: tuple[Backend, ...] = ("gemini", "vertex")
    as_of: dt.date
    source: str
    text_in: Usd
    audio_in: Usd
    image_in: Usd | None = None
    video_in: Usd | None = None
    text_out: Usd
    audio_out: Usd
    video_out: Usd | None = None
    search: Usd | None = None
    search_by: Literal["query", "answer"] = "query"

    def of(self, tokens: Tokens) -> float | None:
        """USD; None if it has no price of some of them. What nobody says the kind of, costs what is dearer."""
        counted = (
            (tokens.text_in, self.text_in),
            (tokens.audio_in, self.audio_in),
            (tokens.image_in, self.image_in),
            (tokens.video_in, self.video_in),
            (tokens.untold_in, max(self.text_in, self.audio_in)),
            (tokens.text_out + tokens.thoughts + tokens.transcripts, self.text_out),
            (tokens.audio_out, self.audio_out),
            (tokens.video_out, self.video_out),
            (tokens.untold_out, max(self.text_out, self.audio_out)),
        )
        total = 0.0
        for count, usd in counted:
            if count and usd is None:
                return None
            total += count * (usd or 0.0)
        return total / A_MILLION

    def searches(self, queries: int) -> int:
        """For how many searches the fee is due, if an answer rests on so many queries."""
        return max(queries, 1) if self.search_by == "query" else 1


FREE = Price(
    models=("the offline model",),
    as_of=dt.date(2026, 11, 22),
    source="our own machine",
    text_in=0.0,
    audio_in=0.0,
    image_in=0.0,
    video_in=0.0,
    text_out=0.0,
    audio_out=0.0,
    video_out=0.0,
    search=0.0,
)


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    price: Annotated[Sequence[Price], msgspec.Meta(min_length=1)]


def read(text: str, name: str) -> tuple[Price, ...]:
    """The rows of a table in TOML. Raises ConfigError that names the field; `name`: what the table is called."""
    try:
        return tuple(msgspec.convert(tomllib.loads(text), _Table).price)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not TOML: {error}; {MEND}") from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise ConfigError(f"{name}: {what[:1].lower()}{what[1:]}, at {_path(where)}; {MEND}") from error


def find(prices: Sequence[Price], model: str, backend: Backend | None) -> Price | None:
    """The first row for a model, by its full name; None if there is none. `backend` None: nobody who takes money."""
    if backend is None:
        return FREE
    return next((row for row in of_model(prices, model) if backend in row.providers), None)


def of_model(prices: Sequence[Price], model: str) -> list[Price]:
    """The rows for a model, by any of its names, wherever it is served."""
    id = model.rpartition("/")[2]
    names = {id, profile(model).id} if profile(model).latest == id else {id}
    return [row for row in prices if names & set(row.models)]


def _path(where: str) -> str:
    """The place as a person counts: `$.price[0].audio_in` is audio_in of price 1."""
    row, field = re.search(r"\[(\d+)\]", where), re.search(r"\.(\w+)`?$", where)
    of = f"price {int(row[1]) + 1}" if row else "the beginning"
    return f"{field[1]} of {of}" if field and row else of
