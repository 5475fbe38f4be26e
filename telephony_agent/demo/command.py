"""What `telephony-agent demo` does: our own script with our own agent, or an operator's."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from functools import partial
from pathlib import Path

from ..agent import Agent
from ..environment import Environment
from ..errors import ConfigError
from ..settings import MODELS
from ..toolbox.run import load_agent
from . import restaurant, run
from .account import Tell
from .script_file import check_tools, read_script

AGENT = "tools.restaurant:agent"


def demo(out: Path, agent: str | None, script_file: Path | None, plain: bool, tell: Tell) -> int:
    """Holds the call; the exit code. `agent`: module:attribute. Raises ConfigError before anything rings."""
    from ..offline.model import recogniser, voices  # noqa: PLC0415, of an extra that most installs do without

    if (agent is None) != (script_file is None):
        raise ConfigError("--agent and --script come together: who answers, and what the caller says")
    out.mkdir(parents=True, exist_ok=True)
    os.environ["DATA_DIR"] = str(out)  # where the tools keep their data, and no earlier call's
    today = dt.date.today()
    found = load_agent(agent or AGENT)
    if script_file is None:
        restaurant.forget(out)
        script, further = restaurant.script(today), partial(restaurant.bookings, restaurant.script(today), out)
    else:
        script, further = read_script(script_file, today), partial(list)
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
