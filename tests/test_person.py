"""A caller who wants a human being gets what the operator has for that, whatever the model thinks of it."""

from __future__ import annotations

import pytest

from telephony_agent.live import messages as live
from telephony_agent.person import is_asked_for
from telephony_agent.phone import messages as phone
from telephony_agent.phone.playback import Clip
from telephony_agent.record.entries import Apology, CallBack
from telephony_agent.states import State
from telephony_agent.steps import NextAsked, Reply, Requested
from telephony_agent.toolbox.context import CollectDigits
from tests.story import STARTED, Story, of, ringing, talking

SOMEBODY = Apology("Please hold the line.")


@pytest.mark.parametrize(
    "said",
    [
        "Can I speak to a person?",
        "I would like to talk to a real human being, please.",
        "Let me speak with an operator",
        "Please transfer me to an agent.",
        "could you put me through to a representative",
        "Connect me with a live person.",
        "I want a real person!",
        "A person, please.",
        "Operator!",
        "Ich möchte mit einem Menschen sprechen.",
        "Kann ich mit einer Mitarbeiterin reden?",
        "Je voudrais parler à une personne",
        "Quiero hablar con una persona, por favor",
        "Vorrei parlare con un operatore",
        "Kan ik met een medewerker spreken?",
        "Quero falar com um atendente",
    ],
)
def test_plain_words_for_a_person_are_understood(said: str) -> None:
    assert is_asked_for(said)
    assert is_asked_for(f"No, listen. {said.upper()}") or said in ("A person, please.", "Operator!")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "A table for one person, please.",
        "I need a room for a person in a wheelchair.",
        "We are four persons.",
        "I talked to my estate agent yesterday.",
        "Are you a person?",
        "I don't want to speak to a person.",
        "I do not need to talk to a human.",
        "What does the operator of the bus charge?",
        "Ich will nicht mit einem Menschen sprechen.",
        "Ein Tisch für eine Person.",
        "Una mesa para una persona.",
        "How much is it per person?",
    ],
)
def test_other_words_with_a_person_in_them_are_not(said: str) -> None:
    assert not is_asked_for(said)


def asked(story: Story, *pieces: str) -> object:
    """What Twilio is answered after these; None if the call goes on."""
    for piece in pieces:
        story.give(live.CallerSaid(piece))
    return over(story)


def over(story: Story) -> object:
    if story.state is not State.OVER:
        return None
    return of(Reply, story.give(NextAsked()))[0].next


def test_who_asks_for_a_person_has_one_though_the_words_come_in_pieces() -> None:
    assert asked(talking(person=SOMEBODY), "Can I spe", "ak to a", " real per", "son?") is SOMEBODY
    assert asked(talking(person=SOMEBODY), "Can I book a table?") is None


def test_who_is_not_told_otherwise_is_called_back() -> None:
    assert asked(talking(), "Let me talk to a person.") == CallBack()


def test_the_key_zero_is_enough_also_while_the_model_is_away() -> None:
    for story in (talking(person=SOMEBODY), ringing(person=SOMEBODY)):
        if story.state is State.RINGING:
            story.give(STARTED)
        story.give(phone.Pressed("0"))
        story.wait(1.1)
        assert over(story) is SOMEBODY


@pytest.mark.parametrize("keys", ["5", "10", "05"])
def test_other_keys_are_the_model_s(keys: str) -> None:
    story = talking(person=SOMEBODY)
    story.give(*map(phone.Pressed, keys))
    story.wait(1.1)
    assert over(story) is None


def test_a_zero_that_a_function_collects_is_the_function_s() -> None:
    story = talking(person=SOMEBODY)
    story.give(Requested(1, CollectDigits(4, 5.0, "#", False)), phone.Pressed("0"))
    story.wait(2.0)
    assert over(story) is None


def test_what_every_caller_has_to_be_told_is_not_cut_by_a_key() -> None:
    story = Story(clip=Clip("We record this.", b"\x10\x90" * 12_000), recording_notice="We record this.")
    story.rings()
    story.answers()
    assert not of(phone.Clear, [getattr(action, "command", None) for action in story.give(phone.Pressed("5"))])
