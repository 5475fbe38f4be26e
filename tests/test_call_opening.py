"""How a call begins: the recording that is heard at once, or what the model is told to say first."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent import briefing
from telephony_agent.agent import Agent
from telephony_agent.ear import FRAME
from telephony_agent.live import messages as live
from telephony_agent.phone import messages as phone
from telephony_agent.phone.playback import Clip
from telephony_agent.phrases import AN_AI
from telephony_agent.record.entries import AgentTurn
from telephony_agent.states import State
from tests.story import BROKEN, CLEAR, GREETING, STARTED, Story, of, setups, spoken, told
from tests.test_ear import line, mulaw, recording

WORDS = "This is an AI assistant. We record this call. Good morning, the bakery."
CLIP = Clip(WORDS, b"\x10\x90" * 12_000)  # 3 s
GIVEN: dict[str, Any] = {
    "disclosure": AN_AI,
    "recording_notice": "We record this call.",
    "welcome": "Good morning, the bakery.",
}


def opened(prewarm: bool = True, **agent: Any) -> Story:
    story = Story(clip=CLIP, **(GIVEN | agent))
    story.rings(prewarm)
    return story


@pytest.mark.parametrize("prewarm", [False, True])
def test_the_clip_is_sent_in_the_very_step_in_which_the_stream_starts(prewarm: bool) -> None:
    story = opened(prewarm)
    assert spoken(story.give(STARTED)) == len(CLIP.ulaw)
    assert story.state is State.DIALLING


def test_the_model_knows_what_the_clip_says_and_waits() -> None:
    story = opened()
    (setup,) = setups(story.is_accepted())
    assert WORDS in setup.instructions
    assert "wait until they speak" in setup.instructions
    assert told(story.give(STARTED)) == []
    assert told(story.wait(10)) == []


def test_a_model_whose_clip_has_not_greeted_greets_after_it() -> None:
    story = opened(welcome=None)
    (setup,) = setups(story.is_accepted())
    assert "Do not say that again" in setup.instructions
    assert "wait until they speak" not in setup.instructions
    assert told(story.give(STARTED)) == [GREETING]


def test_what_the_caller_heard_of_the_clip_is_recorded_as_such() -> None:
    story = opened()
    story.give(STARTED)
    story.wait(3.1)
    story.echoes()
    (turn,) = of(AgentTurn, story.records)
    assert (turn.source, turn.text, turn.heard, turn.sent_ms, turn.heard_ms) == ("clip", WORDS, WORDS, 3000, 3000)


def test_the_clip_is_said_to_its_end_whoever_speaks_over_it() -> None:
    story = opened()
    story.answers()
    ulaw = mulaw(line(recording("asterisk_check-number-dial-again")))
    frames = [phone.Heard(ulaw[at : at + FRAME]) for at in range(0, len(ulaw) - FRAME + 1, FRAME)]
    actions = [action for frame in frames[:100] for action in [*story.give(frame), *story.wait(0.02)]]
    assert story.call._floor.caller_speaks
    assert CLEAR not in actions


def test_the_clip_goes_on_from_its_word_where_the_model_falls_silent_for_the_caller() -> None:
    story = opened()
    story.answers()
    story.wait(1.0)
    story.says(2.0, "At nine.")
    actions = story.give(live.Interrupted())
    assert actions[0] == CLEAR
    assert 2.0 * 8000 <= spoken(actions) <= 2.5 * 8000  # its rest, and nothing of the model's
    story.wait(2.6)
    story.echoes()
    turns = {turn.source: turn for turn in of(AgentTurn, story.records)}
    assert (turns["clip"].heard, turns["model"].heard) == (WORDS, "")


def test_after_the_clip_the_agent_can_be_interrupted_as_ever() -> None:
    story = opened()
    story.answers()
    story.wait(3.1)
    story.echoes()
    story.says(5.0, "We have bread and rolls.")
    assert CLEAR in story.give(live.Interrupted())


def test_a_second_stream_does_not_begin_with_the_clip_but_the_model_says_what_was_not_heard() -> None:
    story = opened()
    story.answers()
    story.wait(1.5)
    story.give(type(STARTED)("MZ" + "3" * 32, STARTED.call_sid, STARTED.account_sid, {}))
    heard = of(AgentTurn, story.records)[0].heard
    assert 0 < len(heard) < len(WORDS)
    assert spoken(story.wait(1)) == 0


def test_a_session_that_replaces_the_first_is_told_of_the_clip_too() -> None:
    story = opened()
    story.answers()
    story.wait(5)
    story.echoes()
    story.loses_its_model(BROKEN)
    actions = [*story.wait(2), *story.is_accepted()]
    (setup,) = setups(actions)
    assert WORDS in setup.instructions


def test_without_a_clip_the_model_says_first_that_it_is_an_ai() -> None:
    story = Story(disclosure=AN_AI)
    story.rings()
    story.give(STARTED)
    (words,) = told(story.is_accepted())
    assert words.startswith(f'Begin with this, in the language that you speak: "{AN_AI}"')
    assert words.endswith(f"Then do this: {GREETING}")


def test_that_it_is_an_ai_is_said_unless_the_operator_will_not_have_it() -> None:
    assert AN_AI in briefing.greeting(Agent(instructions="Be kind."), opened=False)
    assert briefing.greeting(Agent(instructions="Be kind.", disclosure=None), opened=False) == GREETING


def test_a_welcome_without_its_clip_is_said_by_the_model_and_the_notice_by_twilio() -> None:
    agent = Agent(instructions="Be kind.", **GIVEN)
    words = briefing.greeting(agent, opened=False)
    assert f"{AN_AI} Good morning, the bakery." in words
    assert "record" not in words
    assert "Then do this" not in words


def test_an_agent_that_lets_the_caller_speak_first_still_says_what_it_is() -> None:
    story = Story(disclosure=AN_AI, greeting=None)
    story.rings(prewarm=True)
    (setup,) = setups(story.is_accepted())
    assert f'The first thing that you say in the call, in the language that you speak, is this: "{AN_AI}"' in (
        setup.instructions
    )
    assert told(story.give(STARTED)) == []


def test_the_idle_clock_starts_when_the_clip_has_been_heard() -> None:
    story = opened(idle_after=10.0)
    story.answers()
    assert told(story.wait(12.9)) == []
    assert len(told(story.wait(0.3))) == 1
