"""Reads the prices that there are: our own table, and before it the operator's."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import ConfigError
from ..live import providers
from ..settings import Settings
from .prices import Price, find, read


def shipped() -> str:
    """Our own table, as it stands in the file."""
    return (resources.files(__package__) / "prices.toml").read_text("utf-8")


def known(own: Path | None) -> tuple[Price, ...]:
    """All rows; the first that fits a model is the one that counts. `own`: the operator's table.

    Raises ConfigError that names what is wrong in it.
    """
    ours = read(shipped(), "our table of prices")
    if own is None:
        return ours
    try:
        text = own.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"PRICES is {str(own)!r}, which can't be read: {error}") from error
    return read(text, f"PRICES, {str(own)!r}") + ours


def configured(settings: Settings) -> Price | None:
    """That of the configured model where it is served; None if nobody knows it. Raises ConfigError."""
    return find(known(settings.prices), providers.model(settings), providers.backend(settings))
