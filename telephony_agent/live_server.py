"""`telephony-agent offline-model`: a Live server of one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from . import logs
from .address import address_options
from .environment import Environment
from .errors import ConfigError
from .offline.model import command, weights
from .offline.model.options import knobs, wanted


@click.command("offline-model", short_help="Run a Live server of your own.")
@address_options
@click.option("--report", is_flag=True, help="Only tell what would be loaded: versions, licences, origins, hashes.")
@click.option("--brain-url", help="A server with OpenAI's chat interface that thinks instead: Ollama, llama.cpp's.")
@click.option("--brain-model", help="The name of its model. A key is taken from BRAIN_API_KEY.")
@knobs
def offline_model(
    host: str, port: int, report: bool, brain_url: str | None, brain_model: str | None, **options: Any
) -> None:
    """Run the offline model alone: a Live server without accounts.

    While it runs, a POST from this machine lets something go wrong in the sessions there are, or with /control/next/ in
    the next one: curl -X POST 'http://127.0.0.1:9000/control/stall?at=reply'
    """
    here = Environment()
    recogniser = here.get("ASR_MODEL_DIR", Path, None) or here.get("ASR_MODEL", str, weights.DEFAULT)
    if report:
        fine, lines = weights.report(recogniser)
        click.echo("\n".join(lines))
        sys.exit(0 if fine else 1)
    logs.begin(here.get("LOG_LEVEL", logs.level, "INFO"))
    if (brain_url is None) != (brain_model is None):
        raise ConfigError("give --brain-url and --brain-model together")
    elsewhere = None
    if brain_url and brain_model:
        elsewhere = command.Elsewhere(brain_url, brain_model, here.secret("BRAIN_API_KEY"))
    terms, faults = wanted(**options)
    command.run(host, port, recogniser, terms, faults, elsewhere)
