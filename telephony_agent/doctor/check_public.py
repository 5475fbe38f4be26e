"""Is PUBLIC_URL really us? Asks it for /healthz, as a load balancer would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from .asking import UNREACHED, Answer, ask, reason
from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong
from .network import of_error

CHECK = "public url"
ALIVE = "alive"  # what /healthz answers


async def check(case: Case) -> AsyncIterator[Finding]:
    url = f"{case.settings.public_url}/healthz"
    start = f"start `telephony-agent serve`; it listens on {case.settings.host} port {case.settings.port}"
    try:
        answer = await asyncio.to_thread(ask, url, direct=case.settings.is_local)
    except UNREACHED as error:
        yield _unreached(reason(error), url, case.settings.is_local, start)
    else:
        yield _answered(answer, url, start)


def _answered(answer: Answer, url: str, start: str) -> Finding:
    status = answer.status
    if status in (502, 503, 504):
        what = f"HTTP {status}: what answers at {url} finds no service behind it"
        return wrong(CHECK, Trouble(what, f"{start}, and let the proxy or tunnel lead there"))
    if 300 <= status < 400:
        mend = "set PUBLIC_URL to where it leads: Twilio's signature is for one URL only"
        return wrong(CHECK, Trouble(f"HTTP {status}: {url} sends elsewhere", mend))
    if status != 200 or answer.text.strip() != ALIVE:
        mend = "let the proxy or tunnel lead to this service, with PUBLIC_URL's path and no page of its own in between"
        return wrong(CHECK, Trouble(f"HTTP {status}: what answers at {url} is not this service", mend))
    return ok(CHECK, f"{url} is this service")


def _unreached(error: Exception, url: str, is_local: bool, start: str) -> Finding:
    if is_local and isinstance(error, ConnectionRefusedError):
        return unknown(CHECK, f"no service is running at {url}", start)
    return wrong(CHECK, of_error(error, url, "PUBLIC_URL"))
