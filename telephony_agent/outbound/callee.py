"""Whom we are asked to call: a number that exists, in which country it is, of which kind, and where it may ring.

Google's libphonenumber knows the numbering plans; it does not know who has moved a number abroad.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType

from ..errors import ConfigError

WRITTEN = re.compile(r"\+[0-9](?:[ ().-]*[0-9]){6,14}")  # no extension, no pause, no other script's digits
NOT_A_COUNTRY = "001"  # and its region of numbers that belong to none: satellites, networks, premium services
# All others cost more than a call does, or can't be told from those that do.
ORDINARY: Final = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.VOIP,
}
# North America has paid services outside its premium area code, which libphonenumber takes for ordinary numbers.
PAID_ALL_THE_SAME = re.compile(r"\+1[2-9]\d\d976\d{4}")


@dataclass(frozen=True, slots=True)
class Callee:
    """`number`: E.164; `country`: two letters; `zones`: IANA names of all places where it may be, if they are known."""

    number: str
    country: str
    zones: tuple[str, ...]
    ordinary: bool
    """Whether a call there costs what a call to that country costs."""


def callee(text: str) -> Callee:
    """Raises `ConfigError`, with the mend, for what is no number of any country."""
    from . import zones  # noqa: PLC0415, large, and a service that calls nobody needs none

    if not WRITTEN.fullmatch(text):
        raise ConfigError(f"{text[:40]!r} is no telephone number; give + and the country's code, as +12025550143")
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ConfigError(f"{text!r} has no country's code; look it up") from None
    written = "+" + re.sub(r"\D", "", text)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_number(number)
    if not phonenumbers.is_valid_number(number) or country in (None, NOT_A_COUNTRY):
        raise ConfigError(f"{text!r} is no number that is in use in any country; look it up")
    if written != e164:
        raise ConfigError(f"{text!r} has digits that are not dialled from abroad; give {e164}, if that is meant")
    ordinary = phonenumbers.number_type(number) in ORDINARY and not PAID_ALL_THE_SAME.fullmatch(e164)
    return Callee(e164, country, zones.zones(number), ordinary)


def local_times(callee: Callee, moment: datetime) -> list[time]:
    """What the clock may show there; `moment` has a zone. Empty where nobody knows."""
    return [moment.astimezone(ZoneInfo(zone)).time() for zone in callee.zones]
