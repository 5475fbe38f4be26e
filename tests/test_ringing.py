"""Calls that come in: who gets a token, for what it is good, and who is turned away with what."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from telephony_agent import Agent, Hours, Switchboard
from telephony_agent.agent import ENDED, OUR_FAULT, IncomingCall
from telephony_agent.calls import Connect, Refuse, Wait
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone.messages import Started
from telephony_agent.phone.playback import Clip
from telephony_agent.record.entries import Apology, Began, CallBack, Next, Noted, Outcome, Transfer, Voicemail
from telephony_agent.states import ROUNDS
from tests.ends import content
from tests.exchange import OTHER, an_exchange
from tests.line import AGENT, STOP, in_virtual_time
from tests.story import INCOMING

# Tokens.


@in_virtual_time
async def test_a_token_lets_one_stream_in() -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        assert await exchange.admits(token) is not None
        assert await exchange.admits(token) is None


@pytest.mark.parametrize(("age", "good"), [(29.8, True), (30.0, False), (60.0, False)])
@in_virtual_time
async def test_a_token_is_good_for_thirty_seconds(age: float, good: bool) -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        await asyncio.sleep(age)
        assert (await exchange.admits(token) is not None) is good


@pytest.mark.parametrize(("age", "good"), [(29.8, True), (30.0, False)])
@in_virtual_time
async def test_a_token_ages_though_its_call_goes_on(age: float, good: bool) -> None:
    async with an_exchange(agent=replace(AGENT, idle_after=60.0)) as exchange:
        await exchange.talks()
        token = (await exchange.calls.mint(INCOMING.call_sid, INCOMING.account_sid)).token
        exchange.models.sessions[-1].says(content(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT"))
        await asyncio.sleep(age)
        assert len(exchange.calls) == 1
        assert await exchange.calls.spend(token, INCOMING.call_sid, INCOMING.account_sid) is good


@in_virtual_time
async def test_a_token_is_for_its_call_and_its_account_only() -> None:
    async with an_exchange() as exchange:
        token, other = await exchange.token(), await exchange.token(OTHER)
        assert token != other
        assert await exchange.admits(token, OTHER) is None
        assert await exchange.admits(other, INCOMING) is None
        assert await exchange.admits(token, account="AC" + "7" * 32) is None


@pytest.mark.parametrize("guess", ["", "x", "é", "a" * 43])
@in_virtual_time
async def test_a_wrong_token_lets_nobody_in_and_spoils_nothing(guess: str) -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        assert await exchange.admits(guess) is None
        assert await exchange.admits(token) is not None


@in_virtual_time
async def test_a_stream_without_a_token_is_not_let_in() -> None:
    async with an_exchange() as exchange:
        await exchange.token()
        bare = Started("MZ" + "2" * 32, INCOMING.call_sid, INCOMING.account_sid, {})
        assert await exchange.calls.admit(bare) is None


@in_virtual_time
async def test_a_stream_of_an_unknown_call_is_not_let_in() -> None:
    async with an_exchange() as exchange:
        assert await exchange.admits("x", OTHER) is None


@in_virtual_time
async def test_tokens_are_long_and_random() -> None:
    async with an_exchange() as exchange:
        tokens = {await exchange.token(replace(INCOMING, call_sid=f"CA{n:032x}")) for n in range(20)}
        assert len(tokens) == 20
        assert min(map(len, tokens)) >= 43  # 256 bits


# Ringing.


@in_virtual_time
async def test_a_repeated_ring_has_the_same_answer_while_no_stream_is_there() -> None:
    async with an_exchange() as exchange:
        first = await exchange.calls.ring(INCOMING)
        await asyncio.sleep(5)
        assert await exchange.calls.ring(INCOMING) == first
        assert len(exchange.calls) == 1


@in_virtual_time
async def test_rings_that_cross_while_an_agent_is_chosen_are_one_call() -> None:
    async def choose(incoming: IncomingCall) -> Agent:
        await asyncio.sleep(0.5)
        return AGENT

    async with an_exchange(agent=choose) as exchange:
        first, second = await asyncio.gather(exchange.calls.ring(INCOMING), exchange.calls.ring(INCOMING))
        assert first == second
        assert len(exchange.calls) == 1


@in_virtual_time
async def test_rings_that_cross_while_no_agent_is_chosen_are_still_one_call() -> None:
    asked = 0

    async def choose(incoming: IncomingCall) -> Agent:
        nonlocal asked
        asked += 1
        await asyncio.sleep(3.0 if asked == 1 else 0.1)  # the first time, longer than a phone may ring
        return AGENT

    async with an_exchange(agent=choose) as exchange:
        answers = await asyncio.gather(*(exchange.calls.ring(INCOMING) for _ in range(5)))
        assert isinstance(answers[0], Refuse)
        assert isinstance(answers[1], Connect)
        assert set(answers[1:]) == {answers[1]}
        assert len(exchange.calls) == 1


@pytest.mark.parametrize("status", ENDED)
@in_virtual_time
async def test_a_call_that_has_ended_gets_no_stream_and_no_model(status: str) -> None:
    over = replace(INCOMING, parameters={"CallStatus": status})
    async with an_exchange(prewarm=True) as exchange:
        assert await exchange.calls.ring(over) is Next.HANG_UP
        assert await exchange.asked_next(over) is Next.HANG_UP
        assert exchange.dialled == []
        assert len(exchange.calls) == 0


@pytest.mark.parametrize("dialled", ["", "no-answer", "canceled"])
@in_virtual_time
async def test_a_caller_who_is_gone_when_twilio_asks_what_follows_is_not_waited_for(dialled: str) -> None:
    over = replace(INCOMING, parameters={"CallStatus": "completed", "DialCallStatus": dialled})
    async with an_exchange() as exchange:
        caller = await exchange.talks()
        caller.breaks()
        await asyncio.sleep(1)
        assert len(exchange.calls) == 1
        assert await exchange.asked_next(over) is Next.HANG_UP
        await asyncio.sleep(0.1)
        assert len(exchange.calls) == 0


@in_virtual_time
async def test_a_stream_that_is_refused_again_and_again_ends_in_words_and_its_token_is_one() -> None:
    async with an_exchange() as exchange:
        first = await exchange.calls.ring(INCOMING)
        for _ in range(ROUNDS):
            await asyncio.sleep(0.5)
            assert await exchange.asked_next() == first
        assert await exchange.asked_next() == AGENT.fallback
        assert await exchange.asked_next() == AGENT.fallback
        await asyncio.sleep(0.1)
        assert len(exchange.calls) == 0


@in_virtual_time
async def test_a_ring_while_the_stream_is_there_changes_nothing() -> None:
    async with an_exchange() as exchange:
        caller = await exchange.talks()
        assert await exchange.calls.ring(INCOMING) == Wait()
        assert not caller.gone.is_set()


@in_virtual_time
async def test_a_ring_after_the_end_is_answered_as_next_would_be() -> None:
    async with an_exchange() as exchange:
        (await exchange.talks()).says(STOP)
        await asyncio.sleep(1)
        assert await exchange.calls.ring(INCOMING) is Next.HANG_UP


@in_virtual_time
async def test_a_line_that_is_full_refuses_and_has_room_again() -> None:
    async with an_exchange(max_calls=1) as exchange:
        caller = await exchange.talks()
        assert exchange.calls.full
        assert isinstance(await exchange.calls.ring(OTHER), Refuse)
        caller.says(STOP)
        await asyncio.sleep(1)
        assert isinstance(await exchange.calls.ring(OTHER), Connect)


@in_virtual_time
async def test_calls_whose_agent_is_being_chosen_count() -> None:
    async def choose(incoming: IncomingCall) -> Agent:
        await asyncio.sleep(0.5)
        return AGENT

    async with an_exchange(agent=choose, max_calls=1) as exchange:
        answers = await asyncio.gather(exchange.calls.ring(INCOMING), exchange.calls.ring(OTHER))
        assert [type(answer) for answer in answers] == [Connect, Refuse]


@in_virtual_time
async def test_a_coroutine_chooses_the_agent() -> None:
    async def choose(incoming: IncomingCall) -> Agent | None:
        await asyncio.sleep(1)
        return None if incoming is OTHER else AGENT

    async with an_exchange(agent=choose) as exchange:
        assert isinstance(await exchange.calls.ring(INCOMING), Connect)
        assert isinstance(await exchange.calls.ring(OTHER), Refuse)


@in_virtual_time
async def test_outside_opening_hours_no_call_begins_and_every_question_has_the_same_answer() -> None:
    shut = replace(AGENT, hours=Hours(timezone="UTC", week={}))
    async with an_exchange(agent=shut) as exchange:
        for _ in range(2):
            assert await exchange.calls.ring(INCOMING) == shut.closed
        assert len(exchange.calls) == 0
        assert exchange.models.sessions == []


@in_virtual_time
async def test_a_notice_that_is_not_in_a_clip_goes_before_the_first_stream_and_no_later_one() -> None:
    """Twilio says it: nothing of the call can be stored before."""
    agent = replace(AGENT, recording_notice="Wir zeichnen auf.", language="de-DE")
    async with an_exchange(agent=agent) as exchange:
        answer = await exchange.calls.ring(INCOMING)
        assert isinstance(answer, Connect)
        assert (answer.notice, answer.language) == ("Wir zeichnen auf.", "de-DE")
        assert await exchange.calls.ring(INCOMING) == answer
        caller = await exchange.stream(answer.token)
        caller.breaks()
        await asyncio.sleep(0.5)
        again = await exchange.asked_next()
        assert isinstance(again, Connect)
        assert again.notice == ""


@in_virtual_time
async def test_a_notice_that_is_in_a_clip_is_not_said_twice() -> None:
    agent = replace(AGENT, recording_notice="We record this.")
    async with an_exchange(agent=agent, opening=lambda agent: Clip(agent.opening, b"\x10" * 8000)) as exchange:
        answer = await exchange.calls.ring(INCOMING)
        assert isinstance(answer, Connect)
        assert answer.notice == ""
        caller = await exchange.stream(answer.token)
        assert "media" in list(caller.kinds())


@in_virtual_time
async def test_who_is_put_through_outside_opening_hours_and_reaches_nobody_is_offered_a_call_back() -> None:
    night = Transfer("+15550100099")
    async with an_exchange(agent=replace(AGENT, hours=Hours(timezone="UTC", week={}), closed=night)) as exchange:
        for _ in range(2):
            assert await exchange.calls.ring(INCOMING) == night
        unanswered = replace(INCOMING, parameters={"DialCallStatus": "no-answer"})
        assert await exchange.asked_next(unanswered) == CallBack()
        assert len(exchange.entries[INCOMING.call_sid]) == 2


def pressed(key: str, incoming: IncomingCall = OTHER) -> IncomingCall:
    return replace(incoming, parameters={"Digits": key})


@in_virtual_time
async def test_a_line_that_is_full_offers_to_call_back_and_keeps_who_takes_it() -> None:
    offer = CallBack("All lines are busy. Press 1.", "Thanks.", "en-GB")
    async with an_exchange(agent=replace(AGENT, busy=offer), max_calls=1) as exchange:
        await exchange.talks()
        for _ in range(2):
            assert await exchange.calls.ring(OTHER) == offer
        for _ in range(2):  # Twilio may ask twice
            assert await exchange.asked_next(pressed("1")) == Apology("Thanks.", "en-GB")
        began, over, noted = exchange.entries[OTHER.call_sid]
        assert isinstance(began, Began)
        assert isinstance(over, Outcome)
        assert isinstance(noted, Noted)
        assert (noted.kind, noted.facts["From"]) == ("call-back", OTHER.caller)
        assert len(exchange.calls) == 1


@pytest.mark.parametrize("caller", ["anonymous", "", "sip:ann@example.com"])
@in_virtual_time
async def test_who_has_no_number_is_asked_for_a_message_instead(caller: str) -> None:
    async with an_exchange(agent=replace(AGENT, busy=CallBack()), max_calls=1) as exchange:
        await exchange.talks()
        assert await exchange.calls.ring(replace(OTHER, caller=caller)) == Voicemail()


@in_virtual_time
async def test_who_has_no_number_and_is_left_by_the_model_is_asked_for_a_message_too() -> None:
    no_quota, nameless = Closing(Remedy.WAIT, "the quota is used up"), replace(INCOMING, caller="anonymous")
    async with an_exchange(no_quota, agent=replace(AGENT, busy=CallBack())) as exchange:
        await exchange.stream(await exchange.token(nameless), nameless)
        await asyncio.sleep(1)
        assert await exchange.asked_next(pressed("1", nameless)) == Voicemail()
        assert not [entry for entry in exchange.entries[nameless.call_sid] if isinstance(entry, Noted)]


@in_virtual_time
async def test_whom_we_call_is_called_back_at_their_own_number() -> None:
    no_quota, ours = Closing(Remedy.WAIT, "the quota is used up"), replace(INCOMING, direction="outbound-api")
    async with an_exchange(no_quota, agent=replace(AGENT, busy=CallBack())) as exchange:
        await exchange.stream(await exchange.token(ours), ours)
        await asyncio.sleep(1)
        await exchange.asked_next(pressed("1", ours))
        noted = exchange.entries[ours.call_sid][-1]
        assert isinstance(noted, Noted)
        assert noted.facts == {"From": ours.called, "To": ours.caller}


@in_virtual_time
async def test_whom_we_call_never_hears_that_the_line_is_busy() -> None:
    ours = replace(OTHER, direction="outbound-api")
    async with an_exchange(max_calls=1) as exchange:
        await exchange.talks()
        assert await exchange.calls.ring(ours) == OUR_FAULT
    async with an_exchange(agent=lambda incoming: None) as exchange:
        assert await exchange.calls.ring(ours) == OUR_FAULT


@in_virtual_time
async def test_who_takes_no_offer_is_not_called_back() -> None:
    async with an_exchange(agent=replace(AGENT, busy=CallBack()), max_calls=1) as exchange:
        await exchange.talks()
        await exchange.calls.ring(OTHER)
        assert await exchange.asked_next(pressed("5")) is Next.HANG_UP
        assert not [entry for entry in exchange.entries[OTHER.call_sid] if isinstance(entry, Noted)]


@in_virtual_time
async def test_a_switchboard_that_is_full_has_the_words_of_its_other_agent() -> None:
    async def choose(incoming: IncomingCall) -> Agent:
        await asyncio.sleep(0.5)
        return AGENT

    line = Switchboard(choose, replace(AGENT, busy=Apology("Full.")))
    async with an_exchange(agent=line, max_calls=1) as exchange:
        answers = await asyncio.gather(exchange.calls.ring(INCOMING), exchange.calls.ring(OTHER))
        assert answers[1] == Apology("Full.")


@in_virtual_time
async def test_a_model_without_quota_is_a_busy_line_too() -> None:
    no_quota = Closing(Remedy.WAIT, "the quota is used up")
    async with an_exchange(no_quota, agent=replace(AGENT, busy=CallBack())) as exchange:
        await exchange.talks()
        await asyncio.sleep(1)
        assert await exchange.asked_next() == CallBack()
        assert await exchange.asked_next(pressed("1", INCOMING)) == Apology(CallBack().thanks)


@in_virtual_time
async def test_who_speaks_to_a_caller_is_known_while_the_call_is_up_and_after_it_and_where_none_was_taken() -> None:
    night = replace(AGENT, name="night", hours=Hours(timezone="UTC", week={}), closed=Apology("Good night."))
    agent = replace(AGENT, hours=Hours(timezone="UTC", week={}), closed=night)
    async with an_exchange(agent=agent) as exchange:
        assert exchange.calls.speaker(INCOMING.call_sid) is None
        await exchange.calls.ring(INCOMING)
        assert exchange.calls.speaker(INCOMING.call_sid) is night
    async with an_exchange(agent=AGENT) as exchange:
        caller = await exchange.talks()
        assert exchange.calls.speaker(INCOMING.call_sid) is AGENT
        caller.says(STOP)
        await asyncio.sleep(1)
        assert exchange.calls.speaker(INCOMING.call_sid) is AGENT
