"""Stories of a caller whose words were on their way when the model was lost."""

from __future__ import annotations

import audioop
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone import messages as phone
from telephony_agent.steps import Dial
from tests.story import BROKEN, Story, at_rest, forwarded, of


def speech(seconds: float) -> list[phone.Heard]:
    """A caller whom our own ear takes for one."""
    at = np.arange(int(8_000 * seconds)) / 8_000
    loud = 8_000 * np.sin(2 * np.pi * 300 * at) * (np.sin(2 * np.pi * 4 * at) > -0.5)
    ulaw = audioop.lin2ulaw(loud.astype("<i2").tobytes(), 2)
    return [phone.Heard(ulaw[start : start + 160]) for start in range(0, len(ulaw), 160)]


SILENCE = phone.Heard(b"\xff" * 160)


def replayed(story: Story, closing: Closing = BROKEN) -> float:
    """Seconds of the caller that the next session hears again."""
    story.loses_its_model(closing)
    while not of(Dial, story.wait(0.01)):
        pass
    story.is_accepted()
    return sum(forwarded(story.give(SILENCE)) / 640 - 1 for _ in range(150)) * 0.02


def says(story: Story, frames: Sequence[phone.Heard]) -> None:
    for frame in frames:
        story.wait(0.02)
        story.give(frame)


def test_words_of_which_nothing_came_are_heard_by_the_next_session_once_more() -> None:
    story = at_rest()
    says(story, [SILENCE] * 50 + speech(1.0))
    assert replayed(story) == pytest.approx(2.0, abs=0.1)


def test_a_caller_who_has_just_finished_is_heard_once_more() -> None:
    story = at_rest()
    says(story, [*speech(1.0), *[SILENCE] * 30])
    assert replayed(story) == pytest.approx(1.6, abs=0.1)


def understood(story: Story) -> None:
    story.give(live.CallerSaid("Hello?"))


def answered(story: Story) -> None:
    story.says(0.2, "Yes?")
    story.wait(0.3)
    story.ends_its_turn()


def silent_for_long(story: Story) -> None:
    says(story, [SILENCE] * 150)


@pytest.mark.parametrize("since", [understood, answered, silent_for_long])
def test_nothing_is_heard_twice_that_was_understood_or_answered_or_is_long_ago(since: Callable[[Story], None]) -> None:
    story = at_rest(idle_after=600)
    says(story, speech(1.0))
    since(story)
    assert replayed(story) == pytest.approx(0.0, abs=0.05)


def test_sound_that_may_have_been_refused_is_not_sent_again() -> None:
    story = at_rest()
    says(story, speech(1.0))
    assert replayed(story, Closing(Remedy.FORGET, "closed with 1007")) == pytest.approx(0.0, abs=0.05)
