"""What is kept of calls, in a database: SQLite in a folder, or what else SQLAlchemy speaks to. Nothing for the loop.

https://docs.sqlalchemy.org/en/20/core/.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, assert_never

import msgspec
import sqlalchemy as sa

from ..errors import ConfigError
from . import tables
from .entries import (
    CALL_BACK,
    DO_NOT_CALL,
    AgentTurn,
    Aside,
    Began,
    Billed,
    CallerTurn,
    Entry,
    Mishaps,
    Noted,
    Outcome,
    Searched,
    Tokens,
    ToolRun,
    Unanswered,
    Waited,
)

LATEST = "0005"  # the last of `migrations`
FILE = "calls.db"  # in DATA_DIR
VERSION = sa.Table(  # where alembic looks which step was the last; the names are its own
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
OWN = 0o600  # who reads and writes it: its owner
PATIENCE = 10  # seconds for another process that writes to the same file
UTC = dt.UTC
NOBODY, OUTBOUND = "nobody", "outbound-api"  # who speaks in a call that nobody answers, and Twilio's word for ours
SEARCHED, MISHAPS, WAITED = "searched", "mishaps", "waited"  # kinds of events with an entry of their own
ASIDES = ("thought", "code", "result")  # and of what the model did for itself


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of a call, and when it was: the wall's time, in UTC."""

    call_sid: str
    at: dt.datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class StoredCall:
    """`lasted` (seconds), `why` and the like are None while it is up, and if its service died.

    `usd`: what the model cost; None, too, if nobody knows.
    """

    sid: str
    began: dt.datetime
    direction: str
    caller: str
    called: str
    agent: str
    model: str
    lasted: float | None
    why: str | None
    prompt_tokens: int | None
    response_tokens: int | None
    searches: int | None
    usd: float | None
    tokens: Tokens
    """Of all turns that were billed."""
    entries: tuple[Kept, ...] = ()
    """In their order; none in a list of calls."""


class Store:
    """Use as a context. Raises `ConfigError` if there can be no database at `url`, and SQLAlchemy's errors later."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(
            url, connect_args={"timeout": PATIENCE} if url.startswith("sqlite") else {}, json_serializer=_json
        )
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            sa.event.listen(self._engine, "begin", _begin_sqlite)
        self._reading = self._engine.execution_options(reads=True)
        self._calls: dict[str, int] = {}  # of those that are up: the id by CallSid

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """SQLite, in `FILE` there, for this user alone. The folder is made if it is not there."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"DATA_DIR is {str(folder)!r}, which can't be made: {error}") from error
        with suppress(PermissionError):  # SQLite makes it as well, but for everybody to read
            (folder / FILE).touch(mode=OWN)
        for file in (FILE, f"{FILE}-wal", f"{FILE}-shm"):  # an older version left that to it
            with suppress(FileNotFoundError, PermissionError):
                (folder / file).chmod(OWN)
        return cls(f"sqlite:///{folder / FILE}")

    def __enter__(self) -> Self:
        try:
            with self._engine.begin() as connection:
                self._migrate(connection)
        except sa.exc.DBAPIError as error:
            self._engine.dispose()
            where = self._engine.url.render_as_string(hide_password=True)
            broken = not isinstance(error, sa.exc.OperationalError)
            mend = "move it away" if broken else "let this user write there, and look whether the disk is full"
            raise ConfigError(f"the calls can't be kept in {where}: {error.orig}; {mend}") from error
        return self

    def __exit__(self, *exc: object) -> None:
        self._engine.dispose()

    def _migrate(self, connection: sa.Connection) -> None:
        """To the latest tables, one process at a time: where two start at once, the second finds them made."""
        inspected = sa.inspect(connection)
        if not inspected.has_table(VERSION.name) and not inspected.has_table(tables.calls.name):
            tables.metadata.create_all(connection)  # at once, where there is nothing to keep
            VERSION.create(connection)
            connection.execute(sa.insert(VERSION).values(version_num=LATEST))
            return
        if inspected.has_table(VERSION.name):
            found = connection.execute(sa.select(VERSION.c.version_num)).scalar()
            if found == LATEST:
                return
            if found is not None and found > LATEST:
                raise ConfigError(
                    f"the calls in {self._engine.url.render_as_string()} were kept by a newer telephony-agent"
                    f" (step {found}, this one knows {LATEST}); install that one, or give another DATA_DIR"
                )
        from . import migrate  # noqa: PLC0415, seldom needed, and large

        migrate.upgrade(connection)

    def begin(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that may write, alone in the file until it is left; undone if it is left by an exception."""
        return self._engine.begin()

    def connect(self) -> AbstractContextManager[sa.Connection]:
        """To read; waits for nobody."""
        return self._reading.connect()

    # Writing.

    def write(self, kept: Sequence[Kept]) -> None:
        """All of them, or none if it fails."""
        known = dict(self._calls)
        try:
            with self.begin() as connection:
                for each in kept:
                    self._write(connection, each)
        except BaseException:
            self._calls = known
            raise

    def _write(self, connection: sa.Connection, kept: Kept) -> None:
        sid, at, entry = kept.call_sid, kept.at.astimezone(UTC).replace(tzinfo=None), kept.entry
        match entry:
            case Began():
                self._begin(connection, sid, at, entry)
            case Unanswered():
                _unanswered(connection, sid, at, entry)
            case CallerTurn(_, text):
                self._add(connection, tables.turns, sid, began=at, speaker="caller", text=text, heard=text)
            case AgentTurn(_, source, text, heard, sent_ms, heard_ms):
                turn = {"source": source, "text": text, "heard": heard, "sent_ms": sent_ms, "heard_ms": heard_ms}
                self._add(connection, tables.turns, sid, began=at, speaker="agent", **turn)
            case Waited(_, seconds):
                self._tell(connection, sid, at, WAITED, {"seconds": seconds})
            case ToolRun():
                facts = msgspec.structs.asdict(entry) | {"began": at}
                self._add(connection, tables.tool_runs, sid, **facts)
                _count(connection, at, {"tool runs": 1})
            case Aside(_, kind, text):
                self._tell(connection, sid, at, kind, {"text": text})
            case Billed(_, tokens, usd):
                self._add(connection, tables.bills, sid, began=at, **_columns(tokens), usd=usd)
            case Searched():
                self._tell(connection, sid, at, SEARCHED, msgspec.structs.asdict(entry))
            case Mishaps():
                self._tell(connection, sid, at, MISHAPS, msgspec.structs.asdict(entry))
            case Noted(_, kind, facts):
                self._tell(connection, sid, at, kind, facts)
                if kind == CALL_BACK:
                    _wish(connection, sid, at, facts["From"], facts["To"])
                elif kind == DO_NOT_CALL:
                    _forbid(connection, at, facts["From"], f"said so in {sid}")
            case Outcome():
                self._end(connection, sid, at, entry)
            case _:
                assert_never(entry)

    def _begin(self, connection: sa.Connection, sid: str, at: dt.datetime, began: Began) -> None:
        facts = msgspec.structs.asdict(began) | {"sid": sid, "began": at}
        row = sa.insert(tables.calls).values(**facts)
        self._calls[sid] = connection.execute(row.returning(tables.calls.c.id)).scalar_one()
        _count(connection, at, {"calls": 1})

    def _tell(self, connection: sa.Connection, sid: str, at: dt.datetime, kind: str, facts: Mapping[str, Any]) -> None:
        """What has no table of its own."""
        self._add(connection, tables.events, sid, sid=sid, at=at, kind=kind, facts=facts)

    def _add(self, connection: sa.Connection, table: sa.Table, call: str, **values: Any) -> None:
        call_id = self._calls.get(call)
        if call_id is None:  # told after its end: by Twilio
            latest = sa.select(tables.calls.c.id).where(tables.calls.c.sid == call).order_by(tables.calls.c.id.desc())
            call_id = connection.execute(latest.limit(1)).scalar()
        connection.execute(sa.insert(table).values(call_id=call_id, **values))

    def _end(self, connection: sa.Connection, sid: str, at: dt.datetime, outcome: Outcome) -> None:
        next = outcome.next.name if isinstance(outcome.next, enum.Enum) else type(outcome.next).__name__
        bill = outcome.bill
        counted = {
            "prompt_tokens": bill.tokens.inward,
            "response_tokens": bill.tokens.outward,
            "searches": bill.searches,
            "usd": bill.usd,
        }
        facts = {"why": outcome.why, "lasted": outcome.lasted, "next": next.lower(), **counted}
        call_id = self._calls.pop(sid, None)
        connection.execute(sa.update(tables.calls).where(tables.calls.c.id == call_id).values(**facts))
        counts = {name.replace("_", " "): count or 0.0 for name, count in counted.items()}
        _count(connection, at, {"seconds": outcome.lasted, **counts, "of unknown cost": bill.usd is None})

    # Reading.

    def recent(self, count: int) -> list[StoredCall]:
        """The last calls, newest first."""
        query = sa.select(tables.calls).order_by(tables.calls.c.began.desc(), tables.calls.c.id.desc()).limit(count)
        with self.connect() as connection:
            return self._read(connection, query)

    def of(self, sid: str) -> list[StoredCall]:
        """All that is kept of a call, oldest first: more than one if the service that had it died."""
        query = sa.select(tables.calls).where(tables.calls.c.sid == sid).order_by(tables.calls.c.id)
        with self.connect() as connection:
            return self._read(connection, query, with_entries=True)

    def _read(self, connection: sa.Connection, query: sa.Select[Any], with_entries: bool = False) -> list[StoredCall]:
        rows = connection.execute(query).mappings().all()
        tokens = _tokens(connection, [row["id"] for row in rows])
        found = []
        for row in rows:
            entries = tuple(self._entries(connection, row["sid"], row["id"])) if with_entries else ()
            found.append(_call(row, tokens.get(row["id"], Tokens()), entries))
        return found

    def _entries(self, connection: sa.Connection, sid: str, call_id: int) -> list[Kept]:
        found = []
        for table in (tables.turns, tables.tool_runs, tables.bills, tables.events):
            query = sa.select(table).where(table.c.call_id == call_id).order_by(table.c.id)
            found += [_kept(sid, table, row) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda kept: kept.at)

    def days(self, count: int) -> dict[dt.date, dict[str, float]]:
        """The counters of the last so many days on which anything was counted, newest first."""
        latest = sa.select(tables.days.c.day).distinct().order_by(tables.days.c.day.desc()).limit(count).subquery()
        query = sa.select(tables.days).where(tables.days.c.day.in_(sa.select(latest.c.day)))
        found: dict[dt.date, dict[str, float]] = {}
        with self.connect() as connection:
            for row in connection.execute(query.order_by(tables.days.c.day.desc(), tables.days.c.name)).mappings():
                found.setdefault(row["day"], {})[row["name"]] = row["count"]
        return found


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # else Python's module begins no transaction before a CREATE TABLE
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Who will write waits for its turn in the beginning: later SQLite would not let it wait."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")


def _count(connection: sa.Connection, at: dt.datetime, counts: Mapping[str, float]) -> None:
    for name, count in counts.items():
        here = (tables.days.c.day == at.date()) & (tables.days.c.name == name)
        more = sa.update(tables.days).where(here).values(count=tables.days.c.count + count)
        if count and not connection.execute(more).rowcount:
            connection.execute(sa.insert(tables.days).values(day=at.date(), name=name, count=count))


def _unanswered(connection: sa.Connection, sid: str, at: dt.datetime, entry: Unanswered) -> None:
    """Twilio tells of the end of every call that we place; those that somebody has talked in are kept already."""
    calls, events = tables.calls, tables.events
    if sid and connection.execute(sa.select(calls.c.id).where(calls.c.sid == sid)).first() is not None:
        return
    who = {"account_sid": entry.account_sid, "caller": entry.caller, "called": entry.called, "agent": NOBODY}
    end = {"lasted": 0.0, "why": entry.why, "next": "hang_up", "usd": 0.0}
    nothing = {"prompt_tokens": 0, "response_tokens": 0, "searches": 0}
    row = sa.insert(calls).values(sid=sid, direction=OUTBOUND, model="", began=at, **who, **end, **nothing)
    call_id = connection.execute(row.returning(calls.c.id)).scalar_one()
    if sid:  # what was told of it when there was no row yet
        connection.execute(sa.update(events).where(events.c.sid == sid).values(call_id=call_id))
    _count(connection, at, {"unanswered": 1})


def _wish(connection: sa.Connection, sid: str, at: dt.datetime, number: str, called: str) -> None:
    """Who asks twice is called back once."""
    wishes = tables.call_backs
    asked = {"sid": sid, "called": called, "at": at, "attempts": 0}
    open_one = sa.update(wishes).where((wishes.c.number == number) & (wishes.c.state == "open"))
    if not connection.execute(open_one.values(**asked)).rowcount:
        connection.execute(sa.insert(wishes).values(number=number, state="open", became="", **asked))


def _forbid(connection: sa.Connection, at: dt.datetime, number: str, why: str) -> None:
    listed = tables.do_not_call
    here = listed.c.number == number
    if connection.execute(sa.select(listed.c.number).where(here)).first() is None:
        connection.execute(sa.insert(listed).values(number=number, since=at, why=why))


def _json(value: Any) -> str:
    """What a tool was given or has answered may hold what JSON has no word for, as a date of the operator's own."""
    return json.dumps(value, default=str)


def _columns(tokens: Tokens) -> dict[str, int]:
    return {name: getattr(tokens, name) for name in tokens.__struct_fields__}


def _tokens(connection: sa.Connection, call_ids: Sequence[int]) -> dict[int, Tokens]:
    """Of each of these calls that has bills, by its id."""
    columns = tables.bills.c
    sums = [sa.func.sum(columns[name]).label(name) for name in Tokens.__struct_fields__]
    query = sa.select(columns.call_id, *sums).where(columns.call_id.in_(call_ids)).group_by(columns.call_id)
    return {row["call_id"]: _of_columns(row) for row in connection.execute(query).mappings()}


def _of_columns(row: sa.RowMapping) -> Tokens:
    return Tokens(**{name: int(row[name]) for name in Tokens.__struct_fields__})


def _call(row: sa.RowMapping, tokens: Tokens, entries: tuple[Kept, ...]) -> StoredCall:
    names = [name for name in StoredCall.__dataclass_fields__ if name not in ("entries", "began", "tokens")]
    facts = {name: row[name] for name in names}
    return StoredCall(began=row["began"].replace(tzinfo=UTC), tokens=tokens, entries=entries, **facts)


def _event(began: float, kind: str, facts: Mapping[str, Any]) -> Entry:
    if kind == SEARCHED:
        return msgspec.convert({**facts, "began": began}, Searched)
    if kind == MISHAPS:
        return msgspec.convert(facts, Mishaps)
    if kind == WAITED:
        return Waited(began, facts["seconds"])
    return Aside(began, kind, facts["text"]) if kind in ASIDES else Noted(began, kind, facts)


def _kept(sid: str, table: sa.Table, row: sa.RowMapping) -> Kept:
    at = (row["at"] if table is tables.events else row["began"]).replace(tzinfo=UTC)
    began = at.timestamp()
    entry: Entry
    if table is tables.tool_runs:
        names = ("took", "name", "arguments", "response", "answered")
        entry = ToolRun(began, *(row[name] for name in names))
    elif table is tables.bills:
        entry = Billed(began, _of_columns(row), row["usd"])
    elif table is tables.events:
        entry = _event(began, row["kind"], row["facts"])
    elif row["speaker"] == "caller":
        entry = CallerTurn(began, row["text"])
    else:
        entry = AgentTurn(began, *(row[name] for name in ("source", "text", "heard", "sent_ms", "heard_ms")))
    return Kept(sid, at, entry)
