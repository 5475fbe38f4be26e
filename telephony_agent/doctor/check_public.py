"""Is PUBLIC_URL really us? Asks it for /healthz, as a load balancer would."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from http.client import HTTPException, HTTPResponse
from typing import Any

from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong
from .network import of_error

CHECK = "public url"
PATIENCE = 10.0  # seconds; Twilio waits 15 for a webhook
ALIVE = b"alive"  # what /healthz answers
NO_PROXY = urllib.request.ProxyHandler({})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: Twilio's signature is for the URL that it was given."""

    def redirect_request(self, *args: Any) -> None:
        return None


async def check(case: Case) -> AsyncIterator[Finding]:
    url = f"{case.settings.public_url}/healthz"
    start = f"start `telephony-agent serve`; it listens on {case.settings.host} port {case.settings.port}"
    try:
        status, body = await asyncio.to_thread(_get, url, case.settings.is_local)
    except urllib.error.URLError as error:
        yield _unreached(error.reason, url, case.settings.is_local, start)
    except (OSError, HTTPException) as error:
        yield wrong(CHECK, of_error(error, url, "PUBLIC_URL"))
    else:
        yield _answered(status, body, url, start)


def _answered(status: int, body: bytes, url: str, start: str) -> Finding:
    if status in (502, 503, 504):
        what = f"HTTP {status}: what answers at {url} finds no service behind it"
        return wrong(CHECK, Trouble(what, f"{start}, and let the proxy or tunnel lead there"))
    if 300 <= status < 400:
        mend = "set PUBLIC_URL to where it leads: Twilio's signature is for one URL only"
        return wrong(CHECK, Trouble(f"HTTP {status}: {url} sends elsewhere", mend))
    if status != 200 or body.strip() != ALIVE:
        mend = "let the proxy or tunnel lead to this service, with PUBLIC_URL's path and no page of its own in between"
        return wrong(CHECK, Trouble(f"HTTP {status}: what answers at {url} is not this service", mend))
    return ok(CHECK, f"{url} is this service")


def _get(url: str, direct: bool) -> tuple[int, bytes]:
    """Status and the first kilobyte. Blocks."""
    opener = urllib.request.build_opener(_NoRedirect, *([NO_PROXY] if direct else []))
    try:
        answer: HTTPResponse | urllib.error.HTTPError = opener.open(url, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status or 0, answer.read(1024)


def _unreached(reason: str | BaseException, url: str, is_local: bool, start: str) -> Finding:
    if is_local and isinstance(reason, ConnectionRefusedError):
        return unknown(CHECK, f"no service is running at {url}", start)
    error = reason if isinstance(reason, Exception) else OSError(str(reason))
    return wrong(CHECK, of_error(error, url, "PUBLIC_URL"))
