"""Each rule for calls out, alone and in its order."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.errors import ConfigError
from telephony_agent.outbound.callee import Callee, callee
from telephony_agent.outbound.rules import Rules, Spent, Why, hours, listed

WASHINGTON, BERLIN, PREMIUM = callee("+12025550143"), callee("+4930901820"), callee("+19005550123")
FREEPHONE = callee("+18005550199")
NOON = datetime(2026, 7, 1, 16, tzinfo=UTC)  # in Washington; 18:00 in Berlin
NOTHING = Spent()
OPEN = Rules(countries=frozenset({"US", "DE"}), at_once=2, a_day=10)


def why(rules: Rules, whom: Callee, spent: Spent = NOTHING, unwanted: bool = False, at: datetime = NOON) -> Why | None:
    refusal = rules.refusal(whom, spent, unwanted, at)
    return None if refusal is None else refusal.why


def allowing(**rules: Any) -> Rules:
    return Rules(**{"countries": frozenset({"US", "DE"}), **rules})


def test_at_first_nobody_is_called() -> None:
    assert why(Rules(), WASHINGTON) is Why.COUNTRY
    assert not Rules().any_allowed


@pytest.mark.parametrize(
    ("rules", "whom", "expected"),
    [
        (allowing(), WASHINGTON, None),
        (allowing(), BERLIN, None),
        (allowing(countries=frozenset({"DE"})), WASHINGTON, Why.COUNTRY),
        (allowing(), callee("+18765550123"), Why.COUNTRY),  # Jamaica: it has the country code of the United States
        (Rules(numbers=frozenset({"+12025550143"})), WASHINGTON, None),
        (Rules(numbers=frozenset({"+12025550144"})), WASHINGTON, Why.COUNTRY),
        (Rules(numbers=frozenset({"+1202*"})), WASHINGTON, None),
        (Rules(numbers=frozenset({"+1202"})), WASHINGTON, Why.COUNTRY),
        (allowing(blocked=frozenset({"+1202*"})), WASHINGTON, Why.BLOCKED),
        (allowing(blocked=frozenset({"+1202*"})), BERLIN, None),
        (allowing(blocked=frozenset({"+4930901820"})), BERLIN, Why.BLOCKED),
        (allowing(), PREMIUM, Why.KIND),
        (allowing(numbers=frozenset({"+19005550123"})), PREMIUM, Why.KIND),  # not even if it is allowed by name
    ],
)
def test_only_whom_the_operator_allows_is_called(rules: Rules, whom: Callee, expected: Why | None) -> None:
    assert why(rules, whom) is expected


def test_who_does_not_want_to_be_called_is_not() -> None:
    assert why(OPEN, WASHINGTON, unwanted=True) is Why.DO_NOT_CALL
    allowed = Rules(numbers=frozenset({WASHINGTON.number}))
    assert why(allowed, WASHINGTON, unwanted=True) is Why.DO_NOT_CALL


@pytest.mark.parametrize(
    ("there", "expected"), [("07:59", Why.QUIET), ("08:00", None), ("20:59", None), ("21:00", Why.QUIET)]
)
@pytest.mark.parametrize(("whom", "month", "ahead"), [(WASHINGTON, 1, -5), (WASHINGTON, 7, -4), (BERLIN, 7, 2)])
def test_the_hours_are_the_callee_s(whom: Callee, month: int, ahead: int, there: str, expected: Why | None) -> None:
    local = datetime.combine(datetime(2026, month, 1), time.fromisoformat(there), UTC)
    assert why(OPEN, whom, at=local - timedelta(hours=ahead)) is expected


def test_the_hour_must_be_right_wherever_the_number_may_be() -> None:
    assert why(OPEN, FREEPHONE) is Why.QUIET  # noon in Washington, early morning in Hawaii
    assert why(allowing(hours=hours("00:00-24:00")), FREEPHONE) is None


def test_the_hours_hold_where_the_clock_is_changed() -> None:
    night = hours("02:00-03:00")
    changed = datetime(2026, 3, 29, 1, tzinfo=UTC)  # in Berlin 02:00 is followed by 03:00
    assert why(allowing(hours=night), BERLIN, at=changed - timedelta(seconds=1)) is Why.QUIET
    assert why(allowing(hours=night), BERLIN, at=changed) is Why.QUIET
    back = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # and here it is 02:30 twice
    assert [why(allowing(hours=night), BERLIN, at=back + timedelta(hours=n)) for n in (0, 1, 2)] == [
        None,
        None,
        Why.QUIET,
    ]


def test_where_nobody_knows_the_time_nobody_is_called() -> None:
    assert why(OPEN, Callee("+12025550143", "US", (), True)) is Why.QUIET


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        (Spent(up=1, placed=9, cost=4.5), None),
        (Spent(up=2), Why.AT_ONCE),
        (Spent(placed=10), Why.A_DAY),
        (Spent(cost=4.51), Why.BUDGET),  # a call of ten minutes may cost 0.50 of the 5.00
    ],
)
def test_there_is_a_limit_to_all_that_is_used_up(spent: Spent, expected: Why | None) -> None:
    assert why(OPEN, WASHINGTON, spent) is expected


@given(price=st.floats(0.001, 1), budget=st.floats(0, 20), longest=st.integers(1, 3600), asked=st.integers(0, 60))
def test_calls_that_are_all_as_long_as_may_be_never_cost_more_than_the_budget(
    price: float, budget: float, longest: int, asked: int
) -> None:
    rules = allowing(price=price, budget=budget, longest=longest, at_once=100, a_day=100)
    spent = Spent()
    for _ in range(asked):
        if why(rules, WASHINGTON, spent) is None:
            spent = Spent(spent.up + 1, spent.placed + 1, spent.cost + rules.cost(longest))
    assert spent.cost <= budget


def test_begun_minutes_are_paid_in_full() -> None:
    rules = Rules(price=0.02)
    assert [rules.cost(seconds) for seconds in (0, 1, 60, 61)] == [0, 0.02, 0.02, 0.04]


def test_a_refusal_names_the_mend_and_the_variable() -> None:
    refusal = Rules().refusal(WASHINGTON, Spent(), False, NOON)
    assert refusal is not None
    assert refusal.text == (
        "+12025550143 (US) is not allowed; add US to OUTBOUND_COUNTRIES, or the number to OUTBOUND_NUMBERS"
    )


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ({"countries": frozenset({"UK"})}, "OUTBOUND_COUNTRIES has 'UK'"),
        ({"countries": frozenset({"us"})}, "OUTBOUND_COUNTRIES has 'us'"),
        ({"numbers": frozenset({"2025550143"})}, "OUTBOUND_NUMBERS has '2025550143'"),
        ({"numbers": frozenset({"*"})}, "OUTBOUND_NUMBERS"),
        ({"blocked": frozenset({"+1 202"})}, "OUTBOUND_BLOCKED"),
        ({"at_once": -1}, "OUTBOUND_AT_ONCE is -1"),
        ({"a_day": -1}, "OUTBOUND_A_DAY is -1"),
        ({"price": float("nan")}, "OUTBOUND_PRICE is nan"),
        ({"budget": float("inf")}, "OUTBOUND_BUDGET is inf"),
        ({"longest": 0}, "OUTBOUND_LONGEST is 0"),
    ],
)
def test_rules_that_can_t_be_are_refused(rules: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Rules(**rules)


def test_lists_and_hours_are_read() -> None:
    assert listed(" US, GB DE,") == {"US", "GB", "DE"}
    assert hours("08:00-21:00") == (time(8), time(21))
    assert hours("00:00-24:00") == (time(0), time.max)


@pytest.mark.parametrize(
    "text", ["", "8-21", "21:00-08:00", "08:00-08:00", "08:00-25:00", "08:00-24:30", "08:00–21:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"OUTBOUND_HOURS is .*; give"):
        hours(text)
