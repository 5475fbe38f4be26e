"""Do Twilio's signed requests come through? Sends one that begins no call: signed and whole, but about none.

Where the service refuses it, the same request sent to it directly, past proxies and tunnels, tells whose fault it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ..live.connection import IN_THE_WAY
from ..settings import Settings
from .asking import UNREACHED, Answer, ask
from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong

CHECK = "webhook"
STREAM = "stream"
PATIENCE = 10.0  # seconds for the upgrade
NO_CALL, UNSIGNED, STRANGER = "CallSid (CA", "The signature is not", "AccountSid is not"  # how our answers begin
ALIKE = (
    "start it with the settings that are checked here; while a token is replaced, TWILIO_AUTH_TOKEN_2 takes the other"
)
# What a proxy might change: blank fields, what is not ASCII, what is escaped.
FIELDS = {
    "CallSid": "",
    "From": "+12025550143",
    "To": "+12025550188",
    "FromCity": "",
    "CallerName": " Zoë & Söhne 100 %",
}


@dataclass(frozen=True, slots=True)
class Way:
    """To the service: `base` is connected to; what is signed is always the public URL."""

    settings: Settings
    base: str

    def ask(self, path: str, form: Mapping[str, str]) -> Answer:
        """A signed POST. Blocks. Raises `UNREACHED`."""
        public = self.settings.public_url
        headers = {"Host": urlsplit(public).netloc, **signature(self.settings, f"{public}{path}", form)}
        local = self.settings.is_local or self.base != public
        return ask(f"{self.base}{path}", form, headers, direct=local)


def signature(settings: Settings, url: str, form: Mapping[str, str]) -> dict[str, str]:
    signed: str = RequestValidator(settings.auth_tokens[0]).compute_signature(url, dict(form))
    return {"X-Twilio-Signature": signed}


async def check(case: Case) -> AsyncIterator[Finding]:
    if not case.settings.auth_tokens:
        return  # nothing is signed here, or by a key that Twilio alone has
    public = Way(case.settings, case.settings.public_url)
    try:
        answer = await asyncio.to_thread(public.ask, "/twilio/voice", about_no_call(case.settings))
    except UNREACHED:
        return  # the check of the URL tells why
    finding = await _judged(case.settings, public, answer)
    yield finding
    if finding.what == _fine(case.settings):
        yield await _stream(case.settings)


def about_no_call(settings: Settings) -> dict[str, str]:
    return {**FIELDS, "AccountSid": settings.account_sid or "AC" + "0" * 32}


def _fine(settings: Settings) -> str:
    return f"{settings.public_url}/twilio/voice takes what is signed for it"


async def _judged(settings: Settings, public: Way, answer: Answer) -> Finding:
    url = f"{settings.public_url}/twilio/voice"
    if answer.status == 400 and answer.text.startswith(NO_CALL):
        return ok(CHECK, _fine(settings))
    if answer.status == 403 and answer.text.startswith(STRANGER):
        return wrong(CHECK, Trouble(f"the service at {url} answers for another account than TWILIO_ACCOUNT_SID", ALIKE))
    if answer.status == 403 and answer.text.startswith(UNSIGNED):
        return await asyncio.to_thread(_refused, settings, public)
    if 300 <= answer.status < 400:
        mend = "let the proxy pass it on, or set PUBLIC_URL to where it leads: a signature is for one URL"
        return wrong(CHECK, Trouble(f"HTTP {answer.status}: {url} sends elsewhere", mend))
    what = f"HTTP {answer.status}: a signed POST to {url} does not reach this service"
    if answer.status in (404, 405):
        mend = "let the proxy pass /twilio on, below the path of PUBLIC_URL if it has one, with every method"
    else:
        mend = "look at the log of the proxy or tunnel, and whether it has a page or a firewall of its own in between"
    return wrong(CHECK, Trouble(what, mend))


def _refused(settings: Settings, public: Way) -> Finding:
    """It is there, and takes our signature for none: another token, or another request than ours. Blocks."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    here = Way(settings, f"http://{host}:{settings.port}{urlsplit(settings.public_url).path}")
    try:
        direct = here.ask("/twilio/voice", about_no_call(settings))
    except UNREACHED:
        what = "the service refuses what is signed for PUBLIC_URL: it has another token, or a proxy changes the request"
        return wrong(CHECK, Trouble(what, f"check on the machine of the service tells which; {ALIKE}"))
    if direct.text.startswith(UNSIGNED):
        what = f"the service at {here.base} has another token, or another PUBLIC_URL, than is checked here"
        return wrong(CHECK, Trouble(what, ALIKE))
    if not direct.text.startswith(NO_CALL):
        what = f"signatures are refused behind {settings.public_url}, and at {here.base} there is another service"
        return wrong(CHECK, Trouble(what, "let PUBLIC_URL lead to the service that HOST and PORT mean"))
    try:
        empty = public.ask("/twilio/voice", {})
    except UNREACHED:
        empty = direct
    if empty.text.startswith(UNSIGNED):
        what = "a proxy changes the path or the query, or PUBLIC_URL leads to another service of this kind"
        return wrong(
            CHECK, Trouble(what, "let it pass the path on as it came, or put what it takes off into PUBLIC_URL")
        )
    what = "a proxy changes the form: the same request is taken directly, and refused behind PUBLIC_URL"
    return wrong(CHECK, Trouble(what, "let it pass the body on as it came: blank fields, spaces and all"))


async def _stream(settings: Settings) -> Finding:
    """The upgrade of a stream, which is closed before it says anything."""
    url = f"ws{settings.public_url.removeprefix('http')}/twilio/stream"
    headers = signature(settings, f"wss{url.removeprefix('wss').removeprefix('ws')}", {})
    try:
        async with connect(
            url, additional_headers=headers, compression=None, open_timeout=PATIENCE, close_timeout=1.0
        ) as socket:
            await socket.close()
    except InvalidStatus as error:
        return wrong(STREAM, _not_upgraded(error.response.status_code, url))
    except IN_THE_WAY as error:
        return unknown(STREAM, f"no WebSocket to {url}: {type(error).__name__} {error}".rstrip())
    return ok(STREAM, f"a signed stream is taken at {url}")


def _not_upgraded(status: int, url: str) -> Trouble:
    if status == 403:
        what = f"HTTP 403: the stream's signature is refused at {url} (Twilio: 31920), the webhook's is not"
        return Trouble(what, "let the proxy pass the upgrade's path on as it came")
    what = f"HTTP {status} instead of 101: {url} is not upgraded to a WebSocket (Twilio: 31920)"
    return Trouble(
        what, "let the proxy pass on Upgrade and Connection, over HTTP/1.1; deploy/ has configurations that do"
    )
