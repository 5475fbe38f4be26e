"""Stories of a caller who hears nothing: whatever the time goes by for, the agent or the fallback is there in 8 s."""

from __future__ import annotations

import pytest

from telephony_agent.guards import SLOWEST_WAIT
from telephony_agent.live import messages as live
from telephony_agent.live.options import Options, Thinking
from telephony_agent.phone.playback import Clip
from telephony_agent.phrases import AN_AI
from telephony_agent.steps import Dial
from tests.story import STARTED, Story, at_rest, of, ringing

PATIENCE = 8.0  # seconds of silence
CLIP = Clip("This is an AI assistant.", b"\x10\x90" * 12_000)  # 3 s
SETUPS = [0.1, 1.0, 3.0, 5.0, 6.9]  # seconds that the model takes to accept


def is_answered_by_nobody(story: Story) -> float:
    """Nothing happens any more, but that every dial is accepted and every session silent; when the call ends."""
    while story.hung_up is None:
        if of(Dial, story.wait(0.01)):
            story.is_accepted()
        assert story.now < 200
    assert story.hung_up.next == story.call._agent.fallback
    return story.now


@pytest.mark.parametrize("setup", SETUPS)
def test_a_model_that_is_late_and_then_silent(setup: float) -> None:
    story = ringing()
    began = story.now
    story.give(STARTED)
    story.wait(setup)
    story.is_accepted()
    assert 7 < is_answered_by_nobody(story) - began <= PATIENCE


EXTENDED, NATIVE = "models/gemini-3.8-live-extended-thinking", "models/gemini-2.5-flash-native-audio-latest"


@pytest.mark.parametrize(
    ("model", "thinking", "patience"),
    [
        (NATIVE, None, PATIENCE),
        (NATIVE, Thinking(budget=0), PATIENCE),
        (NATIVE, Thinking(budget=1000), SLOWEST_WAIT + 1),
        (EXTENDED, None, PATIENCE),
        (EXTENDED, Thinking(level="low"), SLOWEST_WAIT + 1),
    ],
)
def test_a_model_that_is_told_to_think_has_more_time(model: str, thinking: Thinking | None, patience: float) -> None:
    story = ringing(model=model, options=Options(thinking=thinking))
    began = story.now
    story.give(STARTED)
    story.is_accepted()
    assert patience - 1 < is_answered_by_nobody(story) - began <= patience


@pytest.mark.parametrize("setup", SETUPS)
def test_a_model_that_is_late_and_then_silent_behind_a_recording(setup: float) -> None:
    story = Story(clip=CLIP, disclosure=AN_AI)
    story.rings()
    began = story.now
    story.give(STARTED)
    story.wait(setup)
    story.is_accepted()
    assert 6 < is_answered_by_nobody(story) - (began + 3) <= PATIENCE


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("said", [1.0, 4.0])
def test_a_model_that_broke_off_came_back_late_and_is_silent(said: float, setup: float) -> None:
    story = at_rest()
    story.wait(20)
    silence = story.now + said
    story.says(said, "One moment")
    story.loses_its_model()
    while not of(Dial, story.wait(0.01)):
        assert story.hung_up is None
    story.wait(setup - 0.3)
    story.is_accepted()
    assert is_answered_by_nobody(story) - silence <= PATIENCE


@pytest.mark.parametrize("setup", SETUPS)
def test_a_question_to_which_nothing_comes_but_a_new_model(setup: float) -> None:
    story = at_rest()
    story.give(live.CallerSaid("When are you open?"))
    story.wait(0.2)
    silence = story.now
    story.loses_its_model()
    while not of(Dial, story.wait(0.01)):
        assert story.hung_up is None
    story.wait(setup - 0.3)
    story.is_accepted()
    assert is_answered_by_nobody(story) - silence <= PATIENCE


def test_a_function_that_is_called_late_and_answers_while_the_model_does_not() -> None:
    """Its own time does not count: it has a limit of its own."""
    story = ringing()
    began = story.now
    story.give(STARTED)
    story.wait(5.0)
    story.is_accepted()
    story.calls()
    story.wait(10)
    story.has()
    assert 7 < is_answered_by_nobody(story) - began - 10 <= PATIENCE


def test_a_model_that_is_late_still_has_its_time_to_speak() -> None:
    story = ringing()
    began = story.now
    story.give(STARTED)
    story.wait(6.0)
    story.is_accepted()
    story.wait(1.5)
    story.says(2, "Hello.")
    story.wait(20)
    assert story.hung_up is None
    assert story.now - began > 25
