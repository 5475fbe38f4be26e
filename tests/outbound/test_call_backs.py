"""Who wants to be called back, in real SQLite files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony_agent.outbound.call_backs import ATTEMPTS, EXPECTED, PAUSE, CallBacks, Wish
from telephony_agent.record.entries import CALL_BACK, Noted
from telephony_agent.record.store import Kept, Store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN, BOB = "+12025550143", "+12125550143"
LINE = "+12025550188"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.in_folder(tmp_path) as store:
        yield store


@pytest.fixture
def call_backs(store: Store) -> CallBacks:
    return CallBacks(store)


def asks(store: Store, number: str = ANN, at: datetime = NOON) -> int:
    """A caller takes the offer; the wish's id."""
    store.write([Kept("CA" + "1" * 32, at, Noted(0.0, CALL_BACK, {"From": number, "To": LINE}))])
    return next(wish.id for wish in CallBacks(store).wanted() if wish.number == number)


def found(call_backs: CallBacks, id: int) -> Wish:
    wish = call_backs.find(id)
    assert wish is not None
    return wish


def test_wishes_are_listed_in_the_order_of_their_time(store: Store, call_backs: CallBacks) -> None:
    bob, ann = asks(store, BOB, NOON + timedelta(minutes=1)), asks(store, ANN)
    assert [wish.id for wish in call_backs.wanted()] == [ann, bob]
    assert found(call_backs, ann) == Wish(ann, ANN, LINE, NOON, "open", 0, None, "", "CA" + "1" * 32)
    assert call_backs.find(99) is None


def test_who_was_reached_is_done_with(store: Store, call_backs: CallBacks) -> None:
    ann = asks(store)
    call_backs.begin(ann, NOON)
    call_backs.end(ann, "a person answered", reached=True)
    assert call_backs.wanted() == []
    assert [wish.state for wish in call_backs.wanted(also_closed=True)] == ["done"]


def test_of_two_services_that_find_the_same_wish_one_calls(store: Store, call_backs: CallBacks, tmp_path: Path) -> None:
    ann = asks(store)
    with Store.in_folder(tmp_path) as same:
        other = CallBacks(same)
        ours, theirs = call_backs.due(NOON), other.due(NOON)
        assert [call_backs.claim(ours[0], NOON), other.claim(theirs[0], NOON)] == [True, False]
        assert other.due(NOON) == []
        call_backs.release(ours[0])  # there was no room
        assert other.due(NOON) == [found(call_backs, ann)] == ours
        later = NOON + PAUSE
        assert other.claim(ours[0], NOON)
        assert call_backs.claim(found(call_backs, ann), later)


def test_who_was_not_is_tried_again_after_a_pause_and_then_given_up(store: Store, call_backs: CallBacks) -> None:
    ann, now = asks(store), NOON
    for attempt in range(1, ATTEMPTS + 1):
        assert [wish.id for wish in call_backs.due(now)] == [ann]
        call_backs.begin(ann, now)
        call_backs.end(ann, "busy", reached=False)
        assert found(call_backs, ann).attempts == attempt
        assert call_backs.due(now + PAUSE - timedelta(seconds=1)) == []
        now += PAUSE
    assert (found(call_backs, ann).state, found(call_backs, ann).became) == ("failed", "busy")
    assert call_backs.due(now) == []


def test_an_attempt_whose_end_nobody_saw_is_made_again(store: Store, call_backs: CallBacks) -> None:
    ann = asks(store)
    call_backs.begin(ann, NOON)
    assert [wish.id for wish in call_backs.due(NOON + PAUSE)] == [ann]


def test_what_the_rules_refuse_is_no_attempt(store: Store, call_backs: CallBacks) -> None:
    ann, bob = asks(store), asks(store, BOB)
    call_backs.refuse(ann, "not at this hour", False, NOON)
    call_backs.refuse(bob, "not this country", True, NOON)
    assert (found(call_backs, ann).state, found(call_backs, ann).attempts) == ("open", 0)
    assert found(call_backs, bob).state == "failed"
    assert [wish.id for wish in call_backs.due(NOON + PAUSE)] == [ann]


def test_who_has_waited_for_days_is_called_only_if_somebody_says_so(store: Store, call_backs: CallBacks) -> None:
    ann = asks(store)
    assert [wish.id for wish in call_backs.due(NOON + EXPECTED - timedelta(seconds=1))] == [ann]
    assert call_backs.due(NOON + EXPECTED) == []
    assert [wish.id for wish in call_backs.wanted()] == [ann]


def test_who_asks_again_has_all_attempts_again(store: Store, call_backs: CallBacks) -> None:
    ann = asks(store)
    call_backs.begin(ann, NOON)
    assert asks(store, at=NOON + timedelta(hours=1)) == ann
    assert (found(call_backs, ann).attempts, found(call_backs, ann).at) == (0, NOON + timedelta(hours=1))


def test_who_asks_again_after_all_was_done_is_called_again(store: Store, call_backs: CallBacks) -> None:
    ann = asks(store)
    assert call_backs.close(ann, "called by hand")
    assert not call_backs.close(ann, "once more")
    assert asks(store) != ann
