"""The command line: `telephony-agent COMMAND`, or `python -m telephony_agent COMMAND`."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from . import __version__, server
from .app import create_app
from .errors import ConfigError, TelephonyAgentError
from .offline.model import command as offline_model_command
from .offline.phone.call import Ring
from .offline.phone.command import ring as ring_command
from .settings import Settings
from .toolbox.run import load_agent

AGENT = "tools.restaurant:agent"


class Line(click.Group):
    """Our errors are for people: a line, no traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except TelephonyAgentError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Line)
@click.version_option(__version__)
def main() -> None:
    """A telephone agent: Twilio at one end, Gemini Live at the other, your Python functions aside.

    The settings come from the environment and from .env; the README has the table.
    """
    sys.path.insert(0, str(Path.cwd()))  # as uvicorn does: the operator's modules are beside us


@main.command()
@click.argument("agent", default=AGENT)
def serve(agent: str) -> None:
    """Run the service. AGENT is MODULE:ATTRIBUTE, an Agent or a function that picks one for a call."""
    settings = Settings.read()
    _log(settings.log_level)
    app = create_app(load_agent(agent), settings)
    listener = server.listen(settings.host, settings.port)
    click.echo(f"listening on {settings.host} port {listener.getsockname()[1]}, as {settings.public_url}")
    click.echo(
        f"the webhook is {settings.public_url}/twilio/voice, the model {settings.live_model} ({settings.provider})"
    )
    if not server.run(app, listener):
        raise ConfigError("the service could not start; the log says why")


@main.command("offline-model")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, help="0 takes any; it is printed as one line of JSON.")
def offline_model(host: str, port: int) -> None:
    """Run the offline model alone: a Live server without accounts."""
    _log("INFO")
    offline_model_command.run(host, port)


def _log(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")


if __name__ == "__main__":
    main(prog_name="telephony-agent")
