"""The command line: `telephony-agent COMMAND`, or `python -m telephony_agent COMMAND`."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import sys
from pathlib import Path
from typing import Any

import click

from . import __version__, server
from .app import create_app
from .demo import restaurant, run
from .errors import ConfigError, TelephonyAgentError
from .offline.model import command as offline_model_command
from .offline.phone.call import Ring
from .offline.phone.command import ring as ring_command
from .settings import Environment, Settings
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


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-call"), show_default=True, help="A folder.")
def demo(out: Path) -> None:
    """Hold one whole phone call on this machine, without any account, and check that the conversation happened."""
    from .offline.model import recogniser, voices  # noqa: PLC0415, of an extra that most installs do without

    _log("WARNING")
    found = load_agent(AGENT)
    restaurant.prepare(out)
    script = restaurant.script(dt.date.today())
    speak, hear = voices.caller(), recogniser.Recogniser()
    call = run.demo(
        found, script, out, speak.say, hear.recognise, click.echo, further=lambda: [restaurant.booking(script, out)]
    )
    sys.exit(asyncio.run(call))


@main.command()
@click.argument("url")
@click.option("--say", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A WAV file.")
@click.option("--text", multiple=True, help="Words for a synthetic voice.")
@click.option("--connect-to", metavar="HOST:PORT", help="Connect there; URLs and signatures stay public, as curl's.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for call.wav and call.jsonl.")
@click.option("--from", "from_number", default="+12025550143", show_default=True)
@click.option("--to", "to_number", default="+12025550188", show_default=True)
def ring(
    url: str,
    say: tuple[Path, ...],
    text: tuple[str, ...],
    connect_to: str | None,
    out: Path | None,
    from_number: str,
    to_number: str,
) -> None:
    """Ring a service as Twilio does: post the signed webhook at URL, follow the TwiML, speak and listen.

    Signed with TWILIO_AUTH_TOKEN, if that is set. The recordings are said first, then the texts.
    """
    voice = None
    if text:
        from .offline.model import voices  # noqa: PLC0415, of an extra that most installs do without

        voice = voices.caller().say
    _log("WARNING")
    here = Environment()
    given = Ring(
        url,
        auth_token=here.secret("TWILIO_AUTH_TOKEN") or None,
        account_sid=here.get("TWILIO_ACCOUNT_SID", str, Ring.account_sid),
        from_number=from_number,
        to_number=to_number,
        connect_to=_host_and_port(connect_to) if connect_to else None,
        out=out,
    )
    sys.exit(asyncio.run(ring_command(given, say, text, voice, click.echo)))


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError(f"--connect-to is {text!r}; give HOST:PORT")
    return host, int(port)


@main.command("offline-model")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, help="0 takes any; it is printed as one line of JSON.")
def offline_model(host: str, port: int) -> None:
    """Run the offline model alone: a Live server without accounts."""
    _log("INFO")
    offline_model_command.run(host, port, Environment().get("ASR_MODEL_DIR", Path, None))


def _log(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("websockets", "uvicorn", "asyncio"):  # at DEBUG they would write headers, and so keys and signatures
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.INFO))


if __name__ == "__main__":
    main(prog_name="telephony-agent")
