"""The account at Twilio: is it ours, may it do what is wanted, and do its numbers' calls come to us?"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

from ..errors import ConfigError, TwilioError
from ..numbers.attaching import Numbers
from ..numbers.pointing import Number, comes_to, goes_to
from ..outbound.callee import callee
from ..phone.account import Account
from ..settings import Settings
from . import check_number, clock
from .asking import UNREACHED, ask
from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong
from .pointing import should_come, troubles

CHECK = "account"
NUMBERS = "numbers"
CALLING = "calling"
TRIAL = (
    "it is a trial account: calls come from and go to numbers that it has verified ({verified}), begin with an "
    "announcement of Twilio's, and end after 10 minutes"
)
ATTACH = "`telephony-agent numbers attach` lets one's calls come here; `check --number` reads what it answers now"
TUNNEL = (
    "`telephony-agent serve --tunnel` gives this machine a public URL, and with --attach a number's calls; or set "
    "PUBLIC_URL to the https URL that leads here"
)
API = "https://api.twilio.com"


async def check(case: Case) -> AsyncIterator[Finding]:
    settings = case.settings
    if not settings.has_account:
        mend = "set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or an API key, to have it and its numbers looked at"
        yield unknown(CHECK, "Twilio is not asked: there is no account in the settings", mend)
        return
    account = Account(settings)
    try:
        async for finding in _asked(account, settings, case.numbers):
            yield finding
    except TwilioError as error:
        yield wrong(CHECK, Trouble.told(str(error)))
    finally:
        account.close()


async def _asked(account: Account, settings: Settings, wanted: Collection[str]) -> AsyncIterator[Finding]:
    """`wanted`: numbers whose voice URLs are asked, wherever they are."""
    mine = await account.ask(lambda client: client.api.accounts(account.sid).fetch())
    verified = await account.ask(lambda client: [each.phone_number for each in client.outgoing_caller_ids.list()])
    for finding in _of_account(mine, verified, settings):
        yield finding
    yield await asyncio.to_thread(_clock, settings)
    if settings.data_dir is None:
        return
    numbers = Numbers(account, settings, settings.data_dir)
    found = await numbers.all()
    for finding in _of_numbers(found, numbers, settings):
        yield finding
    for each in found:
        if comes_to(each.pointing, settings.public_url):
            async for finding in _of_region(account, each, settings):
                yield finding
        if each.number in wanted or should_come(each, settings.public_url):
            for finding in await check_number.look(each, settings):
                yield finding
    for number in sorted(set(wanted) - {each.number for each in found}):
        what = f"{number} is no number of the account"
        yield wrong(NUMBERS, Trouble(what, "give one that `telephony-agent numbers` lists"))
    async for finding in _of_calls_out(account, settings, [*(each.number for each in found), *verified]):
        yield finding


def _of_account(mine: Any, verified: list[str], settings: Settings) -> Iterator[Finding]:
    if mine.status != "active":
        yield wrong(
            CHECK, Trouble(f"{mine.sid} is {mine.status}, and takes no calls", "look at it in Twilio's console")
        )
        return
    if not _signs_with_ours(mine, settings):
        what = "TWILIO_AUTH_TOKEN is not the account's primary token, with which Twilio signs"
        yield wrong(CHECK, Trouble(what, "set it to the one that Twilio's console shows"))
    if str(mine.type).lower() == "trial":
        told = TRIAL.format(verified=", ".join(verified) or "none yet")
        yield unknown(CHECK, told, "verify the numbers that you try it with, or upgrade the account")
    else:
        yield ok(CHECK, f"{mine.sid} is active, in region {settings.region or 'us1'}")


def _signs_with_ours(mine: Any, settings: Settings) -> bool:
    """As far as the account tells: its token, to whoever may see it, and that of us1 only."""
    token = str(mine.auth_token or "")
    if not token or not settings.auth_tokens or settings.region not in (None, "us1"):
        return True
    return any(hmac.compare_digest(token.encode(), each.encode()) for each in settings.auth_tokens)


def _clock(settings: Settings) -> Finding:
    base = settings.api_url or API
    try:
        answer = ask(base)
    except UNREACHED as error:
        return unknown(clock.CHECK, f"{base} did not say what time it is: {error}")
    return clock.compare(answer.headers.get("Date", answer.headers.get("date")), time.time(), "Twilio")


def _of_numbers(found: list[Number], numbers: Numbers, settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    kept = {each.number for each in found if numbers.kept.of(each.number) is not None}
    meant = [each for each in found if each.number in kept or should_come(each, url)]
    for each in meant:
        wrongs = list(troubles(each, url, settings.is_local))
        yield from (wrong(NUMBERS, trouble) for trouble in wrongs)
        if not wrongs:
            yield ok(NUMBERS, f"calls to {each.number} come here")
    if not meant:
        others = "; ".join(f"{each.number}: {goes_to(each.pointing)}" for each in found) or "it has none"
        mend = TUNNEL if settings.is_local else ATTACH
        yield unknown(NUMBERS, f"none of the account's numbers points here ({others})", mend)


async def _of_region(account: Account, number: Number, settings: Settings) -> AsyncIterator[Finding]:
    """Each region has settings of its own for the same number; those where its calls are processed count."""
    ours = settings.region or "us1"
    try:
        route = await account.ask(lambda client: client.routes.v2.phone_numbers(number.number).fetch())
    except TwilioError as error:
        yield unknown(NUMBERS, f"nobody told in which region calls to {number.number} are processed: {error}")
        return
    if route.voice_region != ours:
        what = f"calls to {number.number} are processed in {route.voice_region}, not in {ours}, where it points here"
        mend = f"set TWILIO_REGION={route.voice_region}, with the token of that region, or route the number to {ours}"
        yield wrong(NUMBERS, Trouble(what, mend))


async def _of_calls_out(account: Account, settings: Settings, ours: list[str]) -> AsyncIterator[Finding]:
    """Whether Twilio lets calls out go where our own rules do."""
    if settings.outbound_from is not None and settings.outbound_from not in ours:
        what = f"OUTBOUND_FROM is {settings.outbound_from}, which the account neither has nor has verified (21210)"
        yield wrong(CALLING, Trouble(what, f"give one of {', '.join(ours) or 'its numbers: it has none'}"))
    for country in sorted(_countries(settings)):
        try:
            may = await _may_call(account, country)
        except TwilioError as error:
            yield unknown(CALLING, f"nobody told whether the account may call {country}: {error}")
            continue
        if may:
            yield ok(CALLING, f"the account may call {country}")
        else:
            mend = "allow it in Twilio's console: Voice, Settings, Geo permissions"
            yield wrong(CALLING, Trouble(f"the account may not call {country} (21215), which the settings allow", mend))


async def _may_call(account: Account, country: str) -> bool:
    found = await account.ask(lambda client: client.voice.v1.dialing_permissions.countries(country).fetch())
    return bool(found.low_risk_numbers_enabled)


def _countries(settings: Settings) -> set[str]:
    """Those that may be called, and those of single numbers that may."""
    found = set(settings.outbound.countries)
    for number in settings.outbound.numbers:
        try:
            found.add(callee(number).country)
        except ConfigError:  # the beginning of many numbers
            continue
    return found
