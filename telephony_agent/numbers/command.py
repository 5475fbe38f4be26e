"""`telephony-agent numbers`: the account's numbers, and what they point at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urldefrag

import click
import msgspec

from ..account_settings import AccountSettings
from ..errors import ConfigError
from .attaching import Change, Numbers, numbers_of
from .pointing import Number, comes_to, fallback, goes_to, status, told

HEADS = ("NUMBER", "NAME", "", "CALLS GO TO", "FALLBACK", "STATUS")


@click.group(invoke_without_command=True, short_help="The account's numbers: list, attach, detach.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a number.")
@click.pass_context
def numbers(context: click.Context, as_json: bool) -> None:
    """List the numbers of the Twilio account and what they point at; attach one to this service, or give it back."""
    if context.invoked_subcommand is None:
        asyncio.run(_list(AccountSettings.read(), as_json))


async def _list(settings: AccountSettings, as_json: bool) -> None:
    async with numbers_of(settings) as ours:
        found = await ours.all()
        whose = [_whose(each, ours, settings.public_url) for each in found]
    if as_json:
        for each, state in zip(found, whose, strict=True):
            click.echo(json.dumps({**msgspec.to_builtins(each), "state": state}))
    elif found:
        rows = [_row(each, state) for each, state in zip(found, whose, strict=True)]
        for line in columns([HEADS, *rows]):
            click.echo(line)
    else:
        raise ConfigError("the account has no number; buy one in Twilio's console: Phone Numbers, Buy a number")


def _whose(number: Number, ours: Numbers, public_url: str) -> str:
    kept = ours.kept.of(number.number) is not None
    if comes_to(number.pointing, public_url):
        return "attached" if kept else "comes here"
    return "was attached" if kept else "elsewhere"


def _row(number: Number, state: str) -> Sequence[str]:
    """How often Twilio asks again, which stands behind the #, would only make it wide."""
    urls = (urldefrag(words(number.pointing)).url for words in (goes_to, fallback, status))
    return number.number, number.name, state, *urls


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


@numbers.command()
@click.argument("number")
@click.option("--fallback-url", help='Asked where this service fails, as a TwiML Bin; "" for none. Else it stays.')
@click.option("--yes", is_flag=True, help="Do not ask.")
def attach(number: str, fallback_url: str | None, yes: bool) -> None:
    """Let calls to NUMBER, as +12025550188, come to PUBLIC_URL.

    What it points at now is kept in DATA_DIR/numbers; `numbers detach` restores it.
    """
    asyncio.run(_attach(AccountSettings.read(), number, fallback_url, yes))


async def _attach(settings: AccountSettings, number: str, fallback_url: str | None, yes: bool) -> None:
    async with numbers_of(settings) as ours:
        change = await ours.to_attach(number, fallback_url)
        if _agreed(change, "Attach it?", yes):
            await ours.attach(change)
            click.echo(f"{number} is attached; `telephony-agent numbers detach {number}` gives it back")


@numbers.command()
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
def detach(number: str, yes: bool) -> None:
    """Let calls to NUMBER go where they went before it was attached."""
    asyncio.run(_detach(AccountSettings.read(), number, yes))


async def _detach(settings: AccountSettings, number: str, yes: bool) -> None:
    async with numbers_of(settings) as ours:
        change = await ours.to_detach(number)
        if _agreed(change, "Give it back?", yes) or change.none:
            await ours.detach(change)
            click.echo(f"{number} points where it did")


def _agreed(change: Change, question: str, yes: bool) -> bool:
    """Shows it, and asks if there is something to ask."""
    click.echo(f"{change.number.number} {change.number.name}".rstrip())
    for line in told(change.number.pointing, change.after):
        click.echo(line)
    if change.none:
        click.echo("there is nothing to change")
        return False
    if not yes:
        click.confirm(question, abort=True)
    return True
