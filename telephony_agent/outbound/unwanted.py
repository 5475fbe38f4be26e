"""`telephony-agent do-not-call`: the list of who does not want to be called, kept beside the calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ..environment import Environment
from ..errors import ConfigError
from ..record.store import Store
from .callee import callee
from .ledger import Ledger
from .rules import Rules


@click.group("do-not-call")
def do_not_call() -> None:
    """The list of who does not want to be called. A service that runs heeds it at once."""


@do_not_call.command("list")
def list_() -> None:
    """The numbers, the latest first: since when, and why."""
    with _ledger(_folder()) as ledger:
        for number, since, why in ledger.forbidden():
            click.echo(f"{number:<16}  {since:%Y-%m-%d %H:%M}  {why}".rstrip())


@do_not_call.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--why", default="", help="To be remembered with it.")
def add(numbers: tuple[str, ...], why: str) -> None:
    """Never call NUMBERS again; each as +12025550143."""
    folder, whom = _folder(), [callee(number).number for number in numbers]
    with _ledger(folder) as ledger:
        for number in whom:
            ledger.forbid(number, why, datetime.now(UTC))
            click.echo(f"{number} will not be called by a service whose DATA_DIR is {folder}")


@do_not_call.command()
@click.argument("number")
def remove(number: str) -> None:
    """NUMBER has agreed to be called."""
    folder, whom = _folder(), callee(number).number
    with _ledger(folder) as ledger:
        if not ledger.permit(whom):
            raise ConfigError(f"{number} is not on the list; `telephony-agent do-not-call list` shows it")
    click.echo(f"{whom} may be called again by a service whose DATA_DIR is {folder}")


def _folder() -> Path:
    return Environment().get("DATA_DIR", Path, Path("data"))


@contextmanager
def _ledger(folder: Path) -> Iterator[Ledger]:
    with Store.in_folder(folder) as store:
        yield Ledger(store, Rules())
