"""Who has asked to be called back: kept with the calls, tried a few times, and then done or given up.

Methods block, for a thread. Times have a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from ..record import tables
from ..record.store import Store

ATTEMPTS = 3  # after which somebody is given up
EXPECTED = timedelta(days=2)  # in which somebody still knows what the call is about
PAUSE = timedelta(minutes=15)  # between two attempts of ours: who was busy may be free by then

wishes = tables.call_backs


@dataclass(frozen=True, slots=True)
class Wish:
    """To be called back. `number`: E.164, if the network told the truth; `called`: the number that they had dialled."""

    id: int
    number: str
    called: str
    at: datetime
    state: Literal["open", "done", "failed"]
    attempts: int
    tried: datetime | None
    became: str
    """Of the last attempt, in words."""
    sid: str
    """Of the call in which it was asked for."""


class CallBacks:
    """`store` must be open."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wanted(self, also_closed: bool = False) -> list[Wish]:
        """The oldest first."""
        query = sa.select(wishes).order_by(wishes.c.at)
        with self._store.connect() as connection:
            rows = connection.execute(query if also_closed else query.where(wishes.c.state == "open")).mappings()
            return [_wish(row) for row in rows]

    def find(self, id: int) -> Wish | None:
        with self._store.connect() as connection:
            row = connection.execute(sa.select(wishes).where(wishes.c.id == id)).mappings().first()
            return None if row is None else _wish(row)

    def due(self, moment: datetime) -> list[Wish]:
        """Those whose turn it is, the oldest first."""
        fresh = [wish for wish in self.wanted() if wish.at > moment - EXPECTED]
        return [wish for wish in fresh if wish.tried is None or wish.tried <= moment - PAUSE]

    def claim(self, wish: Wish, moment: datetime) -> bool:
        """Whether they are ours to call: of two services that have found the same wish, one gets it."""
        before = None if wish.tried is None else _naive(wish.tried)
        seen = (wishes.c.id == wish.id) & (wishes.c.state == "open") & wishes.c.tried.is_not_distinct_from(before)
        with self._store.begin() as connection:
            return bool(connection.execute(sa.update(wishes).where(seen).values(tried=_naive(moment))).rowcount)

    def release(self, wish: Wish) -> None:
        """There was no room for the call: it is their turn as before."""
        self._change(wish.id, tried=wish.tried and _naive(wish.tried))

    def begin(self, id: int, moment: datetime) -> None:
        """They are being called."""
        self._change(id, attempts=wishes.c.attempts + 1, tried=_naive(moment))

    def end(self, id: int, became: str, reached: bool) -> None:
        """That call is over; `reached`: they have what they wanted."""
        last = sa.case((wishes.c.attempts >= ATTEMPTS, "failed"), else_="open")
        self._change(id, state="done" if reached else last, became=became)

    def refuse(self, id: int, became: str, for_good: bool, moment: datetime) -> None:
        """The rules allow no call: not now, or never."""
        self._change(id, became=became, tried=_naive(moment), **({"state": "failed"} if for_good else {}))

    def close(self, id: int, became: str) -> bool:
        """Somebody has seen to it; whether it was open."""
        return self._change(id, state="done", became=became)

    def _change(self, id: int, **values: object) -> bool:
        """Only of what is open."""
        here = (wishes.c.id == id) & (wishes.c.state == "open")
        with self._store.begin() as connection:
            return bool(connection.execute(sa.update(wishes).where(here).values(**values)).rowcount)


def _wish(row: sa.RowMapping) -> Wish:
    tried = None if row["tried"] is None else row["tried"].replace(tzinfo=UTC)
    return Wish(**{**row, "at": row["at"].replace(tzinfo=UTC), "tried": tried})


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
