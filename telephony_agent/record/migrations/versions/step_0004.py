"""What calls cost: turn by turn, and in all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TO_MODEL = ("text_in", "audio_in", "image_in", "video_in", "untold_in")
FROM_MODEL = ("text_out", "audio_out", "video_out", "untold_out", "thoughts", "transcripts")
OF_THOSE = ("cached", "tool_use")


def upgrade() -> None:
    op.add_column("calls", sa.Column("searches", sa.Integer))
    op.add_column("calls", sa.Column("usd", sa.Float))
    op.create_table(
        "bills",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("call_id", sa.Integer, nullable=False),
        sa.Column("began", sa.DateTime, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in (*TO_MODEL, *FROM_MODEL, *OF_THOSE)),
        sa.Column("usd", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_bills"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_bills_call_id", "bills", ["call_id"])


def downgrade() -> None:
    op.drop_table("bills")
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("usd")
        calls.drop_column("searches")
