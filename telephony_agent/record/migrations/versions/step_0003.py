"""Who has asked to be called back, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sid", sa.String(34), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("called", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried", sa.DateTime),
        sa.Column("became", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
    )
    op.create_index("ix_call_backs_number", "call_backs", ["number"])
    op.create_index("ix_call_backs_state", "call_backs", ["state"])


def downgrade() -> None:
    op.drop_table("call_backs")
