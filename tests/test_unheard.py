"""What the caller did not hear of the agent: the model is told so, once, and says nothing because of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from telephony_agent import Agent
from telephony_agent.errors import ConfigError
from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.requests import Update
from telephony_agent.live.setup import Setup
from telephony_agent.offline.model import messages
from telephony_agent.offline.model.faculties import Asked, Brain, Decision, Say, Told
from telephony_agent.offline.model.faults import Closes
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.steps import Action, Dial, ToLive
from telephony_agent.toolbox.context import Prompted
from tests import virtual
from tests.house import calling
from tests.story import CLEAR, Story, at_rest, of, setups, talking, told
from tests.test_ear import silence
from tests.test_floor import WORD, speaking
from tests.test_whole_call import LONG, agent_turns, speech

TOLD = "models/gemini-3.8-live"
NOT_TOLD = (
    "models/gemini-2.5-flash-native-audio-preview-12-2025",
    "models/gemini-3.1-flash-live-preview",
    "models/whatever",
)
FRESH = Closing(Remedy.FRESH, "closed with 1008")


def updates(actions: Sequence[Action]) -> list[str]:
    """What follows the instructions in each change of them."""
    commands = [action.command for action in of(ToLive, actions)]
    return [str(update.instructions).partition("Because they spoke over you")[2] for update in of(Update, commands)]


def counts(story: Story, seconds: float = 2) -> None:
    """The agent says eight words in four seconds, and is heard for so many of these."""
    story.says(4, "one two three four five six seven eight")
    story.wait(seconds)


def interrupted(story: Story, seconds: float = 2) -> list[Action]:
    counts(story, seconds)
    actions = story.give(live.Interrupted(), live.TurnComplete())
    story.give(live.Resumable("handle"))
    return actions


def next_setup(story: Story, closing: Closing | None = None) -> Setup:
    story.loses_its_model(*filter(None, [closing]))
    while not of(Dial, story.wait(0.01)):
        assert story.hung_up is None
    (setup,) = setups(story.is_accepted())
    return setup


def test_after_an_interruption_the_model_is_told_at_once_and_not_to_speak() -> None:
    actions = interrupted(at_rest(model=TOLD))
    assert actions[0] == CLEAR
    (words,) = updates(actions)
    assert "heard “one two three four”, and nothing of “five six seven eight”." in words
    assert told(actions) == []


def test_its_instructions_stay_as_they_were() -> None:
    story = talking(model=TOLD)
    (update,) = of(Update, [action.command for action in of(ToLive, interrupted(story))])
    assert update.tools is None
    assert str(update.instructions).startswith("You answer the phone of a bakery.")
    assert "The caller's country is US." in str(update.instructions)


def test_of_a_turn_that_was_cut_at_once_nothing_was_heard() -> None:
    (words,) = updates(interrupted(at_rest(model=TOLD), 0.0))
    assert "heard nothing of “one two three four five six seven eight”." in words


def test_what_was_heard_to_its_end_is_not_told() -> None:
    assert updates(interrupted(at_rest(model=TOLD), 4.1)) == []


def test_who_says_nothing_has_nothing_told_of_it() -> None:
    assert updates(at_rest(model=TOLD).give(live.Interrupted(), live.TurnComplete())) == []


def test_sound_without_words_is_not_told() -> None:
    story = at_rest(model=TOLD)
    story.says(4)
    story.wait(1)
    assert updates(story.give(live.Interrupted())) == []


@pytest.mark.parametrize("model", NOT_TOLD)
def test_a_model_that_would_speak_is_told_when_its_session_is_renewed(model: str) -> None:
    story = at_rest(model=model)
    assert updates(interrupted(story)) == []
    setup = next_setup(story)
    assert setup.resume == "handle"
    assert "nothing of “five six seven eight”" in setup.instructions


def test_a_session_that_goes_on_has_it_in_its_setup_and_is_told_nothing_besides() -> None:
    story = at_rest(model=TOLD)
    interrupted(story)
    story.loses_its_model()
    while not of(Dial, story.wait(0.01)):
        assert story.hung_up is None
    actions = story.is_accepted()
    (setup,) = setups(actions)
    assert setup.instructions.count("five six seven eight") == 1
    assert (updates(actions), told(actions)) == ([], [])


def test_a_session_that_goes_on_before_that_turn_is_told_what_was_heard_and_nothing_else() -> None:
    story = at_rest(model=TOLD)
    story.give(live.Resumable("of before"))
    story.wait(0.1)
    counts(story)
    story.give(live.Interrupted())
    setup = next_setup(story)
    assert setup.resume == "of before"
    assert "five" not in setup.instructions
    assert "five" not in "".join(updates(interrupted(story, 4.1)))


def test_a_fresh_session_is_told_what_was_heard_and_nothing_else() -> None:
    story = at_rest(model=TOLD)
    interrupted(story)
    setup = next_setup(story, FRESH)
    assert setup.resume is None
    assert "spoke over" not in setup.instructions


def test_only_the_last_turns_are_told() -> None:
    story = at_rest(model=TOLD)
    for name in ("Anna", "Bert", "Carl", "Dora", "Emil"):
        story.says(2, f"Here is {name} speaking.")
        story.wait(1)
        actions = story.give(live.Interrupted(), live.TurnComplete())
    (words,) = updates(actions)
    assert "Anna" not in words
    assert re.findall(r"nothing of “(\w+)", words) == ["Bert", "Carl", "Dora", "Emil"]


def test_of_a_long_turn_what_lies_around_the_cut_is_quoted() -> None:
    story = at_rest(model=TOLD)
    story.says(40, " ".join(f"w{n:03}" for n in range(200)))
    story.wait(20)
    (words,) = updates(story.give(live.Interrupted()))
    heard, missed = re.findall("“([^”]*)”", words)
    assert heard.split() == [f"w{n:03}" for n in range(60, 100)]
    assert missed.split() == [f"w{n:03}" for n in range(100, 140)]


def test_what_interrupts_by_text_comes_after_what_was_not_heard() -> None:
    story = at_rest(model=TOLD)
    counts(story)
    actions = story.give(Prompted("The table is free again.", interrupt=True))
    kinds = [type(action.command) for action in of(ToLive, actions)]
    assert kinds == [Update, live.Tell]


def test_what_a_server_may_have_refused_it_is_not_told_again() -> None:
    story = at_rest(model=TOLD)
    assert len(updates(interrupted(story))) == 1
    story.wait(1)
    next_setup(story, Closing(Remedy.FORGET, "closed with 1007"))
    assert updates(interrupted(story)) == []
    story.wait(1)
    assert "nothing of “five six seven eight”" in next_setup(story).instructions


# By our own ear.


def test_a_pause_that_is_taken_back_is_not_told() -> None:
    talk = speaking(model=TOLD)
    talk.caller(WORD)
    talk.caller(silence(12))
    assert talk.mishaps().went_on == 1
    assert of(Update, talk.told()) == []


@pytest.mark.parametrize("agrees", [[live.Interrupted()], [live.TurnComplete(), live.CallerSaid("Seven.")]])
def test_a_pause_that_the_model_agrees_to_is_told_once(agrees: list[Any]) -> None:
    talk = speaking(model=TOLD)
    talk.caller(WORD)
    assert of(Update, talk.told()) == []
    talk.does(talk.story.give(*agrees))
    talk.caller(silence(3))
    (update,) = of(Update, talk.told())
    assert "nothing of “" in str(update.instructions)


def test_it_is_told_before_the_model_has_heard_the_caller_out() -> None:
    """So what the caller says over the agent comes after it."""
    talk = speaking(model=TOLD)
    talk.caller(WORD[: len(WORD) // 2])
    talk.does(talk.story.give(live.Interrupted()))
    before = len(talk.told())
    talk.caller(WORD[len(WORD) // 2 :])
    assert isinstance(talk.told()[before - 1], Update)
    assert all(isinstance(command, live.Hear) for command in talk.told()[before:])


# The setting.


def test_it_can_be_left_out() -> None:
    story = at_rest(model=TOLD, tells_unheard=False)
    assert updates(interrupted(story)) == []
    assert "spoke over" not in next_setup(story).instructions


def test_a_model_that_nobody_knows_is_told_if_the_operator_says_so() -> None:
    assert len(updates(interrupted(at_rest(model="models/whatever", tells_unheard=True)))) == 1


def test_it_is_a_yes_or_a_no() -> None:
    with pytest.raises(ConfigError, match="tells_unheard is 'yes'; give True, False or None"):
        Agent(instructions="Any.", tells_unheard="yes")  # type: ignore[arg-type]


# Whole calls: what the offline model knows.


@dataclass(frozen=True)
class Witness:
    """A Brain that tells a long story, and when asked what of it was not heard says what it was told of that."""

    instructions: str = ""

    def meet(self, setup: messages.Setup) -> Brain:
        return replace(self, instructions=setup.instructions)

    def think(self, told: Told) -> tuple[Brain, Decision]:
        if not isinstance(told, Asked):
            return self, Say(LONG)
        missed = re.findall("nothing of “([^”]*)”", self.instructions)
        return self, Say(f"You did not hear: {missed[0]}" if missed else "You heard it all.")


WITNESS = replace(scripted(transcripts=["What did I not hear?"] * 2), brain=Witness())
AGENT = Agent(instructions="Be brief.", disclosure=None)


@pytest.mark.parametrize("renewed", [False, True])
@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-2.5-flash-native-audio-preview-12-2025"])
def test_the_model_knows_what_was_not_heard(model: str, renewed: bool) -> None:
    async def call() -> None:
        async with calling(AGENT, WITNESS, model=model) as (phone, house):
            await phone.until_speaking()
            await phone.until_queued(2.0)
            await phone.says(speech())
            await phone.hears()
            if renewed:
                house.fail(Closes(1011, "Internal error encountered."))
                await phone.says(speech())
                await phone.hears()
        cut, *answers = agent_turns(house)
        assert len(answers) == 1 + renewed, "it has said nothing but its answers"
        missed = cut.text.removeprefix(cut.heard).strip()
        knows = model.startswith("gemini-3.8") or renewed
        assert len(missed) > 20
        assert answers[-1].text == (f"You did not hear: {missed}" if knows else "You heard it all.")

    virtual.run(call())
