"""Who is called about a caller, told of in any order, twice, or too late."""

from __future__ import annotations

import pytest

from telephony_agent.consulting import Consulting, Stage
from telephony_agent.record.entries import Meet, Next
from telephony_agent.steps import OURS, Action, Arrange, Reply, Settle
from telephony_agent.toolbox.context import Release

ROOM, SID, OTHER = "CA1", "CA2", "CA3"
COME, GO = Reply(Meet(ROOM)), Reply(Next.HANG_UP)
RELEASED = [Arrange(OURS, Release(SID))]


def asked() -> Consulting:
    consulting = Consulting(ROOM)
    assert consulting.begin(1) == []
    assert consulting.placed(1, SID) == []
    return consulting


def test_who_takes_the_call_waits_for_the_caller() -> None:
    consulting = asked()
    assert consulting.decided(SID, takes_it=True) == [COME, Settle(1, value=True)]
    assert consulting.waits
    consulting.meets()
    assert consulting.let_go() == []


def test_a_decision_that_twilio_repeats_has_the_same_answer_and_counts_once() -> None:
    consulting = asked()
    consulting.decided(SID, takes_it=True)
    assert consulting.decided(SID, takes_it=True) == [COME]
    consulting.decided(SID, takes_it=False)
    assert consulting.decided(SID, takes_it=True) == [GO]


def test_who_declines_is_not_there_and_somebody_else_may_be_asked() -> None:
    consulting = asked()
    assert consulting.decided(SID, takes_it=False) == [GO, Settle(1, value=False)]
    assert consulting.begin(2) == []
    assert consulting.decided(SID, takes_it=False) == [GO]  # the first one's call is over by now
    assert consulting.placed(2, OTHER) == []
    assert consulting.decided(OTHER, takes_it=True) == [COME, Settle(2, value=True)]


def test_only_one_is_asked_at_a_time() -> None:
    consulting = asked()
    (refused,) = consulting.begin(2)
    assert isinstance(refused, Settle)
    assert "already" in refused.error


def test_a_decision_may_come_before_twilio_has_told_which_call_it_is() -> None:
    consulting = Consulting(ROOM)
    consulting.begin(1)
    assert consulting.decided(SID, takes_it=True) == [COME, Settle(1, value=True)]
    assert consulting.placed(1, SID) == []
    assert consulting.waits


def test_a_line_that_is_busy_may_be_so_before_twilio_has_told_which_call_it_is() -> None:
    consulting = Consulting(ROOM)
    consulting.begin(1)
    consulting.decided(SID, takes_it=False)
    assert consulting.placed(1, SID) == []
    assert consulting.stage is Stage.NOBODY


def test_a_telephone_that_rings_for_a_function_that_gave_up_is_hung_up() -> None:
    consulting = Consulting(ROOM)
    consulting.begin(1)
    assert consulting.give_up(1) == []
    assert consulting.placed(1, SID) == RELEASED
    assert consulting.decided(SID, takes_it=True) == [GO]


@pytest.mark.parametrize("takes_it", [False, True])
def test_who_is_no_longer_wanted_is_hung_up_on(takes_it: bool) -> None:
    consulting = asked()
    actions: list[Action] = []
    if takes_it:
        consulting.decided(SID, takes_it=True)
        assert consulting.give_up(1) == []  # the function has its answer
        actions = consulting.let_go()
    else:
        assert consulting.give_up(2) == []
        actions = consulting.give_up(1)
    assert actions == RELEASED
    assert consulting.decided(SID, takes_it=True) == [GO]


def test_nobody_is_asked_by_a_stranger() -> None:
    assert Consulting(ROOM).decided(SID, takes_it=True) == [GO]
    assert asked().decided(OTHER, takes_it=True) == [GO]
