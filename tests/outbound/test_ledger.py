"""What calls out use up, in real SQLite files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from telephony_agent.outbound.callee import callee
from telephony_agent.outbound.ledger import Ledger, Ordered
from telephony_agent.outbound.rules import Refusal, Rules, Spent, Why
from telephony_agent.record import tables
from telephony_agent.record.store import Store

NOON = datetime(2026, 11, 22, 17, tzinfo=UTC)  # in Washington
WASHINGTON, NEW_YORK = callee("+12025550143"), callee("+12125550143")
RULES = Rules(countries=frozenset({"US"}), at_once=2, a_day=3, price=0.25, budget=6.25, longest=600)
SID, OTHER = "CA" + "1" * 32, "CA" + "2" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.in_folder(tmp_path) as store:
        yield store


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, RULES)


def place(ledger: Ledger, at: datetime = NOON, sid: str = SID) -> int:
    found = ledger.reserve(WASHINGTON, at)
    assert isinstance(found, int)
    ledger.ordered(found, sid)
    return found


def why(found: int | Refusal) -> Why | None:
    return found.why if isinstance(found, Refusal) else None


ORDERED = Ordered("shop:reminding", {"name": "Ann"}, "Your book has come.", 7)


def test_what_was_ordered_is_known_while_the_call_may_be_up_and_kept_no_longer(ledger: Ledger, store: Store) -> None:
    for sid in (SID, OTHER):
        found = ledger.reserve(WASHINGTON, NOON, ordered=ORDERED)
        assert isinstance(found, int)
        ledger.ordered(found, sid)
        assert ledger.find(sid, NOON) == (WASHINGTON.number, ORDERED)
    ledger.over(SID, 61, later := NOON + timedelta(seconds=700))
    assert ledger.find(SID, later) is None
    assert ledger.find(OTHER, later) is None, "though nobody has told of its end"
    place(ledger, later, "CA" + "3" * 32)
    with store.connect() as connection:
        kept = connection.execute(sa.select(tables.placed.c.ordered).order_by(tables.placed.c.id)).scalars().all()
    assert kept == [None, None, None]


def test_a_call_that_is_up_has_the_most_that_it_may_cost_reserved(ledger: Ledger) -> None:
    place(ledger)
    assert ledger.spent(NOON) == Spent(1, 1, 2.5)


def test_one_that_is_over_costs_its_minutes(ledger: Ledger) -> None:
    place(ledger)
    ledger.over(SID, 61, NOON + timedelta(seconds=70))
    assert ledger.spent(NOON + timedelta(seconds=70)) == Spent(0, 1, 0.5)


def test_one_that_nobody_answers_costs_nothing_and_is_counted(ledger: Ledger) -> None:
    place(ledger)
    ledger.over(SID, 0, NOON)
    assert ledger.spent(NOON) == Spent(0, 1, 0.0)


def test_one_that_twilio_refuses_has_not_been(ledger: Ledger) -> None:
    ledger.withdraw(place(ledger))
    assert ledger.spent(NOON) == Spent()


def test_one_whose_end_nobody_tells_is_over_when_it_must_be_and_stays_paid(ledger: Ledger) -> None:
    place(ledger)
    assert ledger.spent(NOON + timedelta(seconds=664)).up == 1
    assert ledger.spent(NOON + timedelta(seconds=665)) == Spent(0, 1, 2.5)


def test_a_day_later_it_is_forgotten(ledger: Ledger) -> None:
    place(ledger)
    assert ledger.spent(NOON + timedelta(hours=23, minutes=59)).placed == 1
    assert ledger.spent(NOON + timedelta(hours=24)) == Spent()


def test_the_limits_hold_over_a_restart(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        place(Ledger(store, RULES))
    with Store.in_folder(tmp_path) as store:
        ledger = Ledger(store, RULES)
        place(ledger)
        assert why(ledger.reserve(WASHINGTON, NOON)) is Why.AT_ONCE
        later = NOON + timedelta(minutes=30)
        assert why(ledger.reserve(WASHINGTON, later)) is Why.BUDGET


def test_no_two_calls_take_the_last_place(tmp_path: Path) -> None:
    taken: list[int | Refusal] = []

    def ask() -> None:
        with Store.in_folder(tmp_path) as store:
            taken.append(Ledger(store, RULES).reserve(WASHINGTON, NOON))

    with Store.in_folder(tmp_path):
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert sorted(why(found) is Why.AT_ONCE for found in taken) == [False] * 2 + [True] * 6


def test_who_does_not_want_to_be_called_is_remembered(ledger: Ledger) -> None:
    ledger.forbid(WASHINGTON.number, "said so", NOON)
    ledger.forbid(WASHINGTON.number, "again", NOON + timedelta(hours=1))
    assert ledger.forbidden() == [(WASHINGTON.number, NOON, "said so")]
    assert why(ledger.reserve(WASHINGTON, NOON)) is Why.DO_NOT_CALL
    assert why(ledger.reserve(NEW_YORK, NOON)) is None
    assert ledger.permit(WASHINGTON.number)
    assert not ledger.permit(WASHINGTON.number)
    assert why(ledger.reserve(WASHINGTON, NOON)) is None


def test_who_asks_for_a_call_later_is_called_all_the_same(ledger: Ledger) -> None:
    ledger.forbid(WASHINGTON.number, "said so", NOON)
    assert why(ledger.reserve(WASHINGTON, NOON, asked=NOON - timedelta(hours=1))) is Why.DO_NOT_CALL
    assert why(ledger.reserve(WASHINGTON, NOON, asked=NOON + timedelta(hours=1))) is None
    assert why(ledger.reserve(callee("+4930901820"), NOON, asked=NOON + timedelta(hours=1))) is Why.COUNTRY


def test_what_is_refused_uses_nothing_up(ledger: Ledger) -> None:
    assert why(ledger.reserve(callee("+4930901820"), NOON)) is Why.COUNTRY
    assert ledger.spent(NOON) == Spent()
