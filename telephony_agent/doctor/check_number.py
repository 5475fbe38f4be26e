"""What does a number's voice URL answer? Asks it as Twilio would, signed, for a call that nobody makes.

Our own service, which would begin the call, is asked about none: what it answers to one is known.
"""

from __future__ import annotations

import asyncio
import secrets
from urllib.parse import urldefrag

from ..numbers.pointing import Number, comes_to
from ..settings import Settings
from .asking import UNREACHED, Answer, ask, reason
from .check_webhook import NO_CALL, about_no_call, signature
from .document import troubles
from .finding import Finding, Trouble, ok, wrong
from .network import of_error

CHECK = "numbers"


async def look(number: Number, settings: Settings) -> list[Finding]:
    pointing = number.pointing
    url = urldefrag(pointing.voice_url).url
    told_elsewhere = url == f"{settings.public_url}/twilio/voice"
    if told_elsewhere or not url or pointing.voice_method != "POST" or not settings.auth_tokens:
        return []
    ours = comes_to(pointing, settings.public_url)
    form = about_no_call(settings) if ours else _call_to(number.number, settings)
    try:
        answer = await asyncio.to_thread(ask, url, form, signature(settings, url, form), direct=settings.is_local)
    except UNREACHED as error:
        trouble = of_error(reason(error), url, None)
        return [wrong(CHECK, Trouble(f"{number.number}: {trouble.what}", trouble.mend))]
    if not ours:
        return _judged(number.number, url, answer)
    if answer.status == 400 and answer.text.startswith(NO_CALL):
        return [ok(CHECK, f"{number.number} is answered by this service, at {url}")]
    what = f"HTTP {answer.status}: a signed POST to {url}, where {number.number} points, does not reach this service"
    return [wrong(CHECK, Trouble(what, "let the proxy pass it on as it came, or attach the number again"))]


def _call_to(number: str, settings: Settings) -> dict[str, str]:
    return {
        "CallSid": f"CA{secrets.token_hex(16)}",
        "AccountSid": settings.account_sid or "",
        "From": "+12025550143",
        "To": number,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }


def _judged(number: str, url: str, answer: Answer) -> list[Finding]:
    if answer.status != 200:
        what = f"the voice URL of {number} answers a signed request with HTTP {answer.status} (11200)"
        return [wrong(CHECK, Trouble(what, f"look at what is at {url}, or attach the number to this service"))]
    kind = next((value for name, value in answer.headers.items() if name.lower() == "content-type"), "")
    found = list(troubles(answer.text, kind.partition(";")[0].strip().lower()))
    if not found:
        return [ok(CHECK, f"{number} is answered with a stream, by {url}")]
    return [wrong(CHECK, Trouble(f"{number} is answered by {url}: {each.what}", each.mend)) for each in found]
