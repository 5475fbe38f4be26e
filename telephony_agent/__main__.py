"""The command line: `telephony-agent COMMAND`, or `python -m telephony_agent COMMAND`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from . import __version__, logs, server
from .app import create_app
from .environment import is_loopback
from .errors import ConfigError, TelephonyAgentError
from .settings import Settings
from .toolbox.run import load_agent
from .tunnel.programs import PROGRAMS

AGENT = "tools.restaurant:agent"
COMMANDS = {  # all but `serve`, and where they are: a service that runs for months has none of them in its memory
    "call-backs": "outbound.command:call_backs",
    "calls": "record.command:calls",
    "check": "doctor.check:check",
    "demo": "demo.command:demo",
    "dial": "outbound.dial:dial",
    "do-not-call": "outbound.unwanted:do_not_call",
    "init": "init.command:init",
    "numbers": "numbers.command:numbers",
    "offline-model": "live_server:offline_model",
    "offline-phone": "telephone:offline_phone",
    "prices": "money.command:prices",
    "probe": "doctor.probe:probe",
    "ring": "telephone:ring",
    "voices": "audition:voices",
}
TUNNELLED = "tunnel.command:tunnelled"  # nor this, with a URL of its own


class Line(click.Group):
    """Its commands are loaded when they are asked for. Our errors are for people: a line, no traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *COMMANDS])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(context, name)
        command: click.Command = _loaded(COMMANDS[name])
        return command

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
@click.option("--tunnel", is_flag=True, help="Make it public by cloudflared or ngrok, whichever is installed.")
@click.option("--tunnel-by", type=click.Choice([each.name for each in PROGRAMS]), help="The same, by this one.")
@click.option("--attach", metavar="+1...", help="With a tunnel: let this number's calls come here.")
def serve(agent: str, tunnel: bool, tunnel_by: str | None, attach: str | None) -> None:
    """Run the service. AGENT is MODULE:ATTRIBUTE, an Agent or a function that picks one for a call."""
    if tunnel or tunnel_by:
        _loaded(TUNNELLED)(agent, tunnel_by, attach, logs.begin, _announce)
        return
    if attach:
        raise ConfigError("--attach needs --tunnel; without one, `telephony-agent numbers attach` does it")
    settings = Settings.read()
    logs.begin(settings.log_level)
    app = create_app(load_agent(agent), settings)
    listener = server.listen(settings.host, settings.port)
    _announce(settings, listener.getsockname()[1])
    server.run(app, listener, app.state.service.drain)


def _loaded(where: str) -> Any:
    """`where`: MODULE:NAME, of ours."""
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(f"telephony_agent.{module}"), name)


def _announce(settings: Settings, port: int) -> None:
    click.echo(f"listening on {settings.host} port {port}, as {settings.public_url}")
    click.echo(
        f"the webhook is {settings.public_url}/twilio/voice, the model {settings.live_model} ({settings.provider})"
    )
    click.echo(f'without Twilio: telephony-agent ring {ring_arguments(settings, port)} --text "Hello?" --out call')


def ring_arguments(settings: Settings, port: int) -> str:
    """With which `ring` reaches a service on this machine and this port, whatever its public URL."""
    webhook = f"{settings.public_url}/twilio/voice"
    if is_loopback(urlsplit(settings.public_url).hostname or ""):
        return webhook
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"{webhook} --connect-to {host}:{port}"


if __name__ == "__main__":
    main(prog_name="telephony-agent")
