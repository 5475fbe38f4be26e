"""The programs that make a port of this machine public: how they are started, and what of their output tells the URL.

https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/do-more-with-tunnels/trycloudflare/
and https://ngrok.com/docs/agent/
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigError

INSTALL = "install cloudflared, which needs no account (https://github.com/cloudflare/cloudflared), or ngrok"


@dataclass(frozen=True, slots=True)
class Program:
    """`url`: what in a line of its output is the public URL; `api`: or where its own API is, which knows it.

    In `arguments` {address} stands for where the service listens, as 127.0.0.1:8080.
    """

    name: str
    arguments: Sequence[str]
    url: re.Pattern[str] | None = None
    api: re.Pattern[str] | None = None


CLOUDFLARED = Program(
    "cloudflared",
    # A configuration of the user's own, for another tunnel, would answer 404 in place of the service.
    ("tunnel", "--no-autoupdate", "--config", os.devnull, "--url", "http://{address}"),
    url=re.compile(r"https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com"),  # api.: what it asks for a tunnel
)
NGROK = Program(
    "ngrok",
    ("http", "{address}", "--log", "stdout", "--log-format", "logfmt"),
    api=re.compile(r'msg="starting web service".* addr=(\S+)'),
)
PROGRAMS = (CLOUDFLARED, NGROK)


def find(name: str | None) -> tuple[Program, str]:
    """The first that is installed, or that one; and its path. Raises `ConfigError`."""
    for program in PROGRAMS:
        if name in (None, program.name) and (path := shutil.which(program.name)):
            return program, path
    missing = f"{name} is not" if name else "neither cloudflared nor ngrok is"
    raise ConfigError(f"{missing} on the PATH; {INSTALL}")


def public_url(answer: str | bytes) -> str | None:
    """Of what ngrok's API tells of its tunnels; None if there is none yet, or it is none that Twilio could use."""
    try:
        tunnels = json.loads(answer)["tunnels"]
        urls = [str(tunnel["public_url"]) for tunnel in tunnels]
    except (ValueError, KeyError, TypeError):
        return None
    return next((url.rstrip("/") for url in urls if url.startswith("https://")), None)
