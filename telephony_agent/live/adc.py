"""Who we are at Google Cloud: Application Default Credentials, by google-auth, of the extra `vertex`.

https://google-auth.readthedocs.io. That library blocks, so it works in threads. Its tokens last an hour or less; they
are renewed ahead of that, so that no call waits for one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial

import google.auth
from google.auth.credentials import Credentials, TokenState
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request

from ..errors import ConfigError
from .closing import Closing, Remedy

logger = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
PATIENCE = 10.0  # seconds for one request of the library's, which would wait two minutes
AHEAD = 300.0  # seconds before its end that a token is renewed; the library itself begins at 225
NEVER = 86_400.0  # seconds, for a token that does not say when it ends
AGAIN = 30.0  # seconds to the next try where that failed, or brought a token that is as old


class GoogleLogin:
    """Raises `ConfigError` if this machine has no credentials. To look for them may take seconds."""

    def __init__(self) -> None:
        try:
            self._credentials: Credentials = google.auth.default(scopes=[SCOPE])[0]
        except (GoogleAuthError, ValueError, OSError) as error:  # the last two: of a key file's content
            mend = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file"
            raise ConfigError(f"no Application Default Credentials: {_first(error)}; {mend}") from error
        self._one_at_a_time = asyncio.Lock()

    async def headers(self) -> dict[str, str] | Closing:
        """What a request of ours carries; or why there is no token."""
        if self._credentials.token_state is TokenState.INVALID and (closing := await self._renew()) is not None:
            return closing
        headers = {"Authorization": f"Bearer {self._credentials.token}"}
        if self._credentials.quota_project_id:
            headers["x-goog-user-project"] = self._credentials.quota_project_id
        return headers

    async def replace(self, refused: Mapping[str, str]) -> Closing | None:
        """Get another token than that of these headers, which a server has refused; or say why there is none."""
        async with self._one_at_a_time:
            if refused.get("Authorization") != f"Bearer {self._credentials.token}":  # while we waited, another has
                return None
            return await self._refresh()

    async def keep(self) -> None:
        """Have a good token, until cancelled."""
        while True:
            if self._left() <= AHEAD and (closing := await self._renew()) is not None:
                logger.warning("the credentials could not be renewed: %s", closing.why)
            await asyncio.sleep(max(AGAIN, self._left() - AHEAD))

    def _left(self) -> float:
        """Seconds that the token is still good."""
        if self._credentials.token_state is TokenState.INVALID:
            return 0.0
        if self._credentials.expiry is None:
            return NEVER
        ends: dt.datetime = self._credentials.expiry  # in UTC, without saying so
        return (ends.replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)).total_seconds()

    async def _renew(self) -> Closing | None:
        async with self._one_at_a_time:
            return None if self._left() > AHEAD else await self._refresh()  # the first: while we waited, another has

    async def _refresh(self) -> Closing | None:
        try:
            await asyncio.to_thread(self._credentials.refresh, partial(Request(), timeout=PATIENCE))
        except TransportError as error:
            return Closing(Remedy.RESUME, f"Google's login can't be reached: {_first(error)}")
        except GoogleAuthError as error:
            remedy = Remedy.RESUME if error.retryable else Remedy.GIVE_UP
            return Closing(remedy, f"Google refused the Application Default Credentials: {_first(error)}")
        return None


def _first(error: Exception) -> str:
    """Its sentence, without what the server sent beside it."""
    return str(error.args[0] if error.args else type(error).__name__).rstrip(". ")
