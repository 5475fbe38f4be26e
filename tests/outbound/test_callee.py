"""Numbers that exist are understood, all else is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from telephony_agent.errors import ConfigError
from telephony_agent.outbound.callee import callee, local_times


@pytest.mark.parametrize(
    ("written", "number", "country"),
    [
        ("+12025550143", "+12025550143", "US"),
        ("+1 (202) 555-0143", "+12025550143", "US"),
        ("+49 30 901820", "+4930901820", "DE"),
        ("+44 20 7946 0958", "+442079460958", "GB"),
        ("+39 02 12345678", "+390212345678", "IT"),  # the zero is dialled
        ("+18765550123", "+18765550123", "JM"),  # +1, and not the United States
        ("+77012345678", "+77012345678", "KZ"),  # +7, and not Russia
    ],
)
def test_a_number_is_read_however_it_is_grouped(written: str, number: str, country: str) -> None:
    found = callee(written)
    assert (found.number, found.country, found.ordinary) == (number, country, True)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2025550143",  # without a country it may be anybody
        "0012025550143",
        "01112025550143",
        "911",
        "+911",
        "+1202555014",
        "+120255501433",
        "+12025550143x9",
        "+12025550143,,9",
        "+12025550143;ext=9",
        "+12025550143 ext. 9",
        "tel:+12025550143",
        "sip:+12025550143@example.com",
        "client:operator",
        "+1-800-FLOWERS",
        "+١٢٠٢٥٥٥٠١٤٣",
        "++12025550143",
        "+12025550143\n",
        "+12025550143+12025550144",
        "+44 (0)20 7946 0958",
        "+0012025550143",
        "+870773111632",  # a satellite
        "+979123456789",  # a premium service of no country
        "+882 13 3001234",
        "+999123456789",
    ],
)
def test_what_is_no_number_of_a_country_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="; "):
        callee(written)


def expensive() -> list[str]:
    """One number of every kind that is not ordinary, of every country that has it."""
    kinds = ("PREMIUM_RATE", "SHARED_COST", "PAGER", "PERSONAL_NUMBER", "UAN", "VOICEMAIL")
    found = []
    for kind in (getattr(PhoneNumberType, name) for name in kinds):
        for region in sorted(phonenumbers.SUPPORTED_REGIONS):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None and phonenumbers.number_type(number) == kind:
                found.append(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return found


def disguised(number: str) -> list[str]:
    """Ways to write it."""
    digits = number[1:]
    spaced = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    return [number, spaced, spaced.replace(" ", "-"), f"00{digits}", f"011{digits}", f"{number}x1", f"{number},1"]


def test_none_of_a_thousand_expensive_numbers_is_taken_for_an_ordinary_one() -> None:
    tried = [way for number in expensive() for way in disguised(number)]
    assert len(tried) > 1000
    taken = []
    for way in tried:
        try:
            taken.append((way, callee(way).ordinary))
        except ConfigError:
            continue
    assert len(taken) > 300
    assert not [way for way, ordinary in taken if ordinary]


def test_paid_services_behind_an_ordinary_area_code_are_known() -> None:
    assert not callee("+12129761234").ordinary
    assert callee("+12129771234").ordinary


@given(st.text(max_size=20) | st.from_regex(r"\+?[0-9 ().,;x+-]{0,24}", fullmatch=True))
def test_whatever_is_taken_has_the_digits_that_were_written(written: str) -> None:
    try:
        found = callee(written)
    except ConfigError:
        return
    assert re.fullmatch(r"\+[1-9]\d{6,14}", found.number)
    assert found.number[1:] == re.sub(r"\D", "", written)


def test_the_time_is_told_for_every_place_where_the_number_may_be() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert local_times(callee("+4930901820"), moment) == [time(14)]
    assert local_times(callee("+12025550143"), moment) == [time(8)]
    freephone = local_times(callee("+18005550199"), moment)  # rings anywhere in North America
    assert len(freephone) > 4
    assert {time(2), time(8)} < set(freephone)  # Honolulu and Washington


def test_a_zone_that_this_machine_does_not_know_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonenumbers.timezone.time_zones_for_number", lambda number: ("Europe/Berlin", "Mars/Tharsis"))
    assert callee("+4930901820").zones == ()
