"""`telephony-agent dial`: a call out, ordered from the service that runs, and told from ringing to its end."""

from __future__ import annotations

import time
from typing import Any

import click

from ..errors import ConfigError, TelephonyAgentError
from .client import Client

LOOKS = 1.0  # seconds between two looks at how the call fares
PROGRESS = {"queued": "queued", "initiated": "dialling", "ringing": "ringing", "in-progress": "answered"}
WHO = {"human": "a person", "unknown": "nobody can tell whether it is a person", "fax": "a fax"}  # by AnsweredBy
ENDS = {  # by whom was reached; else it is Twilio's word for why nobody was
    "person": "over: it was answered",
    "message": "over: the message is left",
    "machine": "over: a machine answered, which was hung up on",
    "fax": "over: a fax answered",
}
WELL = ("person", "message")

server_option = click.option("--server", default="", metavar="URL", help="Where the service runs, if not here.")
voicemail_option = click.option(
    "--voicemail", metavar="TEXT", help="What a machine is told after its beep; else it is hung up on."
)


@click.command(short_help="Place a call, and tell how it fares.")
@click.argument("number")
@click.option("--agent", default="", metavar="MODULE:NAME", help="Who speaks, of what the service has loaded.")
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="What the agent and its tools know of this call.")
@voicemail_option
@server_option
def dial(number: str, agent: str, context: tuple[str, ...], voicemail: str | None, server: str) -> None:
    """Have the service that runs call NUMBER, as +12025550143, and tell how the call fares; Ctrl-C hangs up.

    Nobody is called whom OUTBOUND_COUNTRIES or OUTBOUND_NUMBERS does not allow. The exit code is 0 only if somebody
    answered, or a machine has the message.
    """
    wanted: dict[str, Any] = {"to": number, "agent": agent, "context": _pairs(context), "voicemail": voicemail}
    if not placed(Client(server), wanted):
        raise click.exceptions.Exit(1)


def placed(client: Client, wanted: dict[str, Any]) -> bool:
    """Whether it went well. Raises TelephonyAgentError if the call is refused."""
    call = client.ask("POST", "/calls", wanted)
    began = time.monotonic()
    click.echo(f"{call['sid']} to {call['to']}")
    seen: list[str] = []
    try:
        while True:
            for step in _steps(call):
                if step not in seen:
                    seen.append(step)
                    click.echo(f"{time.monotonic() - began:6.1f} s  {step}")
            if call["over"]:
                return call["reached"] in WELL
            time.sleep(LOOKS)
            call = client.ask("GET", f"/calls/{call['sid']}")
    except KeyboardInterrupt:
        _hang_up(client, call["sid"])
        return False
    except TelephonyAgentError as error:
        raise TelephonyAgentError(f"{call['sid']} was placed, and may be up: {error}") from error


def _steps(call: dict[str, Any]) -> list[str]:
    """What is known of it now, in the order in which it becomes known."""
    by = call["answered_by"]
    who = [WHO.get(by, "voicemail")] if by else []
    if not call["over"]:
        return [PROGRESS.get(call["status"], call["status"]), *who]
    return [*who, ENDS.get(call["reached"], f"over: {call['status']}")]


def _hang_up(client: Client, sid: str) -> None:
    try:
        client.ask("POST", f"/calls/{sid}/hangup")
    except TelephonyAgentError as error:
        click.echo(f"not hung up: {error}", err=True)
    else:
        click.echo("hung up")


def _pairs(context: tuple[str, ...]) -> dict[str, str]:
    for pair in context:
        if pair.find("=") < 1:
            raise ConfigError(f"--context is {pair!r}; give KEY=VALUE")
    return dict(pair.split("=", 1) for pair in context)
