"""The account at Twilio's REST API: its official client, run in threads, its errors named.

https://www.twilio.com/docs/usage/api. Nothing here waits in the loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ..account_settings import AccountSettings
from ..errors import ConfigError, TwilioError
from ..settings import Settings

T = TypeVar("T")

PATIENCE = 10.0  # seconds for an answer
AT_ONCE = 32  # requests: enough that some whose answer is late keep no other waiting
# Of the regions, by name: a host's name without its city has reached none since April 2026.
# https://www.twilio.com/docs/global-infrastructure/api-domain-migration-guide
EDGES = {"ie1": "dublin", "au1": "sydney"}
GONE = 20404  # Twilio's code for what is not there, or no more: a call that has ended
MENDS = {  # by Twilio's code: https://www.twilio.com/docs/api/errors
    20003: "look at TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or the API key",
    20429: "ask less often, or ask Twilio for more",
    21210: "OUTBOUND_FROM must be a number of the account's, or one that it has verified",
    21212: "OUTBOUND_FROM must be a number of the account's, or one that it has verified",
    21215: "allow the country in Twilio's console: Voice, Geographic permissions",
    21219: "a trial account calls only numbers that it has verified; verify it, or upgrade the account",
    21220: "the call is not in progress",
}
# The client tells every request at INFO, with its URL, and numbers of people may stand in that.
quiet = logging.getLogger(f"{__name__}.http")
quiet.setLevel(logging.WARNING)


class Account:
    """Raises `ConfigError` without credentials. To be closed."""

    def __init__(self, settings: Settings | AccountSettings) -> None:
        sid = settings.account_sid
        if sid is None:
            raise ConfigError("TWILIO_ACCOUNT_SID is not set; Twilio's REST API needs it")
        user, password = settings.api_key, settings.api_secret
        if user is None:
            user, password = sid, next(iter(settings.auth_tokens), None)
        if password is None:
            mend = "Twilio's REST API needs it, or TWILIO_API_KEY and TWILIO_API_SECRET"
            raise ConfigError(f"TWILIO_AUTH_TOKEN is not set; {mend}")
        self.sid = sid
        # Not the loop's own, in which names are looked up, and calls are written down. Idle, they end with this.
        self._threads = ThreadPoolExecutor(AT_ONCE, "twilio")
        self._http = TwilioHttpClient(timeout=PATIENCE, logger=quiet)
        for scheme in ("https://", "http://"):
            self._http.session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
        nothing = {"": ""}  # an empty one would have the client read the environment
        edge = EDGES.get(settings.region or "") if settings.api_url is None else None  # us1 is where it all is anyway
        region = settings.region if edge else None
        self._client = Client(user, password, sid, region, self._http, nothing, edge)
        if settings.api_url is not None:
            for domain in (self._client.api, self._client.voice, self._client.routes):
                domain.base_url = settings.api_url.rstrip("/")

    async def ask(self, use: Callable[[Client], T]) -> T:
        """What `use` makes of the client, in a thread. Raises `TwilioError`."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, use, self._client)
        except TwilioRestException as error:
            raise refused(error) from error
        except (TwilioException, requests.RequestException, ValueError) as error:  # ValueError: an answer without JSON
            if (page := _refused_page(error)) is not None:
                raise refused(page) from error
            what = f"Twilio's REST API can't be used: {type(error).__name__}"
            raise TwilioError(f"{what}; look at the network, and at TWILIO_API_URL if it is set") from error

    def close(self) -> None:
        self._http.session.close()


def _refused_page(error: Exception) -> TwilioRestException | None:
    """What is behind the plain exception that the client makes of a refused list; None if it is another."""
    match error.args:
        case (_, Response(status_code=int(status), content=content)):
            with suppress(ValueError, AttributeError):
                told = json.loads(content)
                return TwilioRestException(status, "", str(told.get("message")), told.get("code"))
    return None


def refused(error: TwilioRestException) -> TwilioError:
    what = f"Twilio refused ({error.status}, code {error.code}): {error.msg}"
    mend = MENDS.get(error.code, f"https://www.twilio.com/docs/errors/{error.code} tells more")
    return TwilioError(f"{what}; {mend}", error.status, error.code)
