"""In which time zones a number may ring. Imported when one is called: what is known of that takes a megabyte."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from phonenumbers import PhoneNumber, timezone

NOWHERE = "Etc/Unknown"  # libphonenumber's zone of a number whose place it does not know


def zones(number: PhoneNumber) -> tuple[str, ...]:
    """IANA's names of all that it may be in; empty if they are not known, or one of them is not on this machine."""
    found = tuple(timezone.time_zones_for_number(number))
    return found if all(map(_is_known, found)) else ()


def _is_known(zone: str) -> bool:
    try:
        return zone != NOWHERE and bool(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):  # a machine without time zone data, or with less of it
        return False
