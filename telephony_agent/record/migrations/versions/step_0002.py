"""Calls out, for their limits; and who does not want to be called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placed",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sid", sa.String(34)),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("up_until", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_placed"),
    )
    op.create_index("ix_placed_sid", "placed", ["sid"])
    op.create_index("ix_placed_at", "placed", ["at"])
    op.create_table(
        "do_not_call",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_do_not_call"),
    )


def downgrade() -> None:
    op.drop_table("do_not_call")
    op.drop_table("placed")
