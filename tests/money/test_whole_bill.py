"""Whole calls on a virtual clock and what they cost: the offline model counts as Google does, our table has prices."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from telephony_agent.live.messages import TurnComplete
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.faults import GoesAway, RestsOnSearch
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.record.entries import AgentTurn, Bill, Billed, Outcome, Searched, Tokens
from tests import virtual
from tests.house import House, calling
from tests.notebook import keeping_notes, spoken
from tests.test_whole_call import AGENT, speech
from tests.test_whole_rotation import AGENT as PATIENT
from tests.test_whole_rotation import NAME, QUESTION

VERTEX = "gemini-live-2.5-flash-native-audio"
HELLO, ANSWER = "Hello, how can I help you?", "On Tuesday from five to ten."


def bills(house: House) -> list[Billed]:
    return [entry for entry in house.entries if isinstance(entry, Billed)]


def total(house: House) -> Bill:
    (outcome,) = [entry for entry in house.entries if isinstance(entry, Outcome)]
    return outcome.bill


@pytest.mark.parametrize("model", MODELS)
def test_every_turn_has_a_bill_at_the_model_s_prices(model: str) -> None:
    async def call() -> None:
        faculties = scripted(
            Say(HELLO), calls("opening_hours", day="Tuesday"), Say(ANSWER), transcripts=["When are you open?"]
        )
        async with calling(AGENT, faculties, model=model) as (phone, house):
            await phone.hears()
            await phone.says(speech())
            await phone.hears()
            await asyncio.sleep(1)
        turns = bills(house)
        assert len(turns) == sum(isinstance(step, TurnComplete) for _, step in house.steps)
        assert total(house).tokens == sum((each.tokens for each in turns), Tokens())
        assert total(house).usd == pytest.approx(sum(each.usd or 0.0 for each in turns))
        assert all(each.usd for each in turns)
        assert all(less.tokens.inward <= more.tokens.inward for less, more in pairwise(turns)), "all is billed again"
        said_ms = sum(entry.sent_ms for entry in house.entries if isinstance(entry, AgentTurn))
        assert total(house).tokens.audio_out == pytest.approx(said_ms / 1000 * 25, abs=2)
        assert total(house).tokens.text_out > 5, "the call of the function"
        assert total(house).tokens.audio_in >= 0.6 * 25
        assert turns[0].tokens.text_in > 50, "instructions and functions"
        assert total(house).tokens.transcripts >= len(HELLO + ANSWER) // 4

    virtual.run(call())


def test_the_sum_is_what_the_table_makes_of_it() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say(HELLO)), model="gemini-3.8-live") as (phone, house):
            await phone.hears()
            await asyncio.sleep(1)
        tokens = total(house).tokens
        assert tokens == Tokens(
            text_in=tokens.text_in, audio_in=tokens.audio_in, audio_out=tokens.audio_out, transcripts=tokens.transcripts
        )
        by_hand = tokens.text_in * 0.75 + tokens.audio_in * 3 + tokens.audio_out * 12 + tokens.transcripts * 4.5
        assert total(house).usd == pytest.approx(by_hand / 1_000_000)

    virtual.run(call())


def test_the_offline_model_s_own_name_has_no_price() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say(HELLO))) as (phone, house):
            await phone.hears()
            await asyncio.sleep(1)
        assert [each.usd for each in bills(house)] == [None]
        assert (total(house).usd, total(house).tokens.audio_out > 0) == (None, True)

    virtual.run(call())


@pytest.mark.parametrize(("model", "fee"), [("gemini-3.8-live", 0.014), (VERTEX, 0.035)])
def test_what_an_answer_rests_on_is_kept_and_paid_for(model: str, fee: float) -> None:
    async def call() -> None:
        faculties = scripted(Say(HELLO), Say("At twelve."), transcripts=["When is noon?"])
        async with calling(replace(AGENT, search=True), faculties, model=model) as (phone, house):
            await phone.hears()
            house.fail(RestsOnSearch("when is noon", "Noon", "https://a.example"))
            await phone.says(speech())
            await phone.hears()
            await asyncio.sleep(1)
        (searched,) = [entry for entry in house.entries if isinstance(entry, Searched)]
        assert (searched.queries, searched.pages) == (["when is noon"], [("Noon", "https://a.example")])
        assert searched.suggestions.startswith("<div>")
        assert searched.usd == fee
        assert total(house).searches == 1
        assert total(house).usd == pytest.approx(fee + sum(each.usd or 0.0 for each in bills(house)))

    virtual.run(call())


@pytest.mark.parametrize("model", ["gemini-3.8-live", VERTEX])
def test_another_session_is_billed_for_what_was_said_in_the_one_before(model: str) -> None:
    async def call() -> None:
        async with calling(PATIENT, keeping_notes(NAME, QUESTION), model=model) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            await asyncio.sleep(1)
            house.fail(GoesAway(50))
            await asyncio.sleep(5)
            assert len(house.sessions) == 2
            before = len(bills(house))
            await phone.says(spoken(1))
            await phone.hears()
            await asyncio.sleep(1)
        assert bills(house)[before].tokens.audio_in > bills(house)[before - 1].tokens.audio_in

    virtual.run(call())


def test_a_call_that_has_cost_as_much_as_it_may_says_goodbye_and_ends() -> None:
    async def call() -> None:
        agent = replace(AGENT, dearest_call=0.0001)
        faculties = scripted(Say(HELLO), Say("I must end here. Goodbye!"), Say("Too late."))
        async with calling(agent, faculties, model="gemini-3.8-live") as (phone, house):
            ending = await phone.ended()
        assert (ending.status, ending.by) == ("completed", "service")
        (outcome,) = [entry for entry in house.entries if isinstance(entry, Outcome)]
        assert outcome.why == "the call has cost as much as it may"
        turns = [entry for entry in house.entries if isinstance(entry, AgentTurn)]
        assert [turn.heard for turn in turns] == [HELLO, "I must end here. Goodbye!"]

    virtual.run(call())
