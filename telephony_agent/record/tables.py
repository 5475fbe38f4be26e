"""The tables of what is kept, for SQLite and PostgreSQL alike. Times are UTC; `migrations` makes them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from .entries import Tokens

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"})

# A CallSid has more than one row if the service that had the call died, and another one took it on as a new one.
calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String(34), nullable=False, index=True),
    Column("account_sid", String(34), nullable=False),
    Column("direction", String(32), nullable=False),
    Column("caller", Text, nullable=False),
    Column("called", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("began", DateTime, nullable=False, index=True),
    Column("lasted", Float),  # seconds; this and the following are empty while the call is up, and if its service died
    Column("why", Text),
    Column("next", String(16)),
    Column("prompt_tokens", Integer),
    Column("response_tokens", Integer),
    Column("searches", Integer),
    Column("usd", Float),  # of the model; empty, too, if the price of something is not known
)

# What the turns of the model's cost, in tokens by what they were.
bills = Table(
    "bills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("began", DateTime, nullable=False),
    *(Column(name, Integer, nullable=False) for name in Tokens.__struct_fields__),
    Column("usd", Float),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("began", DateTime, nullable=False),
    Column("speaker", String(8), nullable=False),  # caller or agent
    Column("source", String(32)),  # whose voice the agent's was
    Column("text", Text, nullable=False),
    Column("heard", Text, nullable=False),  # the part of `text` that the other side heard
    Column("sent_ms", Integer),
    Column("heard_ms", Integer),
)

tool_runs = Table(
    "tool_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("began", DateTime, nullable=False),
    Column("took", Float, nullable=False),  # seconds
    Column("name", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("response", JSON, nullable=False),
    Column("answered", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), index=True),  # empty for a call that is not known
    Column("sid", String(34), nullable=False, index=True),
    Column("at", DateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("facts", JSON, nullable=False),
)

days = Table(
    "days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("count", Float, nullable=False),
)

placed = Table(
    "placed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String(34), index=True),  # empty until Twilio has taken the order
    Column("at", DateTime, nullable=False, index=True),
    Column("number", String(16), nullable=False),
    Column("cost", Float, nullable=False),  # the most that it may cost; once it is over, that it may have cost
    Column("up_until", DateTime, nullable=False),  # at the latest, also if nobody tells of its end
    Column("ordered", Text),  # JSON: who speaks, and what they know; empty once it is over
)

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("since", DateTime, nullable=False),
    Column("why", Text, nullable=False),
)

call_backs = Table(
    "call_backs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String(34), nullable=False),  # of the call in which it was asked for
    Column("number", String(16), nullable=False, index=True),
    Column("called", Text, nullable=False),  # the number that they had dialled
    Column("at", DateTime, nullable=False),
    Column("state", String(8), nullable=False, index=True),  # open, done, failed
    Column("attempts", Integer, nullable=False),
    Column("tried", DateTime),  # the last time
    Column("became", Text, nullable=False),  # of the last attempt
)
