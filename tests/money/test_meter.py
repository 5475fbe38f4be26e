"""What a call has used: tokens by kind, searches, and the limit of it all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from telephony_agent import briefing
from telephony_agent.agent import Agent
from telephony_agent.live import messages as live
from telephony_agent.live.messages import Grounded, Usage
from telephony_agent.live.tokens import estimate
from telephony_agent.money.meter import Meter, counted, unkept
from telephony_agent.money.prices import Price
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Bill, Billed, Next, Searched, Tokens
from telephony_agent.states import State
from telephony_agent.steps import HangUp, NextAsked, StreamLost
from tests.story import STARTED, Story, of, talking, told
from tests.test_states import LEADS, wildly

PRICE = Price(
    models=("any",),
    as_of=dt.date(2026, 11, 22),
    source="this test",
    text_in=1.0,
    audio_in=2.0,
    text_out=4.0,
    audio_out=10.0,
    search=0.01,
)
NO_FEE = msgspec.structs.replace(PRICE, search=None)
TURN = Usage(300, 100, 400, prompt_by_kind={"TEXT": 100, "AUDIO": 200}, response_by_kind={"AUDIO": 100})
TURN_USD = (100 * 1 + 200 * 2 + 100 * 10) / 1_000_000
NOON = Grounded({}, ["noon", "when is noon"], [("Noon", "https://a.example")], "<b>noon</b>")


def about(usd: float) -> Any:
    return pytest.approx(usd)


# Tokens by kind.


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (TURN, Tokens(text_in=100, audio_in=200, audio_out=100)),
        (Usage(187, 57, 244, prompt_by_kind={"TEXT": 154}), Tokens(text_in=154, untold_in=33, untold_out=57)),
        (Usage(10, 5, 15, thoughts=7, cached=4), Tokens(untold_in=10, untold_out=5, thoughts=7, cached=4)),
        (
            Usage(10, 0, 10, prompt_by_kind={"TEXT": 10}, tool_use=50, tool_use_by_kind={"TEXT": 40, "IMAGE": 5}),
            Tokens(text_in=50, image_in=5, untold_in=5, tool_use=50),
        ),
        (
            Usage(9, 3, 12, 0, 0, {"DOCUMENT": 4, "VIDEO": 5}, {"VIDEO": 3}),
            Tokens(video_in=5, untold_in=4, video_out=3),
        ),
        (Usage(1, 1, 2, 0, 0, {"TEXT": 5}, {"AUDIO": 5}), Tokens(text_in=5, audio_out=5)),
        (Usage(0, 0, 0), Tokens()),
    ],
    ids=[
        "all told",
        "some untold",
        "thoughts",
        "tools of Google's",
        "other kinds",
        "more told than counted",
        "nothing",
    ],
)
def test_tokens_are_told_apart_by_way_and_kind(usage: Usage, tokens: Tokens) -> None:
    assert counted(usage) == tokens


def test_both_ways_are_summed() -> None:
    tokens = Tokens(text_in=1, audio_in=2, image_in=3, video_in=4, untold_in=5, text_out=6, audio_out=7, thoughts=9)
    assert (tokens.inward, tokens.outward) == (15, 13)
    assert (tokens + tokens).audio_in == 4


# Turns and searches.


def test_each_turn_has_its_bill_and_the_call_their_sum() -> None:
    meter = Meter(PRICE)
    assert meter.turn(TURN, 1.0) == [Billed(1.0, counted(TURN), about(TURN_USD))]
    meter.turn(TURN, 2.0)
    assert meter.bill == Bill(counted(TURN) + counted(TURN), 0, about(2 * TURN_USD))
    assert meter.spent == about(2 * TURN_USD)


def test_transcripts_are_counted_by_us_for_google_s_counts_leave_them_out() -> None:
    meter = Meter(PRICE)
    meter.transcribed("Good ")
    meter.transcribed("day to you.")
    (billed,) = meter.turn(Usage(0, 0, 0), 1.0)
    assert billed == Billed(1.0, Tokens(transcripts=estimate("Good day to you.")), about(4 * 4 / 1_000_000))
    (billed,) = meter.turn(Usage(0, 0, 0), 2.0)
    assert isinstance(billed, Billed)
    assert billed.tokens == Tokens()


def test_what_a_turn_rests_on_is_kept_once_and_its_fee_is_paid() -> None:
    meter = Meter(PRICE)
    for _ in range(2):
        meter.grounded(NOON)
    searched, billed = meter.turn(TURN, 1.0)
    assert searched == Searched(
        1.0, ["noon", "when is noon"], [("Noon", "https://a.example")], "<b>noon</b>", about(0.02)
    )
    assert isinstance(billed, Billed)
    assert meter.bill == Bill(counted(TURN), 2, about(TURN_USD + 0.02))
    assert len(meter.turn(TURN, 2.0)) == 1


def test_a_fee_by_the_answer_is_paid_once_for_all_its_queries() -> None:
    meter = Meter(msgspec.structs.replace(PRICE, search_by="answer"))
    meter.grounded(NOON)
    meter.turn(TURN, 1.0)
    assert (meter.bill.searches, meter.bill.usd) == (1, about(TURN_USD + 0.01))


def test_without_a_price_nothing_is_said_to_cost_nothing() -> None:
    meter = Meter(None)
    assert meter.bill.usd == 0.0
    meter.grounded(NOON)
    searched, billed = meter.turn(TURN, 1.0)
    assert [searched.usd, billed.usd, meter.bill.usd] == [None] * 3
    assert meter.spent == 0.0


def test_a_fee_that_nobody_knows_makes_the_sum_unknown_and_keeps_what_is_known() -> None:
    meter = Meter(NO_FEE)
    meter.grounded(NOON)
    searched, billed = meter.turn(TURN, 1.0)
    assert (searched.usd, billed.usd, meter.bill.usd) == (None, about(TURN_USD), None)
    assert meter.spent == about(TURN_USD)


# In a call.


def test_a_call_keeps_the_bill_of_each_turn_and_what_it_was_looked_up_with() -> None:
    story = talking(price=PRICE)
    story.give(live.CallerSaid("When is noon?"), NOON, live.AgentSaid("At twelve."), live.TurnComplete(), TURN)
    assert [type(entry) for entry in story.records if isinstance(entry, Billed | Searched)] == [Searched, Billed]
    story.give(phone.Stopped())
    assert story.hung_up is not None
    assert (story.hung_up.bill.searches, story.hung_up.bill.tokens.audio_in) == (2, 200)
    assert story.hung_up.bill.tokens.transcripts == estimate("When is noon?At twelve.")


def test_a_search_whose_turn_was_never_billed_is_kept_all_the_same() -> None:
    story = talking(price=PRICE)
    story.give(NOON, phone.Stopped())
    assert [entry.usd for entry in of(Searched, story.records)] == [about(0.02)]
    assert story.hung_up is not None
    assert story.hung_up.bill.usd == about(0.02)


# The limit: the tenth turn is one too many.

DEAREST = 9.5 * TURN_USD
AGENTS: dict[str, dict[str, Any]] = {
    "the call has cost as much as it may": {"price": PRICE, "dearest_call": DEAREST},
    "the call has lasted as long as it may": {"longest_call": 60},
}


def turns(story: Story, number: int) -> list[str]:
    """What the model is told after so many."""
    return told([action for _ in range(number) for action in story.give(live.TurnComplete(), TURN)])


def at_the_limit(why: str) -> Story:
    """The call has just come to it, one or the other."""
    story = talking(idle_after=600, **AGENTS[why])
    ends = told(story.wait(60)) if "longest_call" in AGENTS[why] else turns(story, 10)
    assert ends == [briefing.TIME_IS_UP]
    assert story.state is State.LEAVING
    return story


def test_a_call_may_cost_as_much_as_its_limit_and_no_more() -> None:
    story = talking(price=PRICE, dearest_call=DEAREST)
    assert turns(story, 9) == []
    assert turns(story, 1) == [briefing.TIME_IS_UP]


@pytest.mark.parametrize("why", AGENTS)
def test_a_call_at_its_limit_ends_when_its_goodbye_was_heard(why: str) -> None:
    story = at_the_limit(why)
    story.says(1, "We must end here. Goodbye.")
    story.ends_its_turn()
    assert of(HangUp, story.give(TURN) + story.wait(1.1)) == []
    story.echoes()
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (why, Next.HANG_UP)


@pytest.mark.parametrize("why", AGENTS)
def test_who_talks_over_the_goodbye_has_another_minute_and_is_told_once(why: str) -> None:
    story = at_the_limit(why)
    story.says(2, "Goodbye.")
    story.give(live.Interrupted())
    assert turns(story, 3) == []
    waited = story.wait(59.9)
    assert (told(waited), of(HangUp, waited)) == ([], [])
    (over,) = of(HangUp, story.wait(0.2))
    assert over.outcome.why == why


@pytest.mark.parametrize("why", AGENTS)
def test_that_a_call_is_at_its_limit_may_interrupt_the_model_itself(why: str) -> None:
    story = at_the_limit(why)
    story.give(live.Interrupted())
    assert story.state is State.LEAVING


def test_a_caller_without_a_stream_is_not_given_up_for_money() -> None:
    story = talking(price=PRICE, dearest_call=DEAREST)
    turns(story, 9)
    story.give(StreamLost(), NextAsked())
    assert turns(story, 1) == []
    assert story.state is State.AWAY
    story.give(STARTED)
    assert turns(story, 1) == [briefing.TIME_IS_UP]


@pytest.mark.parametrize("situation", LEADS, ids=lambda situation: situation.__name__)
def test_the_last_affordable_turn_ends_a_talk_and_nothing_else(situation: Callable[..., Story]) -> None:
    story = wildly(situation(price=PRICE, dearest_call=TURN_USD / 2))
    before = story.state
    ends = turns(story, 1) == [briefing.TIME_IS_UP]
    assert ends == (before is State.TALKING)
    assert story.state is (State.LEAVING if ends else before)
    story.to_the_end()


def test_nothing_is_ended_without_a_limit() -> None:
    story = talking(price=PRICE)
    assert turns(story, 1000) == []
    assert story.state is State.TALKING


def test_a_limit_that_nobody_can_keep_is_told_of() -> None:
    agent = Agent(instructions="Any.", dearest_call=0.5)
    searching = Agent(instructions="Any.", dearest_call=0.5, search=True)
    assert unkept(agent, PRICE) == unkept(agent, NO_FEE) == unkept(searching, PRICE) == ""
    assert unkept(Agent(instructions="Any."), None) == ""
    assert unkept(agent, None).startswith("dearest_call of agent 'agent' can't be kept: no price of the model is known")
    assert "no price of a search is known" in unkept(searching, NO_FEE)


def test_a_call_says_at_its_start_that_its_limit_can_t_be_kept(caplog: pytest.LogCaptureFixture) -> None:
    story = talking(dearest_call=DEAREST)
    assert [record.levelname for record in caplog.records if "dearest_call" in record.message] == ["WARNING"]
    assert turns(story, 100) == []
