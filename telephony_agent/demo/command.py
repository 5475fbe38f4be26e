"""`telephony-agent demo`: our own script with our own agent, or an operator's."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from functools import partial
from pathlib import Path

import click

from .. import logs
from ..agent import Agent
from ..environment import Environment
from ..errors import ConfigError
from ..settings import MODELS
from ..toolbox.run import load_agent
from . import restaurant, run
from .account import Tell
from .script_file import EXAMPLE, check_tools, read_script

AGENT = "tools.restaurant:agent"


@click.command(
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
    logs.begin("WARNING")
    sys.exit(hold(out, agent, script, plain, click.echo))


def hold(out: Path, agent: str | None, script_file: Path | None, plain: bool, tell: Tell) -> int:
    """Holds the call; the exit code. `agent`: module:attribute. Raises ConfigError before anything rings."""
    from ..offline.model import recogniser, voices  # noqa: PLC0415, of an extra that most installs do without

    if (agent is None) != (script_file is None):
        raise ConfigError("--agent and --script come together: who answers, and what the caller says")
    today = dt.date.today()
    script = read_script(script_file, today) if script_file else restaurant.script(today)
    out.mkdir(parents=True, exist_ok=True)
    os.environ["DATA_DIR"] = str(out)  # where the tools keep their data, and no earlier call's
    found = load_agent(agent or AGENT)
    if script_file is None:
        restaurant.forget(out)
        further = partial(restaurant.bookings, script, out)
    else:
        further = partial(list)
        if isinstance(found, Agent):
            check_tools(script_file, script, [tool.name for tool in found.declared])
    speak, hear = voices.caller(), recogniser.Recogniser()
    call = run.demo(
        found, script, out, speak.say, hear.recognise, tell, plain=plain, further=further, live_model=live_model()
    )
    return asyncio.run(call)


def live_model() -> str:
    """That for which the agent is made: what it asks of it must be right for that one."""
    here = Environment()
    return here.get("LIVE_MODEL", str, "") or MODELS.get(here.get("LIVE_PROVIDER", str, ""), "")
