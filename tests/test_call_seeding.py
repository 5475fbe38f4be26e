"""Stories of a session that begins in the middle of a call: what it is told depends on what it and its model know."""

from __future__ import annotations

import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.options import Options
from telephony_agent.live.requests import Turns
from telephony_agent.live.setup import Setup
from telephony_agent.phone import messages as phone
from telephony_agent.steps import Action, Dial, ToLive
from tests.story import BROKEN, Story, at_rest, of, setups, told

FIRST_ONLY = "models/gemini-3.1-flash-live-preview"  # takes turns in the beginning of a session only
ANY_TIME = "models/gemini-3.8-live"
DEAD_HANDLE = Closing(Remedy.FRESH, "closed with 1008 'Requested entity was not found.'")


def asked_and_answered(model: str) -> Story:
    story = at_rest(model=model)
    exchange(story, "My name is Miller.", "Hello, Ms Miller.")
    story.give(live.Resumable("handle"))
    return story


def exchange(story: Story, question: str, answer: str) -> None:
    story.give(live.CallerSaid(question))
    story.wait(1)
    story.says(1, answer)
    story.wait(1.1)
    story.ends_its_turn()
    story.echoes()


def comes_back(story: Story, closing: Closing = BROKEN) -> tuple[Setup, list[tuple[str, str]] | None, list[Action]]:
    """The next session's setup, the turns that it is told, and all that it gets."""
    story.loses_its_model(closing)
    while not of(Dial, story.wait(0.01)):
        pass
    actions = story.is_accepted()
    (setup,) = setups(actions)
    commands = [action.command for action in of(ToLive, actions)]
    turns = of(Turns, commands)
    if not turns:
        return setup, None, actions
    assert commands.index(turns[0]) == 1, "before anything else is told"
    assert setup.seeded is turns[0].complete
    return setup, [(turn.role, str(turn.parts[0])) for turn in turns[0].turns], actions


HEARD = [("model", "Hello."), ("user", "My name is Miller."), ("model", "Hello, Ms Miller.")]


@pytest.mark.parametrize("model", [FIRST_ONLY, ANY_TIME])
def test_a_session_that_goes_on_where_the_last_one_was_is_told_nothing(model: str) -> None:
    setup, turns, actions = comes_back(asked_and_answered(model))
    assert (setup.resume, turns, told(actions)) == ("handle", None, [])


@pytest.mark.parametrize("model", [FIRST_ONLY, ANY_TIME])
def test_a_fresh_session_is_told_the_conversation_as_it_was_heard(model: str) -> None:
    setup, turns, actions = comes_back(asked_and_answered(model), DEAD_HANDLE)
    assert (setup.resume, turns, told(actions)) == (None, HEARD, [])
    assert setup.seeded is (model == FIRST_ONLY)


def test_a_model_that_we_do_not_know_is_told_in_one_user_turn() -> None:
    _, turns, _ = comes_back(asked_and_answered("models/whatever"), DEAD_HANDLE)
    assert turns is not None
    ((role, text),) = turns
    assert role == "user"
    assert text.endswith("You: Hello.\nCaller: My name is Miller.\nYou: Hello, Ms Miller.")


def test_of_a_turn_that_was_interrupted_only_what_was_heard_is_told() -> None:
    story = at_rest(model=ANY_TIME)
    story.says(4, "one two three four five six seven eight")
    story.wait(2)
    story.give(live.Interrupted(), live.TurnComplete())
    _, turns, _ = comes_back(story, DEAD_HANDLE)
    assert turns == [("model", "Hello."), ("model", "one two three four")]


def test_what_is_still_being_played_will_be_heard_and_is_told() -> None:
    story = at_rest(model=ANY_TIME)
    story.says(10, "A long story.")
    story.give(live.GenerationComplete())
    story.wait(1)
    _, turns, _ = comes_back(story, DEAD_HANDLE)
    assert turns == [("model", "Hello."), ("model", "A long story.")]


def test_a_session_that_goes_on_is_told_what_happened_since_its_handle() -> None:
    story = asked_and_answered(ANY_TIME)
    story.give(live.CallerSaid("A table for four."))
    story.calls()
    story.has()
    story.says(6, "It is booked.")
    setup, turns, _ = comes_back(story)
    assert setup.resume == "handle"
    assert turns == [
        ("user", "A table for four."),
        ("user", '[Function book({"day": "friday"}) answered {"result": "booked"}]'),
        ("model", "It is booked."),
    ]


def test_a_model_that_takes_no_turns_then_begins_afresh_with_all_of_them() -> None:
    story = asked_and_answered(FIRST_ONLY)
    story.give(live.CallerSaid("A table for four."))
    setup, turns, actions = comes_back(story)
    assert (setup.resume, setup.seeded) == (None, True)
    assert turns == [*HEARD, ("user", "A table for four.")]
    (words,) = told(actions)
    assert '"A table for four."' in words


def test_a_handle_that_is_given_before_a_turn_is_complete_knows_of_none() -> None:
    """Some servers give one right after the setup, which may not know of the turns that it was told then."""
    story = asked_and_answered(ANY_TIME)
    comes_back(story, DEAD_HANDLE)
    story.give(live.Resumable("right after the setup"))
    setup, turns, _ = comes_back(story)
    assert setup.resume == "right after the setup"
    assert turns == HEARD
    exchange(story, "Thanks.", "You are welcome.")
    story.give(live.Resumable("after a turn"))
    setup, turns, _ = comes_back(story)
    assert (setup.resume, turns) == ("after a turn", None)


def test_a_handle_that_nobody_asked_for_is_not_counted_on() -> None:
    story = at_rest(model=ANY_TIME, options=Options(resumption="off"))
    story.give(live.Resumable("handle"))
    setup, turns, _ = comes_back(story)
    assert setup.resume is None
    assert turns == [("model", "Hello.")]


def test_an_answer_that_may_have_been_refused_is_not_sent_again() -> None:
    story = asked_and_answered(ANY_TIME)
    story.give(live.CallerSaid("A table for four."))
    story.calls()
    story.has()
    story.give(*[phone.Heard(b"\x20" * 160)] * 5)
    setup, turns, actions = comes_back(story, Closing(Remedy.FORGET, "closed with 1007"))
    assert setup.resume is None
    assert turns == [*HEARD, ("user", "A table for four.")]
    assert len(told(actions)) == 1, "the caller's question"


def test_a_session_that_is_dialled_before_anything_was_said_is_told_nothing() -> None:
    story = Story(model=FIRST_ONLY)
    story.rings(prewarm=True)
    assert of(Turns, [action.command for action in of(ToLive, story.answers())]) == []
