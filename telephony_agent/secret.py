"""A secret of the settings: it stands in its variable, or in a file that another variable names."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import ConfigError


def found(name: str, value: str, file: str) -> str:
    """`value`, or what stands in `file`; empty if neither is given. Raises `ConfigError` that never shows it."""
    if value and file:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one")
    if file:
        try:
            value = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise ConfigError(f"{name}_FILE is {file!r}, which can't be read: {error}") from error
        if not value.strip():
            raise ConfigError(f"{name}_FILE is {file!r}, which is empty")
    value = value.strip()
    if value and not re.fullmatch(r"[!-~]+", value):
        raise ConfigError(f"{name} has characters that no token or key has (spaces, control or non-ASCII characters)")
    return value
