"""What a conversation costs."""

from telephony_agent.offline.model.messages import Window
from telephony_agent.offline.model.outgoing import (
    Usage,
)
from telephony_agent.offline.model.tokens import Tokens


def test_each_turn_pays_for_all_before_it() -> None:
    tokens = Tokens()
    tokens.text("x" * 40)
    tokens.heard(2.0)
    assert tokens.turn(4.0) == Usage(prompt_text=10, prompt_audio=50, response_audio=100)
    assert tokens.turn(0.0) == Usage(prompt_text=10, prompt_audio=150, response_audio=0)


def test_the_oldest_turns_are_forgotten_past_the_trigger_and_instructions_never() -> None:
    tokens = Tokens("x" * 40, Window(trigger=100, target=60))
    for _ in range(4):
        tokens.heard(1.0)
        tokens.turn(0.0)
    assert tokens.total == 10 + 50
    assert not tokens.overflow


def test_without_a_window_more_than_the_model_holds_is_too_much() -> None:
    tokens = Tokens(holds=100)
    tokens.heard(4.0)
    assert not tokens.overflow
    tokens.heard(0.1)
    assert tokens.overflow


def test_a_window_that_says_nothing_slides_at_four_fifths_to_half_of_that() -> None:
    tokens = Tokens(window=Window(), holds=1000)
    for _ in range(40):
        tokens.heard(0.8)
        tokens.turn(0.0)
    assert tokens.total == 800
    tokens.heard(0.8)
    tokens.turn(0.0)
    assert tokens.total == 400


def test_new_instructions_replace_the_old() -> None:
    tokens = Tokens("x" * 400)
    tokens.instructed("x" * 40)
    assert tokens.total == 10
