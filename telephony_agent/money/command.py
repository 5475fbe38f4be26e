"""`telephony-agent prices`: what a model costs, who says so, and what calls will come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from ..environment import Environment
from ..errors import ConfigError
from ..live.models import resolve
from ..live.options import Compression
from ..settings import MODELS
from . import price_file
from .forecast import TALK, WINDOWS, Talk, Window, table
from .prices import Price, of_model

KINDS = {  # as they are called here, and the fields of a price
    "in": {"text": "text_in", "audio": "audio_in", "image": "image_in", "video": "video_in"},
    "out": {"text": "text_out", "audio": "audio_out", "video": "video_out"},
}


@click.command(short_help="What a model costs, and what calls will.")
@click.argument("model", required=False)
@click.option("--trigger", type=int, help="Your own Compression's trigger_tokens, to be compared.")
@click.option("--target", type=int, help="And its target_tokens.")
@click.option(
    "--standing",
    type=click.IntRange(0),
    default=TALK.standing,
    show_default=True,
    help="Tokens of your instructions and functions.",
)
@click.option("--file", "whole", is_flag=True, help="Print our table itself, in the form of a table of your own.")
def prices(model: str | None, trigger: int | None, target: int | None, standing: int, whole: bool) -> None:
    """What MODEL costs (else LIVE_MODEL), by PRICES and our own table, and what calls of some minutes will.

    A forecast for exchanges of 20 seconds: the caller speaks for 7 of them, the agent for 10.
    """
    if whole:
        click.echo(price_file.shipped(), nl=False)
        return
    if (trigger is None) != (target is None):
        raise click.UsageError("--trigger and --target belong together; give both or neither")
    here = Environment()
    usual = MODELS.get(here.get("LIVE_PROVIDER", str, "gemini"), MODELS["gemini"])
    id = resolve(model or here.get("LIVE_MODEL", str, usual))
    rows = price_file.known(here.get("PRICES", Path, None))
    found = of_model(rows, id)
    if not found:
        known = ", ".join(sorted({name for row in rows for name in row.models}))
        raise ConfigError(f"no price of {id} is known; give it in a table that PRICES names. Known are {known}")
    own = Compression(trigger_tokens=trigger, target_tokens=target)
    windows: tuple[Window | None, ...] = WINDOWS
    if own.trigger_tokens is not None and own.target_tokens is not None:
        windows = (*WINDOWS, Window(own.trigger_tokens, own.target_tokens))
    for row in found:
        click.echo("\n".join(_told(id, row, windows, replace(TALK, standing=standing))))


def _told(id: str, price: Price, windows: Sequence[Window | None], talk: Talk) -> Iterator[str]:
    yield f"{id} ({', '.join(price.providers)}), as of {price.as_of} by {price.source}"
    for way, kinds in KINDS.items():
        usd = [f"{kind} ${each:.2f}" for kind, name in kinds.items() if (each := getattr(price, name)) is not None]
        yield f"  a million tokens {way}: {', '.join(usd)}"
    fee = "unknown" if price.search is None else f"${price.search:g}"
    yield f"  a search, by the {price.search_by}: {fee}"
    lines = table(price, windows, talk)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
    yield ""
