"""The first tables: calls, their turns, tools and events; the counters of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sid", sa.String(34), nullable=False),
        sa.Column("account_sid", sa.String(34), nullable=False),
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("called", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("lasted", sa.Float),
        sa.Column("why", sa.Text),
        sa.Column("next", sa.String(16)),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("response_tokens", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_sid", "calls", ["sid"])
    op.create_index("ix_calls_began", "calls", ["began"])
    op.create_table(
        "turns",
        *_of_a_call("turns"),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("speaker", sa.String(8), nullable=False),
        sa.Column("source", sa.String(32)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
        sa.Column("sent_ms", sa.Integer),
        sa.Column("heard_ms", sa.Integer),
    )
    op.create_index("ix_turns_call_id", "turns", ["call_id"])
    op.create_table(
        "tool_runs",
        *_of_a_call("tool_runs"),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("took", sa.Float, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("response", sa.JSON, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
    )
    op.create_index("ix_tool_runs_call_id", "tool_runs", ["call_id"])
    op.create_table(
        "events",
        *_of_a_call("events", known=False),
        sa.Column("sid", sa.String(34), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
    )
    op.create_index("ix_events_call_id", "events", ["call_id"])
    op.create_index("ix_events_sid", "events", ["sid"])
    op.create_table(
        "days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("count", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name="pk_days"),
    )


def _of_a_call(table: str, known: bool = True) -> tuple[SchemaItem, ...]:
    return (
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("call_id", sa.Integer, nullable=not known),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    for table in ("days", "events", "tool_runs", "turns", "calls"):
        op.drop_table(table)
