"""What is tried, and in which order, while something goes wrong quietly; and how long a caller waits for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony_agent.guards import (
    EMPTY,
    LADDER,
    LONGEST_WAIT,
    REPLY,
    SLOWEST_WAIT,
    SOFT_LIMIT,
    Alarm,
    Cure,
    Trouble,
)
from tests.test_guards import Watch, nudge


def test_each_cure_is_harder_than_the_last_until_there_is_none_left() -> None:
    watch, cures = Watch(), []
    for _ in range(4):
        watch.told()
        watch.ends()
        (alarm,) = watch.wait(EMPTY)
        cures.append(alarm.cure)
    assert cures == list(LADDER)
    assert watch.guards.mishaps(0, 0).cures == {"nudge": 1, "resume": 1, "fresh": 1, "fallback": 1}


@pytest.mark.parametrize(("slow", "longest"), [(False, LONGEST_WAIT), (True, SLOWEST_WAIT)])
@pytest.mark.parametrize(
    "begins", [Watch.told, lambda watch: watch.caller(2.0), lambda watch: watch.says("Your table is")]
)
def test_nobody_waits_for_more_than_a_few_seconds_whatever_is_tried_meanwhile(
    begins: Callable[[Watch], None], slow: bool, longest: float
) -> None:
    watch = Watch(slow=slow)
    alarms: list[Alarm] = []
    begins(watch)
    began = watch.now
    while Cure.FALLBACK not in [alarm.cure for alarm in alarms]:
        assert watch.now < began + 60
        if found := watch.wait(0.1):
            alarms += found
            watch.told()
    assert longest - 1 <= watch.now - began < longest + 0.11
    assert [alarm.cure for alarm in alarms[:2]] == [Cure.NUDGE, Cure.RESUME]


def test_a_question_after_a_turn_that_is_never_completed_is_owed_an_answer() -> None:
    watch = Watch()
    watch.says()
    watch.guards.generated()
    watch.caller(2.0)
    assert watch.wait(REPLY) == nudge(Trouble.STALL)


def test_an_answer_that_was_heard_starts_the_ladder_anew() -> None:
    watch = Watch()
    for _ in range(10):
        watch.told()
        assert watch.wait(REPLY) == nudge(Trouble.STALL)
        watch.told()
        watch.answers()


def test_what_could_be_heard_never_ends_the_call_and_is_not_mended_for_ever() -> None:
    watch, cures = Watch("en"), []
    for _ in range(8):
        watch.says("Es tut mir leid, das habe ich nicht verstanden.")
        alarm = watch.ends()
        assert alarm is not None
        cures.append(alarm.cure)
    assert cures == [Cure.NUDGE, Cure.RESUME, Cure.FRESH] + [Cure.NONE] * 5
    assert len([cure for cure in cures if cure is not Cure.NONE]) == SOFT_LIMIT


def test_what_a_lost_session_owes_the_next_one_owes_too() -> None:
    watch = Watch()
    watch.told()
    watch.wait(1)
    watch.guards.leave()
    assert watch.wait(LONGEST_WAIT - 1.5) == []
    watch.guards.begin(watch.now)
    assert watch.wait(0.5) == [Alarm(Trouble.STALL, Cure.FALLBACK)], "and nobody waits longer because of that"


def test_a_turn_that_a_lost_session_was_saying_is_not_waited_for() -> None:
    watch = Watch()
    watch.says("Your table is")
    watch.guards.leave()
    watch.guards.begin(watch.now)
    assert watch.wait(60) == []
