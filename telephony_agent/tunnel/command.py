"""`telephony-agent serve --tunnel`: what is asked and told around it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

import click
from starlette.applications import Starlette

from .. import server, sound_last
from ..app import create_app
from ..numbers.attaching import numbers_of
from ..numbers.pointing import goes_to, told
from ..settings import Settings
from ..toolbox.run import load_agent
from . import programs
from .child import Tunnel
from .serving import serve

SOMEWHERE = "https://tunnel.invalid"  # in place of the URL that is not known yet


def tunnelled(
    agent: str,
    by: str | None,
    attach: str | None,
    log: Callable[[str], None],
    announce: Callable[[Settings, int], None],
) -> None:
    """`by`: the program's name; `attach`: a number, E.164. All that can be wrong without a tunnel is told before it."""
    program, path = programs.find(by)
    settings = Settings.read(public_url=SOMEWHERE)
    log(settings.log_level)
    loaded = load_agent(agent)
    number = attach or _asked(settings)
    if number is not None:
        asyncio.run(_checked(settings, number))
    listener = server.listen(settings.host, settings.port)
    port = listener.getsockname()[1]

    def build(url: str) -> Starlette:
        here = replace(settings, public_url=url)
        app = create_app(loaded, here)
        announce(here, port)
        return app

    async def settle(url: str) -> None:
        if number is not None:
            await _attached(replace(settings, public_url=url), number)

    click.echo(f"waiting for {program.name}'s tunnel")
    sound_last.run(serve(Tunnel(program, path, _address(settings.host, port)), listener, build, settle))
    if number is not None:
        click.echo(f"{number} still points at the tunnel; `telephony-agent numbers detach {number}` gives it back")


def _asked(settings: Settings) -> str | None:
    """The number that the operator wants to be called at; none where nobody can be asked, or there is none."""
    if not settings.has_account or not sys.stdin.isatty():
        return None
    found = asyncio.run(_listed(settings))
    for number, name, where in found:
        click.echo(f"  {number}  {name}: {where}")
    if not found:
        return None
    choice = click.Choice([*(number for number, _, _ in found), "none"])
    answer: str = click.prompt("Which shall ring here?", "none", type=choice, show_choices=False)
    return None if answer == "none" else answer


async def _listed(settings: Settings) -> list[tuple[str, str, str]]:
    async with numbers_of(settings) as ours:
        return [(each.number, each.name, goes_to(each.pointing)) for each in await ours.all()]


async def _checked(settings: Settings, number: str) -> None:
    """Raises what attaching it would."""
    async with numbers_of(settings) as ours:
        await ours.to_attach(number)


async def _attached(settings: Settings, number: str) -> None:
    async with numbers_of(settings) as ours:
        change = await ours.to_attach(number)
        await ours.attach(change)
    click.echo(f"{number} is attached")
    for line in told(change.number.pointing, change.after):
        click.echo(line)


def _address(host: str, port: int) -> str:
    """Where a program on this machine finds us."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
