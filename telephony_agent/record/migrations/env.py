"""What alembic runs for each step: within the transaction that `store` has begun, so a step is done wholly or not."""

from __future__ import annotations

from alembic import context

from telephony_agent.record.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter most of a table
)
context.run_migrations()
