"""When a line is open, and who may call it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.errors import ConfigError
from telephony_agent.policies import Callers, Hours

BERLIN = ZoneInfo("Europe/Berlin")
SHOP = Hours(
    timezone="Europe/Berlin",
    week={"mon-fri": "09:00-12:30 14:00-18:00", "sat": "10:00-13:00", "thu": "19:00-20:00"},
    holidays={date(2026, 12, 25): "", date(2026, 12, 24): "09:00-12:00"},
)
BAR = Hours(timezone="Europe/Berlin", week={"fri-sat": "22:00-02:00", "sun": "00:00-24:00"})


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02 08:59:59", False),  # a Monday
        ("2026-03-02 09:00:00", True),
        ("2026-03-02 12:29:59", True),
        ("2026-03-02 12:30:00", False),
        ("2026-03-02 14:00:00", True),
        ("2026-03-02 18:00:00", False),
        ("2026-03-05 17:00:00", True),  # a Thursday, which has an evening besides
        ("2026-03-05 19:30:00", True),
        ("2026-03-07 10:00:00", True),
        ("2026-03-07 15:00:00", False),
        ("2026-03-08 10:00:00", False),
        ("2026-12-24 11:00:00", True),  # holidays
        ("2026-12-24 15:00:00", False),
        ("2026-12-25 11:00:00", False),
    ],
)
def test_a_shop_is_open_by_the_clock_on_its_wall(moment: str, is_open: bool) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert SHOP.open_at(local) is is_open
    assert SHOP.open_at(local.astimezone(UTC)) is is_open
    assert SHOP.open_at(local.astimezone(ZoneInfo("Asia/Kolkata"))) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-06 21:59", False),  # a Friday
        ("2026-03-06 22:00", True),
        ("2026-03-07 01:59", True),
        ("2026-03-07 02:00", False),
        ("2026-03-08 01:00", True),
        ("2026-03-08 12:00", True),
        ("2026-03-08 23:59", True),
        ("2026-03-09 00:00", False),
    ],
)
def test_a_bar_is_open_past_midnight(moment: str, is_open: bool) -> None:
    assert BAR.open_at(datetime.fromisoformat(moment).replace(tzinfo=BERLIN)) is is_open


def test_a_holiday_ends_what_would_have_gone_on_past_its_midnight_but_not_what_began_before() -> None:
    bar = Hours(timezone="UTC", week={"fri-sat": "22:00-02:00"}, holidays={date(2026, 3, 7): ""})  # a Saturday
    assert bar.open_at(datetime(2026, 3, 7, 1, tzinfo=UTC))
    assert not bar.open_at(datetime(2026, 3, 7, 23, tzinfo=UTC))
    assert not bar.open_at(datetime(2026, 3, 8, 1, tzinfo=UTC))


@pytest.mark.parametrize(("utc_hour", "is_open"), [(7, True), (16, False)])
def test_the_hours_move_with_summer_time(utc_hour: int, is_open: bool) -> None:
    """On 30 March 2026, the Monday after the change, 07:00 UTC is 09:00 in Berlin; a week before it was 08:00."""
    assert SHOP.open_at(datetime(2026, 3, 30, utc_hour, tzinfo=UTC)) is is_open
    assert SHOP.open_at(datetime(2026, 3, 23, utc_hour, tzinfo=UTC)) is not is_open


@pytest.mark.parametrize("hours", [Hours(timezone="Europe/Berlin", week={}), BAR])
def test_a_day_that_is_not_named_is_closed(hours: Hours) -> None:
    assert not hours.open_at(datetime(2026, 3, 3, 12, tzinfo=UTC))


@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
    ),
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 30)),
)
def test_what_is_always_open_is_open_in_every_zone_and_what_has_two_halves_in_one(zone: str, moment: datetime) -> None:
    """Whatever the clocks do at a change: never both halves of a day, never neither."""
    at = moment.replace(tzinfo=UTC)
    week = {"mon-sun": "00:00-24:00"}
    assert Hours(timezone=zone, week=week).open_at(at)
    early, late = (Hours(timezone=zone, week={"mon-sun": span}) for span in ("00:00-12:00", "12:00-24:00"))
    assert early.open_at(at) is not late.open_at(at)
    assert early.open_at(at + timedelta(microseconds=1)) is not late.open_at(at + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("field", "mend"),
    [
        ({"timezone": "Mars/Olympus"}, "IANA name"),
        ({"week": {"monday": "09:00-18:00"}}, "mon-fri"),
        ({"week": {"fri-mon": "09:00-18:00"}}, "mon-fri"),
        ({"week": {"mon": "9-18"}}, "09:00-18:00"),
        ({"week": {"mon": "09:00-25:00"}}, "09:00-18:00"),
        ({"week": {"mon": "24:00-09:00"}}, "09:00-18:00"),
        ({"holidays": {"2026-12-25": ""}}, "datetime.date"),
        ({"holidays": {datetime(2026, 12, 25): ""}}, "datetime.date"),
        ({"holidays": {date(2026, 12, 25): "closed"}}, "09:00-18:00"),
    ],
)
def test_hours_that_can_t_be_read_are_refused_with_the_mend(field: Mapping[str, Any], mend: str) -> None:
    with pytest.raises(ConfigError, match=mend):
        Hours(**{"timezone": "Europe/Berlin", "week": {}, **field})


@pytest.mark.parametrize(
    ("callers", "caller", "may"),
    [
        (Callers(), "+15550100001", True),
        (Callers(), "anonymous", True),
        (Callers(), "", True),
        (Callers(allow=["+49*"]), "+4930123456", True),
        (Callers(allow=["+49*"]), "+15550100001", False),
        (Callers(allow=["+49*"]), "anonymous", False),
        (Callers(allow=["+15550100001"]), "+15550100001", True),
        (Callers(allow=["+15550100001"]), "+155501000012", False),
        (Callers(allow=[]), "+15550100001", False),
        (Callers(deny=["+1900*"]), "+19005550100", False),
        (Callers(deny=["+1900*"]), "+15550100001", True),
        (Callers(allow=["+1*"], deny=["+1900*"]), "+19005550100", False),
        (Callers(deny=["anonymous"]), "Anonymous", False),
        (Callers(deny=["anonymous"]), "", False),
        (Callers(deny=["anonymous"]), "Restricted", False),
        (Callers(deny=["anonymous"]), "+266696687", False),
        (Callers(deny=["anonymous"]), "+7378742833", False),
        (Callers(deny=["anonymous"]), "+2562533", False),
        (Callers(deny=["anonymous"]), "+8656696", False),
        (Callers(deny=["anonymous"]), "+86282452253", False),
        (Callers(allow=["+*"]), "+266696687", False),
        (Callers(deny=["anonymous"]), "+15550100001", True),
        (Callers(allow=["client:*"]), "client:alice", True),
    ],
)
def test_who_may_call(callers: Callers, caller: str, may: bool) -> None:
    assert callers.admit(caller) is may


@pytest.mark.parametrize("patterns", ["+49*", ["+4*9"], [""], [49], ["**"]])
def test_patterns_that_would_not_do_what_they_seem_to_are_refused(patterns: Any) -> None:
    with pytest.raises(ConfigError, match=r"allow is .* give a list of numbers"):
        Callers(allow=patterns)
    with pytest.raises(ConfigError, match=r"deny is .* give a list of numbers"):
        Callers(deny=patterns)
