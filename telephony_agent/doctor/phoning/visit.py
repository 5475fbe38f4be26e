"""The visit: one call to a number whose owner has agreed, through all acts, and what was seen of it."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from ... import server
from ...errors import ConfigError, TwilioError
from ...outbound.callee import callee
from ...phone.account import Account
from ...settings import Settings
from ..asking import UNREACHED, ask
from . import wire
from .acts import WORDS
from .seen import Visit
from .stage import Stage

RINGS = 30  # seconds that the phone rings
LONGEST = 120  # seconds after which Twilio ends the call
LATE = 2.0  # seconds in which reports come that are about the end
EVENTS = ["initiated", "ringing", "answered", "completed"]


def plan(number: str, settings: Settings) -> str:
    """What will be done, and roughly what it takes."""
    return "\n".join(
        [
            f"One call from {settings.outbound_from} to {number}, of {LONGEST} s at most.",
            f"Whoever answers hears {WORDS!r} and a tone; then streams are refused, cut and ended.",
            f"Meanwhile {settings.public_url} must lead to port {settings.port} here, where no service runs.",
            "At Twilio's list prices of 2026, to a number in the US: two minutes of 0.014 USD and of Media Streams of",
            "0.0044, answering machine detection 0.0075: 0.05 USD at most. Other countries cost more: see your prices.",
        ]
    )


def check(settings: Settings, number: str) -> None:
    """Raises `ConfigError` for what can be known beforehand."""
    whom = callee(number)
    if not whom.ordinary:
        raise ConfigError(f"{number} is a premium service, a pager or the like; such numbers are never called")
    if settings.outbound_from is None:
        raise ConfigError("OUTBOUND_FROM is not set; the call comes from one of your numbers")
    if not settings.auth_tokens:
        raise ConfigError("TWILIO_AUTH_TOKEN is not set; the call is answered through signed requests")
    if settings.is_local and settings.api_url is None:
        mend = "set it to the https URL that leads here, as for the service"
        raise ConfigError(f"PUBLIC_URL is {settings.public_url}, which Twilio can't reach; {mend}")


async def call(settings: Settings, number: str) -> Visit:
    """Raises `ConfigError` if the public URL does not lead here, `TwilioError` if Twilio places no call."""
    account = Account(settings)
    try:
        listener = server.listen(settings.host, settings.port)
        base = f"{settings.public_url}/probe-{secrets.token_hex(16)}"
        sid = ""

        async def hang_up() -> None:
            try:
                await account.ask(lambda client: client.calls(sid).update(status="completed"))
            except TwilioError as error:  # it is over already, or ends by its limit
                stage.note("<", f"{error}")

        stage = Stage(base, settings.auth_tokens[0], hang_up)
        async with wire.serving(listener, stage.answer, stage.talk):
            await asyncio.to_thread(_leads_here, base, settings)
            sid = await account.ask(lambda client: _order(client, settings, number, base))
            stage.note(">", "a call is ordered")
            try:
                async with asyncio.timeout(RINGS + LONGEST):
                    await stage.over.wait()
                await asyncio.sleep(LATE)
            except TimeoutError:
                stage.note("<", "it has not told its end in time")
            finally:
                await hang_up()
        return stage.visit
    finally:
        account.close()


def _order(client: Any, settings: Settings, number: str, base: str) -> str:
    order = client.calls.create(
        to=number,
        from_=settings.outbound_from,
        url=f"{base}/voice#rc=1&rp=5xx",
        fallback_url=f"{base}/fallback",
        status_callback=f"{base}/status",
        status_callback_event=EVENTS,
        timeout=RINGS,
        time_limit=LONGEST,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{base}/amd",
    )
    return str(order.sid)


def _leads_here(base: str, settings: Settings) -> None:
    """Before anybody is called. Blocks."""
    try:
        text = ask(f"{base}/sign", direct=settings.is_local).text
    except UNREACHED as error:
        text = str(error)
    if not base.endswith(text) or not text:
        mend = f"let the proxy or tunnel lead to {settings.host} port {settings.port} of this machine"
        raise ConfigError(f"{settings.public_url} does not lead here: {text[:200]}; {mend}")
