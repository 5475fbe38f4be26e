"""`telephony-agent call-backs`: who has asked to be called back, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from ..environment import Environment
from ..errors import ConfigError, TelephonyAgentError
from ..record.store import FILE, Store
from .call_backs import CallBacks, Wish
from .client import Client
from .dial import placed, server_option, voicemail_option


@click.group("call-backs", short_help="Who has asked to be called back.")
def call_backs() -> None:
    """Callers who have asked to be called back, as they are kept in DATA_DIR."""


@call_backs.command("list")
@click.option("--all", "also_closed", is_flag=True, help="Also those who were reached, or given up.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON each.")
def list_(also_closed: bool, as_json: bool) -> None:
    """Who waits, the longest first. Times are UTC."""
    with _kept() as kept:
        for wish in kept.wanted(also_closed):
            click.echo(msgspec.json.encode(wish).decode() if as_json else _line(wish))


@call_backs.command()
@click.argument("ids", nargs=-1, type=int, metavar="[ID]...")
@voicemail_option
@server_option
def dial(ids: tuple[int, ...], voicemail: str | None, server: str) -> None:
    """Have the service that runs call them, one after the other; without an ID all who wait.

    The rules of calls out hold; their own wish outweighs an earlier one not to be called. The exit code is 0 only if
    each was reached.
    """
    client, well = Client(server), True
    if not ids:
        with _kept() as kept:
            ids = tuple(wish.id for wish in kept.wanted())
    for id in ids:
        try:
            well &= placed(client, {"call_back": id, "voicemail": voicemail})
        except TelephonyAgentError as error:
            click.echo(f"{id}: {error}", err=True)
            well = False
    if not well:
        raise click.exceptions.Exit(1)


@call_backs.command()
@click.argument("id", type=int)
@click.option("--why", default="seen to by hand", show_default=True, help="What became of it.")
def done(id: int, why: str) -> None:
    """Somebody has seen to it: ID is not called."""
    with _kept() as kept:
        if not kept.close(id, why):
            raise ConfigError(f"nobody waits as {id}; `telephony-agent call-backs list` shows who does")


def _line(wish: Wish) -> str:
    attempts = f"{wish.attempts} attempt{'' if wish.attempts == 1 else 's'}"
    last = f": {wish.became}" if wish.became else ""
    return f"{wish.id:>4}  {wish.number:<16}  asked {wish.at:%Y-%m-%d %H:%M}  {wish.state}, {attempts}{last}"


@contextmanager
def _kept() -> Iterator[CallBacks]:
    folder = Environment().get("DATA_DIR", Path, Path("data"))
    if not (folder / FILE).is_file():
        raise ConfigError(f"no calls are kept in {str(folder)!r}; set DATA_DIR to the service's, or take a call first")
    with Store.in_folder(folder) as store:
        yield CallBacks(store)
