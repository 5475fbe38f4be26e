"""Stories of a session that is left for another one: because it is old, or because its server is about to close it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from telephony_agent.live import messages as live
from telephony_agent.phone import messages as phone
from telephony_agent.states import State
from telephony_agent.steps import Action, Dial, DropLive, StreamLost, TimeIsUp
from tests.story import Story, at_rest, forwarded, of, setups, talking, told

ROTATED = [DropLive(), Dial()]


def old() -> Story:
    """The session is nine minutes old, but the caller's question of a second ago is still to be answered."""
    story = at_rest(idle_after=3000)
    story.give(live.Resumable("handle"))
    story.wait(538)
    story.give(live.CallerSaid("Are you open today?"))
    assert of(DropLive, story.wait(3)) == []
    return story


def rotations(actions: list[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, DropLive | Dial)]


# The quiet moment.


def test_a_session_is_left_after_nine_minutes_in_which_it_has_become_quiet() -> None:
    story = at_rest(idle_after=3000)
    story.give(live.Resumable("handle"))
    assert story.wait(538) == []
    assert story.wait(2) == ROTATED
    assert setups(story.is_accepted())[0].resume == "handle"
    assert story.state is State.TALKING
    assert story.wait(530) == [], "and the new one counts from its own beginning"


def test_it_is_not_left_while_the_caller_waits_for_an_answer_or_hears_it() -> None:
    story = old()
    story.says(5, "Yes, from nine to five.")
    story.wait(2)
    assert rotations(story.ends_its_turn()) == []
    assert story.wait(2.9) == []
    assert story.wait(0.2) == ROTATED, "as soon as it was heard"


def test_it_is_not_left_before_the_turn_is_complete() -> None:
    """Until then the server gives no handle that knows of the turn."""
    story = old()
    story.says(1, "Yes.")
    story.give(live.GenerationComplete())
    assert rotations(story.wait(5)) == []
    story.give(live.TurnComplete())
    assert story.wait(0) == ROTATED


def test_it_is_not_left_while_a_tool_runs_nor_before_its_result_is_spoken() -> None:
    story = old()
    story.calls()
    assert rotations(story.wait(10)) == []
    assert rotations(story.has() + story.wait(2)) == []
    story.says(1, "It is booked.")
    story.ends_its_turn()
    story.wait(0.9)
    assert story.wait(0.2) == ROTATED


def test_it_is_not_left_while_the_caller_speaks_over_the_agent() -> None:
    story = old()
    story.says(5, "Yes, from nine to five.")
    story.give(live.Interrupted(), live.TurnComplete())
    assert rotations(story.wait(3)) == []
    story.says(1, "Pardon?")
    story.ends_its_turn()
    assert rotations(story.wait(1.1)) == ROTATED


def test_an_answer_that_never_comes_is_not_waited_for_forever() -> None:
    assert rotations(old().wait(20)) == ROTATED


def test_it_is_not_left_while_the_stream_is_away() -> None:
    story = at_rest(idle_after=3000)
    story.wait(535)
    story.give(StreamLost())
    assert rotations(story.wait(8)) == []


def test_nobody_is_told_anything_by_a_rotation_in_a_quiet_moment() -> None:
    story = at_rest(idle_after=3000)
    story.wait(541)
    assert told(story.is_accepted()) == []


def test_the_callers_words_of_the_gap_are_sent_to_the_new_session() -> None:
    story = at_rest(idle_after=3000)
    story.wait(541)
    assert forwarded(story.give(*[phone.Heard(b"\x20" * 160)] * 25)) == 0
    story.is_accepted()
    assert forwarded(story.give(*[phone.Heard(b"\x20" * 160)] * 25)) == pytest.approx(50 * 640, abs=640)


# The server goes away.


def test_a_session_that_goes_away_in_a_quiet_moment_is_left_at_once() -> None:
    story = at_rest()
    story.wait(6)
    story.give(live.GoingAway(50))
    assert story.wait(0) == ROTATED


def test_a_session_that_goes_away_is_left_when_the_agents_words_are_heard() -> None:
    story = talking()
    story.give(live.Resumable("handle"), live.GoingAway(50))
    story.says(6, "We are open every day.")
    story.ends_its_turn()
    assert rotations(story.wait(5.9)) == []
    assert rotations(story.wait(0.2)) == ROTATED
    assert setups(story.is_accepted())[0].resume == "handle"


def speaks(story: Story) -> None:
    story.says(60, "A very long story.")


def runs_a_tool(story: Story) -> None:
    story.calls()


def owes_an_answer(story: Story) -> None:
    story.wait(28)
    story.give(live.CallerSaid("And today?"))


@pytest.mark.parametrize("busy", [speaks, runs_a_tool, owes_an_answer])
def test_it_is_left_two_seconds_before_its_end_whatever_happens(busy: Callable[[Story], None]) -> None:
    story = at_rest(idle_after=600)
    story.wait(10)
    began = story.now
    busy(story)
    story.give(live.GoingAway(50 - (story.now - began)))
    assert rotations(story.wait(47.9 - (story.now - began))) == []
    assert rotations(story.wait(0.2)) == ROTATED


def test_a_tool_that_was_left_running_is_told_of_when_it_answers() -> None:
    story = at_rest(idle_after=600)
    story.wait(10)
    story.calls()
    story.give(live.GoingAway(2))
    story.wait(0.1)
    story.is_accepted()
    (words,) = told(story.has())
    assert "booked" in words


def test_a_server_that_goes_away_in_the_farewell_may_go() -> None:
    story = at_rest()
    story.wait(6)
    story.calls()
    story.give(live.GoingAway(3))
    story.has(hang_up=True)
    story.says(4, "Goodbye.")
    assert rotations(story.wait(2) + story.ends_its_turn()) == []


def test_a_server_that_sends_every_session_away_is_dialled_every_five_seconds_at_most() -> None:
    story = at_rest(idle_after=600)
    story.wait(10)
    times = []
    for _ in range(20):
        story.give(live.GoingAway(0))
        while not of(Dial, story.wait(0.1)):
            pass
        times.append(story.now)
        story.is_accepted()
        story.wait(0.3)
    assert min(after - before for before, after in pairwise(times)) >= 4.9
    assert story.state is State.TALKING


def test_a_timer_that_comes_late_leaves_nothing_unanswered() -> None:
    """The moment was quiet when it was foreseen, and is not when it comes."""
    story = at_rest(idle_after=3000)
    story.wait(530)
    story.now += 10
    story.give(live.CallerSaid("Hello?"))
    assert rotations(story.give(TimeIsUp())) == []
