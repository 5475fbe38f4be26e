"""What a call out was ordered with, so that a service which is started again while it rings still knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("placed", sa.Column("ordered", sa.Text))


def downgrade() -> None:
    with op.batch_alter_table("placed") as placed:
        placed.drop_column("ordered")
