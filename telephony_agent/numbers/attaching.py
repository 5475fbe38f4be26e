"""The account's numbers: listed, attached to this service, given back. What they pointed at before is kept first."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from twilio.rest import Client

from ..account_settings import AccountSettings
from ..errors import ConfigError, TwilioError
from ..phone.account import Account
from ..settings import E164, Settings
from .kept import Before, Kept
from .pointing import Number, Pointing, attached, changes

FIELDS = Pointing.__struct_fields__

logger = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True):
    """What would become of a number; `before` is what was found."""

    number: Number
    after: Pointing

    @property
    def none(self) -> bool:
        return self.number.pointing == self.after


class Numbers:
    """`folder`: DATA_DIR. Raises `TwilioError` wherever it asks."""

    def __init__(self, account: Account, settings: Settings | AccountSettings, folder: Path) -> None:
        self._account = account
        self._settings = settings
        self._region = settings.region or "us1"
        self.kept = Kept(folder, self._region)

    async def all(self) -> list[Number]:
        return await self._account.ask(lambda client: [_number(each) for each in client.incoming_phone_numbers.list()])

    async def find(self, number: str) -> Number:
        """Raises `ConfigError` if the account has it not, or it is none."""
        if not E164.fullmatch(number):
            raise ConfigError(f"{number!r} is no number in full; give + and the country's code, as +12025550188")
        mine = {each.number: each for each in await self.all()}
        if number not in mine:
            what = f"{number} is no number of account {self._account.sid} in region {self._region}"
            others = ", ".join(mine) or "none"
            raise ConfigError(f"{what}; it has {others}; look at TWILIO_ACCOUNT_SID and TWILIO_REGION")
        return mine[number]

    async def to_attach(self, number: str, fallback_url: str | None = None) -> Change:
        """What attaching it would change. Raises `ConfigError` if calls could not come to us."""
        if self._settings.is_local:
            url = self._settings.public_url
            what = f"is {url}, which Twilio can't reach" if url else "is not set"
            mend = "set it to the https URL that leads here, or run `serve --tunnel`"
            raise ConfigError(f"PUBLIC_URL {what}; {mend}")
        found = await self.find(number)
        if not found.takes_calls:
            raise ConfigError(f"{number} is of a kind that takes no calls; choose another of the account's numbers")
        return Change(found, attached(found.pointing, self._settings.public_url, fallback_url))

    async def attach(self, change: Change) -> Number:
        """As Twilio then has it. What it pointed at when it was first attached stays kept."""
        found = change.number
        at = datetime.now(UTC).isoformat(timespec="seconds")
        first = self.kept.keep(Before(self._account.sid, found.number, self._region, at, found.pointing))
        try:
            number = await self._point(found, change.after)
        except TwilioError as error:
            if first and error.status is not None:  # it was refused: nothing has changed
                self.kept.forget(found.number)
            raise
        logger.info("%s is attached: its calls come to %s", found.sid, self._settings.public_url)
        return number

    async def to_detach(self, number: str) -> Change:
        """What giving it back would change. Raises `ConfigError` if nothing is kept of it."""
        found, before = await self.find(number), self.kept.of(number)
        if before is None:
            what = f"nothing is kept of what {number} pointed at before"
            raise ConfigError(f"{what}; set DATA_DIR to the folder of `numbers attach`, or set it in Twilio's console")
        if before.account_sid != self._account.sid:
            what = f"{number} was attached as a number of account {before.account_sid}"
            raise ConfigError(f"{what}; set TWILIO_ACCOUNT_SID to that one")
        return Change(found, before.pointing)

    async def detach(self, change: Change) -> Number:
        """As Twilio then has it again; what was kept is forgotten."""
        number = await self._point(change.number, change.after)
        self.kept.forget(number.number)
        logger.info("%s is given back", number.sid)
        return number

    async def _point(self, found: Number, after: Pointing) -> Number:
        new = changes(found.pointing, after)

        def ask(client: Client) -> Number:
            return _number(client.incoming_phone_numbers(found.sid).update(**new))

        return await self._account.ask(ask) if new else found


@asynccontextmanager
async def numbers_of(settings: Settings | AccountSettings) -> AsyncIterator[Numbers]:
    """With an account of their own, while this is open. Raises `ConfigError` without one, or a place to keep things."""
    if settings.data_dir is None:
        raise ConfigError("DATA_DIR is not set; what numbers pointed at before is kept there")
    account = Account(settings)
    try:
        yield Numbers(account, settings, settings.data_dir)
    finally:
        account.close()


def _number(found: Any) -> Number:
    """Of twilio's."""
    given = {name: getattr(found, name) for name in FIELDS}
    pointing = Pointing(**{name: value for name, value in given.items() if value is not None})
    takes_calls = bool((found.capabilities or {}).get("voice", True))
    return Number(str(found.sid), str(found.phone_number), str(found.friendly_name or ""), takes_calls, pointing)
