"""The knobs of `telephony-agent offline-model`: what it grants its sessions, and what goes wrong in the first one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from telephony_agent.errors import ConfigError, ProtocolError
from telephony_agent.offline.model.closings import CLOSINGS
from telephony_agent.offline.model.faults import Fault, given, menu
from telephony_agent.offline.model.terms import LIFETIME, Terms


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, what in menu():
            click.echo(f"{name}\n    {what}")
        context.exit()


KNOBS = (
    click.option(
        "--lifetime",
        type=click.FloatRange(min=0.1),
        default=LIFETIME,
        show_default=True,
        help="Seconds that a session lasts.",
    ),
    click.option(
        "--ending", type=click.Choice(list(CLOSINGS)), default="expired", show_default=True, help="How it ends then."
    ),
    click.option(
        "--first-chunk",
        type=click.IntRange(min=0),
        default=0,
        help="Milliseconds that the first sound of a turn is held back.",
    ),
    click.option(
        "--leading-silence",
        type=click.IntRange(min=0),
        default=0,
        help="Milliseconds of silence that each turn begins with.",
    ),
    click.option("--key", default="", help="The API key or access token that a client must bring; else any will do."),
    click.option("--empty/--no-empty", default=True, help="Send empty messages where the real model does."),
    click.option(
        "--fault", multiple=True, help="What goes wrong in the first session, as stall?at=reply; may be repeated."
    ),
    click.option("--faults", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the faults."),
)


def knobs(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options."""
    for option in reversed(KNOBS):
        command = option(command)
    return command


def wanted(
    lifetime: float, ending: str, first_chunk: int, leading_silence: int, key: str, empty: bool, fault: Sequence[str]
) -> tuple[Terms, list[Fault]]:
    """What these options say. Raises ConfigError for a fault that there is not."""
    terms = Terms(lifetime, CLOSINGS[ending], first_chunk / 1000, leading_silence / 1000, key=key, empty_messages=empty)
    try:
        return terms, [given(text) for text in fault]
    except ProtocolError as error:
        raise ConfigError(f"--fault: {error}; --faults lists what can go wrong") from error
