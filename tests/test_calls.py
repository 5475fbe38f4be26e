"""The calls of a process: what Twilio is told to do next, when the model is dialled, and how calls end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from telephony_agent.calls import PREWARMED, Connect, Refuse
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.record.entries import Apology, Next
from telephony_agent.states import State
from tests.exchange import OTHER, Exchange, an_exchange
from tests.line import NORMAL, POLICY, STOP, in_virtual_time
from tests.story import INCOMING

# What is next.


@in_virtual_time
async def test_next_before_any_stream_is_the_token_that_waits() -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        assert await exchange.asked_next() == Connect(token)


@in_virtual_time
async def test_next_after_a_lost_stream_is_a_new_token_for_the_same_conversation() -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        (await exchange.stream(token)).breaks()
        await asyncio.sleep(1)
        answer = await exchange.asked_next()
        assert isinstance(answer, Connect)
        assert answer.token != token
        assert await exchange.asked_next() == answer, "one unspent token a call"
        await exchange.stream(answer.token)
        assert len(exchange.models.sessions) == 1


@in_virtual_time
async def test_next_before_the_old_stream_is_known_to_be_lost_lets_the_new_one_take_over() -> None:
    async with an_exchange() as exchange:
        old = await exchange.talks()
        answer = await exchange.asked_next()
        assert isinstance(answer, Connect)
        new = await exchange.stream(answer.token)
        assert old.code == POLICY
        assert not new.gone.is_set()
        bridge = await exchange.calls.find(INCOMING.call_sid)
        assert bridge is not None
        assert bridge.call.state is State.TALKING


@in_virtual_time
async def test_next_after_the_end_is_the_end() -> None:
    async with an_exchange() as exchange:
        (await exchange.talks()).says(STOP)
        await asyncio.sleep(1)
        assert await exchange.asked_next() is Next.HANG_UP


@in_virtual_time
async def test_next_after_a_model_that_failed_is_an_apology() -> None:
    async with an_exchange(Closing(Remedy.GIVE_UP, "HTTP 403")) as exchange:
        caller = await exchange.talks()
        assert caller.code == NORMAL
        assert await exchange.asked_next() == Apology()


@in_virtual_time
async def test_next_of_a_call_that_nobody_knows_is_a_new_conversation() -> None:
    async with an_exchange() as exchange:
        answer = await exchange.asked_next()
        assert isinstance(answer, Connect)
        await asyncio.sleep(0.1)
        await exchange.stream(answer.token)
        assert len(exchange.calls) == 1


@in_virtual_time
async def test_next_of_an_unknown_call_is_refused_where_the_line_is_full() -> None:
    async with an_exchange(max_calls=1) as exchange:
        await exchange.token()
        assert isinstance(await exchange.asked_next(OTHER), Refuse)


@in_virtual_time
async def test_an_outcome_is_remembered_for_ten_minutes() -> None:
    async with an_exchange() as exchange:
        (await exchange.talks()).says(STOP)
        await asyncio.sleep(599)
        assert await exchange.asked_next() is Next.HANG_UP
        await asyncio.sleep(2)
        assert isinstance(await exchange.asked_next(), Connect)


@in_virtual_time
async def test_a_call_that_no_stream_follows_is_forgotten_with_its_token() -> None:
    async with an_exchange() as exchange:
        token = await exchange.token()
        await asyncio.sleep(31)
        assert len(exchange.calls) == 0
        assert await exchange.admits(token) is None
        assert await exchange.asked_next() is Next.HANG_UP


# The model is dialled while it rings.


@pytest.mark.parametrize("wanted", [True, False])
@in_virtual_time
async def test_a_ring_dials_the_model_where_that_is_wanted(wanted: bool) -> None:
    async with an_exchange(prewarm=wanted) as exchange:
        await exchange.token()
        assert exchange.dialled == [INCOMING.call_sid] * wanted


@in_virtual_time
async def test_only_so_many_rings_dial_the_model() -> None:
    async with an_exchange(prewarm=True) as exchange:
        for n in range(PREWARMED + 5):
            await exchange.calls.ring(replace(INCOMING, call_sid=f"CA{n:032x}"))
        await asyncio.sleep(0.01)
        assert len(exchange.dialled) == PREWARMED


# The end.


@in_virtual_time
async def test_twilio_may_say_that_a_call_is_over() -> None:
    async with an_exchange() as exchange:
        caller = await exchange.talks()
        await exchange.calls.end(INCOMING.call_sid, "Twilio says: completed")
        await exchange.calls.end(OTHER.call_sid, "Twilio says: completed")
        await asyncio.sleep(0.1)
        assert caller.code == NORMAL
        assert len(exchange.calls) == 0


@in_virtual_time
async def test_a_call_that_is_over_at_once_is_over_and_so_is_its_token() -> None:
    async with an_exchange() as exchange:
        answer = await exchange.calls.ring(INCOMING)
        assert isinstance(answer, Connect)
        await exchange.calls.end(INCOMING.call_sid, "Twilio says: canceled")
        await asyncio.sleep(0.1)
        assert len(exchange.calls) == 0
        assert not await exchange.calls.spend(answer.token, INCOMING.call_sid, INCOMING.account_sid)
        assert await exchange.asked_next() is Next.HANG_UP


@in_virtual_time
async def test_a_shutdown_ends_every_call_and_takes_no_new_one() -> None:
    exchange = Exchange()
    async with exchange.calls.running():
        caller = await exchange.talks()
        await exchange.token(OTHER)
    await exchange.attached
    assert caller.code == NORMAL
    assert exchange.models.sessions[0].gone.is_set()
    assert len(exchange.calls) == 0
    assert isinstance(await exchange.calls.ring(replace(INCOMING, call_sid="CA" + "5" * 32)), Refuse)


@in_virtual_time
async def test_calls_are_refused_before_the_service_runs() -> None:
    assert isinstance(await Exchange().calls.ring(INCOMING), Refuse)
