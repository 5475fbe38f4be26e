"""The bridge whose model is lost, whose ends do not read, and whose call ends at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from telephony_agent.bridge import TO_LIVE, TO_PHONE
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone.messages import Heard, Stopped
from telephony_agent.record.entries import Apology
from telephony_agent.states import State
from telephony_agent.steps import Action, Event, TimeIsUp
from tests.ends import Model, Models, Phone, tool_call, voice
from tests.line import DONE, NORMAL, SILENCE, STOP, Line, a_call, in_virtual_time

REFUSED = Closing(Remedy.GIVE_UP, "closed with 1007")

# The model is lost.


@in_virtual_time
async def test_what_a_session_that_was_left_still_says_counts_for_nothing() -> None:
    async with a_call() as (line, caller):
        old = line.model
        await asyncio.sleep(5)
        old.says({"goAway": {"timeLeft": "2s"}}, *DONE)
        await asyncio.sleep(0.001)
        old.says(voice(1))
        await asyncio.sleep(0.3)
        assert old.gone.is_set()
        assert line.model is not old
        assert "media" not in caller.kinds()
        line.model.says(voice(1))
        await asyncio.sleep(0.1)
        assert "media" in caller.kinds()
        caller.says(STOP)


@in_virtual_time
async def test_what_waited_for_a_session_that_is_lost_does_not_reach_the_next_one() -> None:
    async with a_call() as (line, caller):
        line.model.says(voice(0.1), *DONE)
        await asyncio.sleep(1)
        line.model.reads.clear()
        caller.says(*[SILENCE] * 20)
        await asyncio.sleep(0.1)
        line.model.breaks()
        await asyncio.sleep(1)
        assert list(line.model.kinds()) == ["setup"]
        caller.says(STOP)


@in_virtual_time
async def test_a_model_that_closes_before_its_setup_is_complete_is_dialled_again_with_longer_delays() -> None:
    hasty = [Model(accepts=False) for _ in range(3)]
    for each in hasty:
        each.closes(Closing(Remedy.RESUME, "closed with 1011"))
    async with a_call(*hasty) as (line, caller):
        await asyncio.sleep(3)
        gaps = [after - before for before, after in pairwise(line.models.dials)]
        assert gaps == [pytest.approx(gap, rel=0.3) for gap in (0.25, 0.5, 1.0)]
        assert line.state() is State.TALKING
        caller.says(STOP)


@in_virtual_time
async def test_a_model_that_no_dial_reaches_ends_the_call_in_seven_seconds_with_an_apology() -> None:
    unreachable = [Closing(Remedy.RESUME, "could not connect")] * 20
    async with a_call(*unreachable) as (line, caller):
        await line.running
        assert line.bridge.outcome is not None
        assert line.bridge.outcome.lasted == pytest.approx(7)
        assert line.bridge.next() == Apology()
        assert caller.code == NORMAL


@in_virtual_time
async def test_a_setup_that_is_refused_is_tried_once() -> None:
    refusing = Model(accepts=False)
    refusing.closes(REFUSED)
    async with a_call(refusing) as (line, caller):
        assert line.running.done()
        assert len(line.models.dials) == 1
        assert caller.code == NORMAL
        assert line.bridge.next() == Apology()


@in_virtual_time
async def test_a_session_is_resumed_with_its_handle_after_the_old_socket_is_closed() -> None:
    async with a_call() as (line, caller):
        line.model.says({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
        line.model.breaks()
        await asyncio.sleep(1)
        assert line.model.sent[0]["setup"]["sessionResumption"] == {"handle": "h1"}
        assert len(line.tasks("write live")) == 1
        caller.says(STOP)


# What goes wrong.


class Broken(list[Event | Action]):
    """The steps of a call, but for one kind: there is no noting that."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind

    def append(self, step: Event | Action) -> None:
        if isinstance(step, self._kind):
            raise OSError("no space left")
        super().append(step)


@pytest.mark.parametrize("kind", [Heard, TimeIsUp, Stopped])
@in_virtual_time
async def test_what_goes_wrong_in_a_step_ends_the_call_whoever_took_it(kind: type[Any]) -> None:
    line = Line(Models())
    await asyncio.sleep(1)
    caller = line.streams()
    await asyncio.sleep(1)
    line.steps = Broken(kind)
    caller.says(SILENCE)
    if kind is Stopped:
        caller.says(STOP)
    with pytest.raises(ExceptionGroup) as failed:
        await line.running
    assert failed.group_contains(OSError, match="no space left")
    await asyncio.gather(*line.attached)
    assert caller.closed
    assert asyncio.all_tasks() == {asyncio.current_task()}


# The end, at any moment.


def speaks_to_nobody(line: Line, caller: Phone) -> None:
    caller.reads.clear()
    line.model.says(voice(20))


MOMENTS: dict[str, Callable[[Line, Phone], Any]] = {
    "at once": lambda line, caller: None,
    "while the model speaks": lambda line, caller: line.model.says(voice(20)),
    "while a tool runs": lambda line, caller: line.model.says(tool_call("1", "add", a=1, b=2)),
    "in the farewell": lambda line, caller: line.model.says(tool_call("1", "farewell"), voice(20)),
    "while the model is lost": lambda line, caller: line.model.breaks(),
    "while the session rotates": lambda line, caller: line.model.says({"goAway": {"timeLeft": "0s"}}),
    "while the model does not read": lambda line, caller: line.model.reads.clear(),
    "while the phone does not read": speaks_to_nobody,
    "while the stream is away": lambda line, caller: caller.breaks(),
    "with a second stream": lambda line, caller: line.streams(),
}


@pytest.mark.parametrize("later", [0, 0.001, 0.03, 0.26, 0.5])
@pytest.mark.parametrize("moment", MOMENTS)
@in_virtual_time
async def test_a_call_may_end_at_any_moment(moment: str, later: float) -> None:
    async with a_call() as (line, caller):
        MOMENTS[moment](line, caller)
        await asyncio.sleep(later)
        line.bridge.end("Twilio says: completed")
        await asyncio.sleep(0.1)
        assert line.running.done()
        assert caller.code is not None


@pytest.mark.parametrize("later", [0, 0.01, 0.03, 0.05])
@in_virtual_time
async def test_a_caller_may_hang_up_while_the_model_is_dialled(later: float) -> None:
    line = Line(Models())
    await asyncio.sleep(1)
    caller = line.streams()
    await asyncio.sleep(later)
    caller.says(STOP)
    await asyncio.sleep(0.1)
    assert line.running.done()
    await line.is_over()


@pytest.mark.parametrize("later", [0, 0.001, 0.03, 0.26, 0.5])
@pytest.mark.parametrize("moment", MOMENTS)
@in_virtual_time
async def test_a_shutdown_leaves_nothing(moment: str, later: float) -> None:
    line = Line(Models())
    await asyncio.sleep(1)
    caller = line.streams()
    await asyncio.sleep(1)
    MOMENTS[moment](line, caller)
    await asyncio.sleep(later)
    line.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await line.is_over()
    await asyncio.gather(*line.attached)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert line.model.gone.is_set()
    assert caller.code is not None


# Peers that do not read.


@in_virtual_time
async def test_a_phone_that_does_not_read_costs_a_minute_of_sound_at_most() -> None:
    async with a_call() as (line, caller):
        caller.reads.clear()
        for _ in range(100):
            line.model.says(voice(1), *DONE)
            await asyncio.sleep(1)
        caller.reads.set()
        await asyncio.sleep(0.1)
        assert sum(kind == "media" for kind in caller.kinds()) <= 2 * (TO_PHONE / 8_000 + 1)
        assert list(caller.kinds()).count("mark") == 200, "a mark was dropped"
        caller.says(STOP)


@in_virtual_time
async def test_a_model_that_does_not_read_costs_two_seconds_of_sound_and_no_answer() -> None:
    async with a_call() as (line, caller):
        line.model.reads.clear()
        line.model.says(tool_call("call_1", "add", a=2, b=3))
        for _ in range(250):
            caller.says(SILENCE)
            await asyncio.sleep(0.02)
        line.model.reads.set()
        await asyncio.sleep(0.1)
        kinds = list(line.model.kinds())
        assert kinds.count("realtimeInput") <= TO_LIVE / 640 + 2
        assert kinds.count("toolResponse") == 1
        caller.says(STOP)
