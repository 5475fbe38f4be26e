"""Where a server of one's own listens, as options of its command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

PORT = click.IntRange(0, 65535)  # 0 takes any


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`host` and `port`, for a command that prints the port it has."""
    told = "0 takes any; it is printed as one line of JSON."
    command = click.option("--port", type=PORT, default=0, show_default=True, help=told)(command)
    return click.option("--host", default="127.0.0.1", show_default=True)(command)
