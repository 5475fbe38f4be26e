"""The service that runs, as the operator asks it from a terminal: `/calls`, with OPERATOR_TOKEN."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from ..environment import Environment, is_loopback
from ..errors import ConfigError, TelephonyAgentError

PATIENCE = 30.0  # seconds for the service, which asks Twilio meanwhile
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # where who listens on all addresses is reached


class Client:
    """`server`: the service's URL; empty: it is on this machine, where HOST and PORT say. Blocks.

    Raises ConfigError where nobody answers there, or the token could be read on the way.
    """

    def __init__(self, server: str = "") -> None:
        here = Environment()
        self._url = (server or _on_this_machine(here)).rstrip("/")
        self._token = here.secret("OPERATOR_TOKEN")
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"--server is {server!r}; give the service's URL, as https://agent.example.com")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ConfigError(f"--server is {server!r}, where OPERATOR_TOKEN would travel for all to read; give https")
        # A proxy of the environment's is for the Internet; it would make of this machine's service a stranger's.
        proxies = urllib.request.ProxyHandler({} if is_loopback(parts.hostname) else None)
        self._opener = urllib.request.build_opener(proxies, _NoRedirects())

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer's JSON. Raises TelephonyAgentError in the service's own words, if it refuses."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError as error:
            with error:
                raise TelephonyAgentError(self._why(error)) from error
        except (OSError, ValueError) as error:  # ValueError: what answers there speaks no JSON
            mend = "start `telephony-agent serve`, or say with --server where it runs"
            raise ConfigError(f"no service of ours answers at {self._url}; {mend}") from error

    def _why(self, error: urllib.error.HTTPError) -> str:
        try:
            return str(json.load(error)["error"])
        except (ValueError, KeyError, TypeError):
            mend = "look at --server, and set the service's OPERATOR_TOKEN for both"
            return f"{self._url} answered with HTTP {error.code}; {mend}"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """They would take the token along, wherever they lead."""

    def redirect_request(self, *details: Any) -> None:
        return None


def _on_this_machine(here: Environment) -> str:
    host = here.get("HOST", str, "127.0.0.1")
    host = EVERYWHERE.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{here.get('PORT', int, 8080)}"
