"""Brings a database's tables to the latest, step by step. Imported when there is a step to take: alembic has 10 MB."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Within the connection's transaction. `to`: a revision."""
    steps = Config()
    steps.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    steps.attributes["connection"] = connection
    command.upgrade(steps, to)
