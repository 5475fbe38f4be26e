"""What a conversation costs."""

from telephony_agent.offline.model.messages import Function, Setup, Window
from telephony_agent.offline.model.outgoing import (
    Usage,
)
from telephony_agent.offline.model.tokens import Tokens, standing


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


def test_functions_are_charged_for_and_never_forgotten() -> None:
    function = Function("opening_hours", "Tell when we are open.", {"type": "OBJECT"})
    assert standing(Setup(instructions="Be brief.")) == "Be brief."
    assert len(standing(Setup(instructions="Be brief.", functions=(function,)))) > 50


def test_a_call_of_a_function_is_text_that_the_model_has_written() -> None:
    tokens = Tokens()
    tokens.called((("hours", {"day": "Monday"}),))  # 5 letters and 17
    assert tokens.turn(1.0) == Usage(response_text=6, response_audio=25)
    assert tokens.turn(0.0) == Usage(prompt_text=5, prompt_audio=25)


def test_a_session_that_goes_on_is_charged_for_what_was_before_it() -> None:
    tokens = Tokens("x" * 40)
    tokens.heard(2.0)
    tokens.turn(4.0)
    later = Tokens("x" * 40, before=tokens.kept)
    tokens.heard(9.0)
    assert later.turn(0.0) == Usage(prompt_text=10, prompt_audio=150)


def test_new_instructions_replace_the_old() -> None:
    tokens = Tokens("x" * 400)
    tokens.instructed("x" * 40)
    assert tokens.total == 10
