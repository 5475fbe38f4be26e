"""What does a number's voice URL answer? Asks it as Twilio would, signed, for a call that nobody makes.

Our own service is not asked that way: it would begin the call. What it answers is ours already.
"""

from __future__ import annotations

import asyncio
import secrets
from urllib.parse import urldefrag, urlsplit

from ..numbers.pointing import Number, comes_to
from ..settings import Settings
from .asking import UNREACHED, Answer, ask, reason
from .check_webhook import signature
from .document import troubles
from .finding import Finding, Trouble, ok, wrong
from .network import of_error

CHECK = "numbers"


async def look(number: Number, settings: Settings) -> list[Finding]:
    pointing = number.pointing
    url = urldefrag(pointing.voice_url).url
    if comes_to(pointing, settings.public_url) or pointing.voice_method != "POST" or not settings.auth_tokens:
        return []
    if urlsplit(url).scheme not in ("https", "http"):
        return []
    try:
        answer = await asyncio.to_thread(_asked, url, number.number, settings)
    except UNREACHED as error:
        trouble = of_error(reason(error), url, None)
        return [wrong(CHECK, Trouble(f"{number.number}: {trouble.what}", trouble.mend))]
    return _judged(number.number, url, answer)


def _asked(url: str, number: str, settings: Settings) -> Answer:
    form = {
        "CallSid": f"CA{secrets.token_hex(16)}",
        "AccountSid": settings.account_sid or "",
        "From": "+12025550143",
        "To": number,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }
    return ask(url, form, signature(settings, url, form), direct=settings.is_local)


def _judged(number: str, url: str, answer: Answer) -> list[Finding]:
    if answer.status != 200:
        what = f"the voice URL of {number} answers a signed request with HTTP {answer.status} (11200)"
        return [wrong(CHECK, Trouble(what, f"look at what is at {url}, or attach the number to this service"))]
    kind = next((value for name, value in answer.headers.items() if name.lower() == "content-type"), "")
    found = list(troubles(answer.text, kind.partition(";")[0].strip().lower()))
    if not found:
        return [ok(CHECK, f"{number} is answered with a stream, by {url}")]
    return [wrong(CHECK, Trouble(f"{number} is answered by {url}: {each.what}", each.mend)) for each in found]
