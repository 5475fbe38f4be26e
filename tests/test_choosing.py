"""Who answers a call: whatever an operator's function does, and outside opening hours."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from telephony_agent import Agent, Callers, Hours, IncomingCall, Switchboard
from telephony_agent import choosing as room
from telephony_agent.agent import CLOSED, OUR_FAULT, Order, TurnedAway
from telephony_agent.choosing import Choosing
from telephony_agent.record.entries import Apology, Fallback
from telephony_agent.toolbox.run import Pool
from tests.story import INCOMING

pytestmark = pytest.mark.anyio

DAY = Agent(instructions="Be kind.", name="day")
NIGHT = Agent(instructions="Be brief.", name="night")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEKDAYS = Hours(timezone="UTC", week={"mon-fri": "09:00-18:00"})
GO_AWAY = Apology("This number can't be reached from yours. Goodbye.")


async def chosen(agent: Any, incoming: IncomingCall = INCOMING, at: datetime = MONDAY) -> Agent | Fallback | None:
    answer = await Choosing(agent, "models/gemini-3.8-live", Pool(), lambda: at).choose(incoming)
    return answer.answer if isinstance(answer, TurnedAway) else answer


async def test_a_plain_function_chooses_by_the_call_in_a_thread() -> None:
    threads: list[threading.Thread] = []

    def choose(incoming: IncomingCall) -> Agent | None:
        threads.append(threading.current_thread())
        return DAY if incoming.called == INCOMING.called else None

    assert await chosen(choose) is DAY
    assert await chosen(choose, replace(INCOMING, called="+15550100009")) is None
    assert threading.main_thread() not in threads


async def test_a_coroutine_chooses_in_the_loop() -> None:
    async def choose(incoming: IncomingCall) -> Agent:
        asyncio.get_running_loop()
        return DAY

    def choose_later(incoming: IncomingCall) -> Awaitable[Agent]:
        return choose(incoming)

    assert await chosen(choose) is DAY
    assert await chosen(choose_later) is DAY


def fails(incoming: IncomingCall) -> Agent:
    raise OSError("the table of agents can't be read")


def takes_long(incoming: IncomingCall) -> Agent:
    time.sleep(0.3)
    return DAY


async def waits_long(incoming: IncomingCall) -> Agent:
    await asyncio.sleep(60)
    return DAY


def does_not_fit(incoming: IncomingCall) -> Agent:
    return replace(DAY, voice="Bob")


def leaves(incoming: IncomingCall) -> Agent:
    sys.exit("no")


async def leaves_the_loop(incoming: IncomingCall) -> Agent:
    sys.exit("no")


async def waits_for_what_is_cancelled(incoming: IncomingCall) -> Agent:
    nothing: asyncio.Future[Agent] = asyncio.get_running_loop().create_future()
    nothing.cancel()
    return await nothing


def is_no_agent(incoming: IncomingCall) -> Any:
    return "tools.restaurant:agent"


BAD = [fails, takes_long, waits_long, does_not_fit, is_no_agent, leaves, leaves_the_loop, waits_for_what_is_cancelled]


@pytest.mark.parametrize("choose", BAD)
async def test_a_function_that_fails_costs_nobody_the_call(
    choose: Callable[[IncomingCall], Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.1)
    assert await chosen(Switchboard(choose, NIGHT)) is NIGHT
    assert await chosen(choose) is None
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert all("does not suit: it has no voice" in error for error in errors)
    assert bool(errors) is (choose is does_not_fit)  # which the operator has to mend
    caplog.clear()


async def test_a_slow_plain_function_does_not_hold_up_other_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.1)
    before = time.monotonic()
    assert await chosen(Switchboard(takes_long, NIGHT)) is NIGHT
    assert time.monotonic() - before < 0.25


async def test_what_a_switchboard_s_function_picks_goes_before_its_other_agent() -> None:
    assert await chosen(Switchboard(lambda incoming: DAY, NIGHT)) is DAY
    assert await chosen(Switchboard(lambda incoming: None, NIGHT)) is None  # that is a choice, not a failure


async def test_outside_opening_hours_a_sentence_is_said() -> None:
    shop = replace(DAY, hours=WEEKDAYS)
    assert await chosen(shop) is shop
    assert await chosen(shop, at=SUNDAY) is CLOSED


async def test_outside_opening_hours_another_agent_may_answer_that_has_hours_too() -> None:
    shop = replace(DAY, hours=WEEKDAYS, closed=replace(NIGHT, hours=WEEKDAYS, closed=GO_AWAY))
    assert await chosen(shop, at=SUNDAY) is GO_AWAY
    assert await chosen(replace(shop, closed=NIGHT), at=SUNDAY) is NIGHT
    assert await chosen(lambda incoming: replace(shop, closed=NIGHT), at=SUNDAY) is NIGHT


async def test_who_may_not_call_is_refused_or_told_so() -> None:
    private = replace(DAY, callers=Callers(allow=["+49*"]))
    assert await chosen(private) is None
    assert await chosen(replace(private, unwelcome=GO_AWAY)) is GO_AWAY
    assert await chosen(private, replace(INCOMING, caller="+4930123456")) is private


@pytest.mark.parametrize("verdict", ["TN-Validation-Failed-C", "No-TN-Validation", "TN-Validation-Passed-A", ""])
async def test_what_a_carrier_vouches_for_lets_nobody_in_or_out(verdict: str) -> None:
    assert await chosen(DAY, replace(INCOMING, parameters={"StirVerstat": verdict})) is DAY
    private = replace(DAY, callers=Callers(deny=[INCOMING.caller]))
    assert await chosen(private, replace(INCOMING, parameters={"StirVerstat": verdict})) is None


@pytest.mark.parametrize("order", [None, Order(INCOMING.caller), Order(INCOMING.caller, NIGHT)])
async def test_whom_we_call_is_not_asked_to_call_again_where_our_agent_fails(order: Order | None) -> None:
    agent = await chosen(DAY, replace(INCOMING, direction="outbound-api", order=order))
    assert isinstance(agent, Agent)
    assert agent.name == ("night" if order and order.agent else "day")
    assert agent.fallback == OUR_FAULT


async def test_what_the_operator_has_for_that_is_theirs_too() -> None:
    agent = replace(DAY, fallback=GO_AWAY)
    assert await chosen(agent, replace(INCOMING, direction="outbound-api")) is agent
