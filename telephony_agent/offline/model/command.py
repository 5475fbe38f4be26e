"""`telephony-agent offline-model`: the offline Live server alone, until a signal or the end of its stdin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.faculties import Brain, Faculties
from telephony_agent.offline.model.faults import Fault
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.model.weights import DEFAULT


@dataclass(frozen=True)
class Elsewhere:
    """A chat model that is the brain: the base URL of its server, its name there, and the server's key if it has one.

    Raises ConfigError if the URL is none.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"--brain-url is {self.url!r}; give a base such as http://127.0.0.1:11434")


def run(
    host: str,
    port: int,
    recogniser: str | Path = DEFAULT,
    terms: Terms | None = None,
    faults: Sequence[Fault] = (),
    elsewhere: Elsewhere | None = None,
) -> None:
    """Load the weights, serve, and print one line of JSON with `host` and `port` when ready. Port 0 takes any.

    `faults` go wrong in the first session.

    Raises ConfigError if the extra is not installed, the weights are not the known ones, or the port is taken.
    """
    from telephony_agent.offline.model.real import faculties  # noqa: PLC0415, of an extra that most installs do without

    brain = _brain(elsewhere) if elsewhere else None
    asyncio.run(_serve(faculties(recogniser, brain), host, port, terms, faults))


def _brain(elsewhere: Elsewhere) -> Brain:
    from telephony_agent.offline.model.distant import DistantBrain  # noqa: PLC0415, of another extra

    return DistantBrain(elsewhere.url, elsewhere.model, elsewhere.key)


async def _serve(
    model: Faculties, host: str, port: int, terms: Terms | None = None, faults: Sequence[Fault] = ()
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stopped.set)
    _stop_with_parent(loop, stopped)
    try:
        async with serving(model, host, port, terms, faults=faults) as server:
            print(json.dumps({"host": server.host, "port": server.port}), flush=True)
            await stopped.wait()
    except OSError as error:
        raise ConfigError(f"can't listen on {host} port {port}: {error}; give --port another, or 0 for any") from error


def _stop_with_parent(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Whoever starts us as a child holds our stdin; it ends with them, however they end."""
    kind = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stopped.set()

    loop.add_reader(0, read)
