"""What calls out have used up, and who does not want to be called: in the store, so that no restart forgets it.

Methods block, for a thread. Times have a zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from ..record import tables
from ..record.store import Store
from .callee import Callee
from .rules import PERIOD, RINGING, Refusal, Rules, Spent

placed, do_not_call = tables.placed, tables.do_not_call


class Ordered(msgspec.Struct, omit_defaults=True):
    """What a service must know of a call that an earlier one has placed, as an `Order` has it; `wish`: by its id."""

    spec: str = ""
    context: dict[str, str] = {}
    voicemail: str | None = None
    wish: int | None = None


class Ledger:
    """`store` must be open."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    def reserve(
        self, callee: Callee, moment: datetime, asked: datetime | None = None, ordered: Ordered | None = None
    ) -> int | Refusal:
        """Its place in the ledger, for a call that may be placed now: looked up and reserved in one transaction,
        so that no two calls take the same last place. `asked`: when they asked for it, whatever they had wanted before.
        `ordered`: what `find` is to tell of it as long as it is up.
        """
        with self._store.begin() as connection:
            over = (placed.c.up_until <= _naive(moment)) & placed.c.ordered.is_not(None)  # though nobody told us so
            connection.execute(sa.update(placed).where(over).values(ordered=None))
            spent, since = _spent(connection, moment), _unwanted(connection, callee.number)
            unwanted = since is not None and (asked is None or asked <= since)
            refusal = self._rules.refusal(callee, spent, unwanted, moment)
            if refusal is not None:
                return refusal
            row = sa.insert(placed).values(
                at=_naive(moment),
                number=callee.number,
                cost=self._rules.most,
                up_until=_naive(moment + timedelta(seconds=RINGING + self._rules.longest)),
                ordered=msgspec.json.encode(ordered).decode() if ordered else None,
            )
            return int(connection.execute(row.returning(placed.c.id)).scalar_one())

    def ordered(self, place: int, sid: str) -> None:
        """Twilio has taken the order."""
        with self._store.begin() as connection:
            connection.execute(sa.update(placed).where(placed.c.id == place).values(sid=sid))

    def find(self, sid: str, moment: datetime) -> tuple[str, Ordered] | None:
        """Whom that call goes to, and what was ordered with it, if it may still be up."""
        here = (placed.c.sid == sid) & (placed.c.up_until > _naive(moment))
        with self._store.connect() as connection:
            row = connection.execute(sa.select(placed.c.number, placed.c.ordered).where(here)).first()
        return None if row is None else (row.number, msgspec.json.decode(row.ordered or "{}", type=Ordered))

    def withdraw(self, place: int) -> None:
        """It has not: nothing was used up."""
        with self._store.begin() as connection:
            connection.execute(sa.delete(placed).where(placed.c.id == place))

    def over(self, sid: str, seconds: float, moment: datetime) -> None:
        """A call has ended, so many seconds after it was answered."""
        with self._store.begin() as connection:
            ended = {"cost": self._rules.cost(seconds), "up_until": _naive(moment), "ordered": None}
            connection.execute(sa.update(placed).where(placed.c.sid == sid).values(**ended))

    def spent(self, moment: datetime) -> Spent:
        with self._store.connect() as connection:
            return _spent(connection, moment)

    # Who does not want to be called.

    def forbid(self, number: str, why: str, moment: datetime) -> None:
        """`number`: E.164. Once is enough."""
        with self._store.begin() as connection:
            if _unwanted(connection, number) is None:
                connection.execute(sa.insert(do_not_call).values(number=number, since=_naive(moment), why=why))

    def permit(self, number: str) -> bool:
        """Take it off the list; whether it was on it."""
        with self._store.begin() as connection:
            return bool(connection.execute(sa.delete(do_not_call).where(do_not_call.c.number == number)).rowcount)

    def forbidden(self) -> list[tuple[str, datetime, str]]:
        """Numbers, since when, and why; the latest first."""
        with self._store.connect() as connection:
            rows = connection.execute(sa.select(do_not_call).order_by(do_not_call.c.since.desc()))
            return [(row.number, row.since.replace(tzinfo=UTC), row.why) for row in rows]


def _spent(connection: sa.Connection, moment: datetime) -> Spent:
    now = _naive(moment)
    recent = placed.c.at > now - PERIOD
    up = sa.select(sa.func.count()).where(placed.c.up_until > now)
    count, cost = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(placed.c.cost), 0.0)).where(recent)
    ).one()
    return Spent(connection.execute(up).scalar_one(), count, cost)


def _unwanted(connection: sa.Connection, number: str) -> datetime | None:
    """Since when they do not want to be called."""
    since = connection.execute(sa.select(do_not_call.c.since).where(do_not_call.c.number == number)).scalar()
    return None if since is None else since.replace(tzinfo=UTC)


def _naive(moment: datetime) -> datetime:
    """As the tables keep times: UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)
