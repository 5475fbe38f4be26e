"""`telephony-agent ring` and `offline-phone`: a telephone, and a Twilio, of one's own."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from starlette.applications import Starlette

from . import server
from .address import PORT, address_options
from .environment import Environment
from .errors import ConfigError
from .offline.phone import api
from .offline.phone import scenario as scenarios
from .offline.phone.acting import Stage
from .offline.phone.call import Ring
from .offline.phone.command import crowd
from .offline.phone.command import ring as ring_command
from .offline.phone.exchange import Exchange
from .offline.phone.impairments import CLEAN, Impairments
from .offline.phone.unknowns import SEEN, Unknowns

MOST_CALLS = 500  # at once: a stream and a request each, of the 1,024 files that a process may often have open
SECONDS = click.FloatRange(0, 60)  # that something on a line may take
LOSSES = ("action", "fallback", "hangup")


def line_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a line may be like, and what of Twilio nobody has documented."""
    for option in reversed(
        [
            click.option(
                "--cacert",
                "authority",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="Trust this authority, too, and speak TLS even with this machine.",
            ),
            click.option(
                "--delay", type=SECONDS, default=0.0, help="Seconds that every message of the stream takes, each way."
            ),
            click.option(
                "--loss",
                type=click.FloatRange(0, 1),
                default=0.0,
                help="Share of the caller's frames that are lost, as 0.02.",
            ),
            click.option("--jitter", type=SECONDS, default=0.0, help="Seconds that a message may be late."),
            click.option(
                "--stall",
                type=click.FloatRange(0, CLEAN.stall_every),
                default=0.0,
                help=f"Seconds in which nothing moves, every {CLEAN.stall_every:g}.",
            ),
            click.option(
                "--drift",
                type=click.FloatRange(-0.1, 0.1),
                default=0.0,
                help="By how much the phone's clock is slow, as 0.001.",
            ),
            click.option(
                "--echo", type=click.FloatRange(0, 100), help="dB by which the agent's sound comes back, as 20."
            ),
            click.option("--noise", type=click.FloatRange(-100, 0), help="dBFS of hiss on the caller's side, as -45."),
            click.option("--tones", is_flag=True, help="Keys are also heard."),
            click.option(
                "--after-loss", type=click.Choice(LOSSES), default="action", help="What follows a lost stream."
            ),
            click.option(
                "--first-sequence", default=SEEN.first_sequence, help="The sequenceNumber of a stream's start."
            ),
            click.option("--first-timestamp", default=SEEN.first_timestamp, help="Of its first sound, in ms."),
            click.option("--stop-on-close", is_flag=True, help="A service that closes a stream is sent a stop."),
            click.option(
                "--close-code",
                type=click.IntRange(1000, 4999),
                help="Of Twilio's own close frame, which has none otherwise.",
            ),
            click.option(
                "--late", type=SECONDS, default=0.0, help="Seconds by which a stream's status may be told late."
            ),
            click.option("--no-marks-on-clear", is_flag=True, help="Marks that are cleared do not come back."),
        ]
    ):
        command = option(command)
    return command


@click.command(
    short_help="Ring a service as Twilio does.",
    epilog="\b\nA scenario:\n\n\b\n" + scenarios.EXAMPLE.replace("\n\n", "\n\n\b\n"),
)
@click.argument("url")
@click.option("--say", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A WAV file.")
@click.option("--text", multiple=True, help="Words for a synthetic voice.")
@click.option("--scenario", type=click.Path(dir_okay=False, path_type=Path), help="A YAML file, as below.")
@click.option(
    "--calls", type=click.IntRange(1, MOST_CALLS), default=1, help="So many at once, each with the same lines."
)
@click.option("--connect-to", metavar="HOST:PORT", help="Connect there; URLs and signatures stay public, as curl's.")
@click.option(
    "--api-port", type=PORT, help="Serve Twilio's REST API there meanwhile, for the service's TWILIO_API_URL."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for call.wav and call.jsonl.")
@click.option("--from", "from_number", default="+12025550143", show_default=True)
@click.option("--to", "to_number", default="+12025550188", show_default=True)
@click.option("--status-url", help="Is told when the call is over.")
@click.option("--fallback-url", help="Is asked where URL fails.")
@line_options
def ring(
    url: str,
    say: tuple[Path, ...],
    text: tuple[str, ...],
    scenario: Path | None,
    calls: int,
    connect_to: str | None,
    api_port: int | None,
    **details: Any,
) -> None:
    """Ring a service as Twilio does: post the signed webhook at URL, follow the TwiML, speak and listen.

    Signed with TWILIO_AUTH_TOKEN, if that is set. The recordings are said first, then the texts.
    """
    _log()
    if scenario is not None and (say or text or calls > 1):
        raise ConfigError("--scenario says what the caller does; leave --say, --text and --calls out")
    played = scenarios.read(scenario) if scenario is not None else None
    given = _ring(url, connect_to, **details)
    voice = _voice() if text or (played is not None and _speaks(played)) else None
    if played is not None:
        sys.exit(asyncio.run(_play(Stage(played, voice, click.echo), given, api_port)))
    if calls > 1:
        sys.exit(asyncio.run(crowd(given, calls, say, text, voice, click.echo)))
    sys.exit(asyncio.run(ring_command(given, say, text, voice, click.echo)))


async def _play(stage: Stage, given: Ring, api_port: int | None) -> int:
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(Exchange(given))
        exchange.people = stage.people
        if api_port is not None:
            listener = server.listen("127.0.0.1", api_port)
            exchange.api_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            await stack.enter_async_context(server.serving(api.app(exchange), listener))
        return await stage.play(exchange, given)


@click.command("offline-phone", short_help="Run a Twilio of your own.")
@address_options
@click.option("--number", "numbers", multiple=True, metavar="+1...=URL", help="A number, and its voice webhook.")
@click.option("--connect-to", metavar="HOST:PORT", help="Connect there; URLs and signatures stay public, as curl's.")
@line_options
def offline_phone(host: str, port: int, numbers: tuple[str, ...], connect_to: str | None, **details: Any) -> None:
    """Run a Twilio of your own: its REST API, for a service's TWILIO_API_URL, and its calls.

    The account is TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or one that is made up and printed. From outside, as that
    account: POST /offline/ring (To, From) lets somebody call a number, POST /offline/people (PhoneNumber, Does, After,
    Machine) says how a number takes calls. In a form the + of a number is %2B.
    """
    _log()
    template = _ring("", connect_to, **details)
    if template.auth_token is None:
        template = replace(template, auth_token=secrets.token_hex(16))
    exchange = Exchange(template)
    for number in numbers:
        exchange.own(*_number(number))

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        async with exchange:
            yield

    listener = server.listen(host, port)
    exchange.api_url = f"http://{host}:{listener.getsockname()[1]}"
    account = {"account_sid": exchange.account.sid, "auth_token": exchange.account.auth_token}
    click.echo(json.dumps({"port": listener.getsockname()[1], **account}))
    server.run(api.app(exchange, running), listener, _nothing)


async def _nothing() -> None:
    """Calls end with the exchange."""


def _number(text: str) -> tuple[str, str]:
    number, _, url = text.partition("=")
    if not number.startswith("+") or not url.startswith("http"):
        raise ConfigError(f"--number is {text!r}; give +12025550188=https://HOST/twilio/voice")
    return number, url


def _ring(
    url: str,
    connect_to: str | None,
    no_marks_on_clear: bool,
    loss: float,
    jitter: float,
    stall: float,
    drift: float,
    echo: float | None,
    noise: float | None,
    first_sequence: int,
    first_timestamp: int,
    stop_on_close: bool,
    close_code: int | None,
    late: float,
    **details: Any,
) -> Ring:
    here = Environment()
    return Ring(
        url,
        auth_token=here.secret("TWILIO_AUTH_TOKEN") or None,
        account_sid=here.get("TWILIO_ACCOUNT_SID", str, Ring.account_sid),
        connect_to=_host_and_port(connect_to) if connect_to else None,
        impairments=Impairments(loss, jitter, stall, drift=drift, echo=echo, noise=noise),
        marks_on_clear=not no_marks_on_clear,
        unknowns=Unknowns(first_sequence, first_timestamp, stop_on_close, close_code, late),
        **details,
    )


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError(f"--connect-to is {text!r}; give HOST:PORT")
    return host, int(port)


def _speaks(played: scenarios.Scenario) -> bool:
    return any(not words.endswith(scenarios.WAV) for words in played.words)


def _voice() -> Callable[[str], bytes]:
    from .offline.model import voices  # noqa: PLC0415, of an extra that most installs do without

    return voices.caller().say


def _log() -> None:
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s %(message)s")
