"""What calls will cost, by their length; and that the README's table is what comes out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from telephony_agent.live.setup import TARGET, TRIGGER, Setup, spelled
from telephony_agent.money import forecast, price_file
from telephony_agent.money.forecast import TALK, WINDOWS, Talk, Window, cost, remembered, table, turns
from telephony_agent.money.prices import Price, find
from telephony_agent.offline.model.messages import Window as OfflineWindow
from telephony_agent.offline.model.tokens import Tokens as OfflineTokens
from telephony_agent.record.entries import Tokens

README = Path(__file__).parents[2] / "README.md"
BRIEF = Talk(caller=4.0, agent=6.0, pauses=0.0, standing=100)


@pytest.fixture
def price() -> Price:
    found = find(price_file.known(None), "models/gemini-3.8-live", "gemini")
    assert found is not None
    return found


def test_each_turn_is_billed_for_all_before_it() -> None:
    first, second, third = turns(0.5, None, BRIEF)
    assert first == Tokens(text_in=100, audio_in=100, audio_out=150, transcripts=35)
    assert (second.audio_in, third.audio_in) == (250 + 100, 500 + 100)


def test_past_the_trigger_the_oldest_turns_are_billed_no_more() -> None:
    window = Window(1_000, 500)  # the fourth turn makes it 100 + 4 * 250, of which one turn may stay
    assert [turn.audio_in for turn in turns(1, window, BRIEF)] == [100, 350, 600, 850, 350, 600]


def test_a_forecast_is_what_the_offline_model_sends_as_its_bill() -> None:
    window = OfflineWindow(trigger=3_000, target=1_500)
    tokens = OfflineTokens("x" * 400, window)
    billed = []
    for _ in range(60):
        tokens.heard(BRIEF.caller)
        billed.append(tokens.turn(BRIEF.agent))
    expected = list(turns(10, Window(3_000, 1_500), BRIEF))
    assert [turn.prompt_audio for turn in billed] == [turn.audio_in for turn in expected]
    assert [turn.prompt_text for turn in billed] == [turn.text_in for turn in expected]
    assert [turn.response_audio for turn in billed] == [turn.audio_out for turn in expected]


def test_a_minute_is_cheaper_the_less_is_remembered(price: Price) -> None:
    of_half_an_hour = [cost(price, 30, window) or 0.0 for window in WINDOWS]
    assert all(more > less for more, less in pairwise(of_half_an_hour))
    assert all(more > less for more, less in pairwise(remembered(window) for window in WINDOWS if window))


def test_without_compression_twice_the_length_costs_up_to_four_times_as_much(price: Price) -> None:
    one, two = (cost(price, minutes, None, Talk(standing=0)) or 0.0 for minutes in (60, 120))
    assert 3.8 < two / one < 4
    one, two = (cost(price, minutes, Window(TRIGGER, TARGET)) or 0.0 for minutes in (60, 120))
    assert two / one == pytest.approx(2, rel=0.02)


def test_the_default_of_the_setup_is_a_column_of_the_table() -> None:
    compression = spelled(Setup(model="models/gemini-3.8-live", instructions=""))["contextWindowCompression"]
    default = Window(compression["triggerTokens"], compression["slidingWindow"]["targetTokens"])
    assert default in WINDOWS
    assert default == Window(8_000, 4_000)


def test_the_readme_tells_what_comes_out(price: Price) -> None:
    text = README.read_text()
    head, *rows = table(price)
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    assert "\n".join(lines) in text
    told = " ".join(text.split())
    assert f"at {TRIGGER:,} tokens, down to {TARGET:,}" in told
    shares = f"the caller speaking for {TALK.caller:g} s and the agent for {TALK.agent:g} s of each {TALK.exchange:g} s"
    assert f"{TALK.standing:,} tokens of instructions and functions, {shares}, at {forecast.A_SECOND} tokens a" in told
