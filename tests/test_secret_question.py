"""The question for something secret: its end, which invites the caller to press, waits for the recording's pause."""

from __future__ import annotations

import pytest

from telephony_agent.states import State
from telephony_agent.steps import Arranged, GaveUp, Requested, Settle
from telephony_agent.toolbox.context import Consult
from tests.story import CLEAR, Story, spoken
from tests.test_secret_keys import PAUSED, PIN, RESUMED, UNPAUSED, answers
from tests.test_taping import recording


def asking(seconds: float = 3) -> Story:
    """The agent asks for the PIN, in one breath with the function's call."""
    story = recording()
    story.says(seconds, "Please enter your PIN")
    story.calls()
    story.give(Requested(2, PIN))
    return story


def test_a_question_is_not_heard_to_its_end_before_the_recording_is_paused() -> None:
    story = asking(2.5)
    assert CLEAR not in story.wait(1.4)
    assert CLEAR in story.wait(0.2)
    actions = story.give(PAUSED)
    assert spoken(actions) >= 8000
    assert answers(actions + story.wait(10.9)) == [], "the time runs from when all of it has been heard"
    assert answers(story.wait(0.6)) == [Settle(2, "")]


def test_a_question_goes_on_without_a_gap_if_the_recording_is_paused_before_its_end() -> None:
    story = asking()
    actions = story.wait(0.5) + story.give(PAUSED) + story.wait(2)
    assert CLEAR not in actions


@pytest.mark.parametrize("late", [0.3, 1.5])
def test_a_question_that_may_not_be_asked_is_broken_off(late: float) -> None:
    story = asking(2.4)
    before = story.wait(late)
    actions = story.give(UNPAUSED)
    assert CLEAR in before + actions
    assert spoken(actions + story.give(RESUMED) + story.wait(1)) == 0
    assert story.call.conversation.held(story.now) == 0


def test_a_question_whose_function_gave_up_is_broken_off() -> None:
    story = asking(1.2)
    story.wait(0.5)
    assert spoken(story.give(GaveUp(2)) + story.give(PAUSED) + story.wait(1)) == 0


def test_a_farewell_is_heard_to_its_end_all_the_same() -> None:
    story = recording()
    story.calls("call_1")
    story.calls("call_2")
    story.has("call_1", hang_up=True)
    story.says(1.5, "Goodbye!")
    story.ends_its_turn()
    story.give(Requested(2, PIN))
    story.wait(1.9)
    assert spoken(story.give(UNPAUSED)) >= 8000
    story.wait(1.1)
    assert story.hung_up is None
    story.echoes()
    assert story.state is State.OVER


def test_somebody_who_is_called_meanwhile_changes_nothing() -> None:
    somebody = Consult("+15550100009", "Somebody.", 25)
    story = recording()
    story.calls()
    story.give(Requested(2, PIN), Requested(3, somebody))
    story.says(0.5, "Your PIN, please.")
    assert CLEAR in story.give(Arranged(3, somebody, "CA3")) + story.wait(0.2)
    assert spoken(story.give(PAUSED)) > 3000


def test_words_that_come_while_the_recording_is_being_paused_are_kept() -> None:
    story = recording()
    story.calls()
    story.give(Requested(2, PIN))
    actions = story.says(0.5, "Your PIN, please.") + story.wait(0.1)
    assert CLEAR in actions
    assert spoken(story.says(0.5)) == 0
    assert spoken(story.give(PAUSED)) > 7000
