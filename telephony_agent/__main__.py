"""The command line: `telephony-agent COMMAND`, or `python -m telephony_agent COMMAND`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from . import __version__, server
from .app import create_app
from .audition import voices
from .demo import command as demo_command
from .demo.script_file import EXAMPLE
from .doctor.check import check
from .doctor.probe import probe
from .environment import Environment, is_loopback
from .errors import ConfigError, TelephonyAgentError
from .init.project import write_project
from .money.command import prices
from .numbers.command import numbers
from .offline.model import command as offline_model_command
from .offline.model import weights
from .offline.model.options import knobs, wanted
from .outbound.command import call_backs
from .outbound.dial import dial
from .outbound.unwanted import do_not_call
from .record.command import calls
from .settings import Settings
from .telephone import offline_phone, ring
from .toolbox.run import load_agent
from .tunnel.command import tunnelled
from .tunnel.programs import PROGRAMS


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
@click.argument("agent", default=demo_command.AGENT)
@click.option("--tunnel", is_flag=True, help="Make it public by cloudflared or ngrok, whichever is installed.")
@click.option("--tunnel-by", type=click.Choice([each.name for each in PROGRAMS]), help="The same, by this one.")
@click.option("--attach", metavar="+1...", help="With a tunnel: let this number's calls come here.")
def serve(agent: str, tunnel: bool, tunnel_by: str | None, attach: str | None) -> None:
    """Run the service. AGENT is MODULE:ATTRIBUTE, an Agent or a function that picks one for a call."""
    if tunnel or tunnel_by:
        tunnelled(agent, tunnel_by, attach, _log, _announce)
        return
    if attach:
        raise ConfigError("--attach needs --tunnel; without one, `telephony-agent numbers attach` does it")
    settings = Settings.read()
    _log(settings.log_level)
    app = create_app(load_agent(agent), settings)
    listener = server.listen(settings.host, settings.port)
    _announce(settings, listener.getsockname()[1])
    server.run(app, listener, app.state.service.drain)


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


@main.command(
    short_help="Hold one whole phone call on this machine.",
    epilog="\n\n\b\n".join(["A script:", *EXAMPLE.split("\n\n")]),  # \b: lines stay as they are
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-call"), show_default=True, help="A folder.")
@click.option("--agent", metavar="MODULE:NAME", help="Your own agent, for which --script says what the caller says.")
@click.option("--script", type=click.Path(dir_okay=False, path_type=Path), help="A TOML file, as below.")
@click.option("--plain", is_flag=True, help="Over a perfect line, not through a telephone's band with a little noise.")
def demo(out: Path, agent: str | None, script: Path | None, plain: bool) -> None:
    """Hold one whole phone call on this machine, without any account, and check that the conversation happened.

    The folder gets call.html to look at, the recording, the picture and the data. Exit code 0 only if all was right.
    """
    _log("WARNING")
    sys.exit(demo_command.demo(out, agent, script, plain, click.echo))


@main.command(short_help="Start a project of your own in DIR.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Start a project of your own in DIR: an agent with two tools, its test, a script for `demo`, deploy files."""
    for file in write_project(folder, __version__):
        click.echo(f"wrote {file}")
    click.echo(f"next: {folder / 'README.md'}")


@main.command("offline-model", short_help="Run a Live server of your own.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="0 takes any; it is printed as one line of JSON.",
)
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
    _log("INFO")
    if (brain_url is None) != (brain_model is None):
        raise ConfigError("give --brain-url and --brain-model together")
    elsewhere = None
    if brain_url and brain_model:
        elsewhere = offline_model_command.Elsewhere(brain_url, brain_model, here.secret("BRAIN_API_KEY"))
    terms, faults = wanted(**options)
    offline_model_command.run(host, port, recogniser, terms, faults, elsewhere)


main.add_command(calls)
main.add_command(call_backs)
main.add_command(dial)
main.add_command(do_not_call)
main.add_command(numbers)
main.add_command(ring)
main.add_command(offline_phone)
main.add_command(check)
main.add_command(voices)
main.add_command(probe)
main.add_command(prices)


def _log(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in (
        "websockets",
        "uvicorn",
        "asyncio",
        "google",
        "urllib3",
        "httpcore2",
    ):  # at DEBUG they would write headers, and so keys and signatures
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.INFO))
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it lists its own parts


if __name__ == "__main__":
    main(prog_name="telephony-agent")
