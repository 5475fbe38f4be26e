"""A caller is told that an AI speaks, also by a model that forgets it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from telephony_agent import Agent, phrases
from telephony_agent.disclosure import is_said
from telephony_agent.ear import FRAME
from telephony_agent.live import messages as live
from telephony_agent.live.options import Options
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.flavours import THINKING
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.phone import messages as phone
from telephony_agent.phone.playback import Clip
from telephony_agent.phrases import AN_AI
from telephony_agent.record.entries import Noted
from tests import virtual
from tests.house import calling
from tests.story import Story, of, told
from tests.test_ear import line, mulaw, recording
from tests.test_whole_call import FAR_AND_NEAR, agent_turns

AGAIN = f'Say this now, in the language that you speak: "{AN_AI}"'


@pytest.mark.parametrize("language", phrases._OURS[AN_AI])
def test_our_own_sentence_says_so_in_every_language(language: str) -> None:
    said, _ = phrases.spoken(AN_AI, language)
    assert is_said(f"{said} ...", "Nothing else.")


@pytest.mark.parametrize(
    "said",
    [
        "Hi, I'm the AI assistant of the bakery. How can I help?",
        "Hello, you're speaking with an A.I. assistant.",
        "Good morning! I am a virtual assistant.",
        "Guten Tag, hier ist der KI-Assistent der Bäckerei.",
        "Bonjour, je suis un assistant virtuel.",
        "Hola, soy la IA de la panadería.",
        "Hallo, ik ben de virtuele assistent.",
        "Olá, sou um robô.",
    ],
)
def test_other_words_for_it_are_understood(said: str) -> None:
    assert is_said(said, AN_AI)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Good morning, the bakery. How can I help you?",
        "I am the assistant of the bakery.",
        "J'ai bien noté votre commande.",
        "Viene ai nostri tavoli?",
        "This is a bakery.",
        "We open at eight in the MAIN street.",
    ],
)
def test_other_sentences_are_not_taken_for_it(said: str) -> None:
    assert not is_said(said, AN_AI)


def test_an_operator_s_own_sentence_is_known_by_most_of_its_words() -> None:
    words = "You are talking to Bella, who is not human."
    assert is_said("Hello! You're talking to Bella, who is not human.", words)
    assert not is_said("Hello! Bella speaking.", words)


def greets(said: str, seconds: float = 2.0, **agent: Any) -> Story:
    """The agent's first turn has come; not a moment of it was heard yet."""
    story = Story(**({"disclosure": AN_AI} | agent))
    story.rings()
    story.answers()
    story.says(seconds, said)
    story.ends_its_turn()
    return story


def spoken_by_caller() -> list[phone.Heard]:
    """A sentence, 20 ms after 20 ms."""
    ulaw = mulaw(line(recording("asterisk_check-number-dial-again")))
    return [phone.Heard(ulaw[at : at + FRAME]) for at in range(0, len(ulaw) - FRAME + 1, FRAME)]


def test_a_model_that_forgets_what_it_is_is_reminded_once_its_greeting_was_heard() -> None:
    story = greets("Good morning, the bakery.")
    assert told(story.wait(1.9)) == []
    story.wait(0.2)
    (words,) = told(story.echoes())
    assert AGAIN in words
    assert of(Noted, story.records)[0].kind == "undisclosed"


def test_it_is_reminded_only_once() -> None:
    story = greets("Good morning, the bakery.")
    story.wait(2.1)
    story.echoes()
    story.says(2.0, "The bakery.")
    story.wait(2.1)
    story.ends_its_turn()
    assert told(story.echoes()) == []


@pytest.mark.parametrize("agent", [{}, {"greeting": None}])
def test_a_model_that_says_it_is_left_alone(agent: dict[str, Any]) -> None:
    story = greets("Hello, I am the bakery's AI.", **agent)
    story.wait(2.1)
    assert told(story.echoes()) == []


def test_a_model_that_thinks_aloud_before_its_greeting_is_not_reminded_in_between() -> None:
    story = Story(disclosure=AN_AI)
    story.rings()
    story.answers()
    story.says(1.0, "One moment.")
    story.give(live.GenerationComplete(), live.TurnComplete(goes_on=True))
    story.wait(1.1)
    assert told(story.echoes() + story.wait(2.0)) == []
    story.says(1.0, "I am an AI.")
    story.wait(1.1)
    story.ends_its_turn()
    assert told(story.echoes() + story.wait(2.0)) == []


def test_a_caller_who_spoke_over_it_is_told_when_nobody_speaks() -> None:
    story = greets("Good morning, this is an AI assistant of the bakery.", 4.0)
    story.wait(0.5)
    assert told(story.give(live.Interrupted())) == []
    assert told(story.give(live.CallerSaid("When do you open?"))) == []  # an answer is owed
    story.says(1.0, "At eight.")
    story.ends_its_turn()
    story.wait(1.1)
    (words,) = told(story.echoes())
    assert AGAIN in words


def test_a_caller_who_heard_it_after_all_is_not_told_again() -> None:
    story = greets("Good morning, the bakery.", 4.0)
    story.wait(0.5)
    story.give(live.Interrupted(), live.CallerSaid("When do you open?"))
    story.says(2.0, "I am an AI, and we open at eight.")
    story.ends_its_turn()
    story.wait(2.1)
    assert told(story.echoes()) == []


def test_nobody_is_spoken_over_to_be_told() -> None:
    story = greets("Good morning, the bakery.")
    story.wait(1.99)
    for frame in spoken_by_caller()[:40]:
        story.give(frame)
        story.wait(0.02)
    assert told(story.echoes()) == []


@pytest.mark.parametrize("agent", [{"disclosure": None}, {"options": Options(agent_transcript=None)}])
def test_one_field_turns_it_off_and_where_there_is_no_transcript_it_can_t_be_told(agent: dict[str, Any]) -> None:
    story = greets("Good morning, the bakery.", **agent)
    story.wait(2.1)
    assert told(story.echoes()) == []


def test_a_clip_has_said_it_already() -> None:
    story = Story(clip=Clip(AN_AI, b"\x10\x90" * 8_000), disclosure=AN_AI, recording_notice="We record this.")
    story.rings()
    story.answers()
    story.wait(2.1)
    story.echoes()
    story.says(1.0, "How can I help you?")
    story.wait(1.1)
    story.ends_its_turn()
    assert told(story.echoes()) == []


@pytest.mark.parametrize(("delay", "model"), FAR_AND_NEAR)
@pytest.mark.parametrize("forgets", [True, False])
def test_by_the_end_of_the_greeting_every_caller_knows_and_nobody_twice(
    delay: float, model: str, forgets: bool
) -> None:
    """A whole call with each model, of which some say a word before they begin to think."""
    greeting = [Say("Good morning, the bakery.")] if forgets else [Say("This is an AI. Good morning.")]
    faculties = scripted(*greeting, Say("I am an AI."), Say("Too much."))

    async def call() -> None:
        agent = Agent(instructions="Be brief.", idle_after=60.0)
        async with calling(agent, faculties, delay, model) as (caller, house):
            await caller.hears()
            await asyncio.sleep(10)
            await caller.hangs_up()
        said = [turn.heard for turn in agent_turns(house) if turn.heard != THINKING.filler]
        assert said == ([greeting[0].text, "I am an AI."] if forgets else [greeting[0].text])

    virtual.run(call())
