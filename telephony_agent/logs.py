"""The log of a command that serves: where it goes, and whose words it leaves out."""

from __future__ import annotations

import logging


def level(text: str) -> str:
    """Raises ValueError if it is the name of none."""
    if text not in logging.getLevelNamesMapping():
        raise ValueError
    return text


def begin(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in (
        "websockets",
        "uvicorn",
        "asyncio",
        "google",
        "urllib3",
        "httpcore2",
    ):  # at DEBUG they would write headers, and so keys and signatures
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.INFO))
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it lists its own parts
