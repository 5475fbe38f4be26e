"""Stories of a model that is lost, refused or come back; and of the tools that it called."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from telephony_agent import briefing
from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.link import Link
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Apology, ToolRun
from telephony_agent.states import State
from telephony_agent.steps import Connected, Dial, DropLive, HangUp, Lost, RunTool, StopTool, ToolDone, ToPhone
from tests.story import (
    BROKEN,
    MOMENT,
    STARTED,
    Story,
    at_rest,
    of,
    results,
    ringing,
    setups,
    spoken,
    talking,
    told,
)

REFUSED = Closing(Remedy.GIVE_UP, "closed with 1007")


def dials(story: Story, seconds: float) -> list[float]:
    """Let time go by, every dial fail at once; when each was made."""
    began, times = story.now, []
    while story.now < began + seconds and story.hung_up is None:
        if of(Dial, story.wait(0.01)):
            times.append(round(story.now - began, 1))
            story.loses_its_model()
    return times


def comes_back(story: Story) -> bool:
    """The model is lost, and accepts the next dial; whether there was one."""
    story.loses_its_model()
    while story.hung_up is None and not of(Dial, story.wait(0.01)):
        pass
    if story.hung_up is None:
        story.is_accepted()
    return story.hung_up is None


# Lost.


def test_a_lost_model_is_dialled_again_with_the_last_handle() -> None:
    story = talking()
    story.give(live.Resumable("first"), live.Resumable("second"))
    story.loses_its_model()
    assert story.wait(0.2) == []
    assert story.wait(0.1) == [Dial()]
    (setup,) = setups(story.is_accepted())
    assert setup.resume == "second"
    assert story.state is State.TALKING


def test_delays_double_and_the_caller_waits_seven_seconds_in_all() -> None:
    story = talking()
    story.loses_its_model()
    times = [0.0, *dials(story, 20)]
    delays = [after - before for before, after in pairwise(times)]
    assert delays == [pytest.approx(delay, rel=0.25) for delay in (0.25, 0.5, 1.0, 2.0)]
    assert story.hung_up is not None
    assert story.hung_up.lasted == pytest.approx(7, abs=0.02)
    assert story.hung_up.next == Apology()


def test_delays_are_not_the_same_for_calls_that_were_lost_together() -> None:
    firsts = set()
    for call in range(20):
        link = Link(random.Random(f"CA{call:032}"))
        link.lost(BROKEN, 0.0)
        firsts.add(link.may_be_dialled_at(0.0))
    assert len(firsts) == 20
    assert all(0.2 <= delay <= 0.3 for delay in firsts)
    assert max(firsts) - min(firsts) > 0.05


@pytest.mark.parametrize("stands", [0.5, 1.0, 1.9])
def test_a_caller_waits_seven_seconds_for_a_model_that_is_gone_again_at_once(stands: float) -> None:
    story = at_rest(idle_after=600)
    lost_at = story.now
    while comes_back(story):
        story.wait(stands)
    assert story.now - lost_at <= 7 + stands
    assert story.hung_up is not None
    assert story.hung_up.next == Apology()


def test_a_model_that_is_gone_every_few_seconds_is_dialled_eight_times_in_thirty_seconds_at_most() -> None:
    """`Story` counts them."""
    story = at_rest(idle_after=600)
    came_back = 0
    while comes_back(story) and came_back < 60:
        came_back += 1
        story.wait(2.1)
    assert came_back > 8


def test_a_session_that_stood_for_long_restores_the_budget() -> None:
    story = talking(idle_after=600)
    for _ in range(20):
        story.loses_its_model()
        assert of(Dial, story.wait(0.3)) != []
        story.is_accepted()
        story.waits()
        story.wait(31)
    assert story.state is State.TALKING


def test_a_model_that_is_never_ready_has_seven_seconds() -> None:
    story = ringing()
    story.give(STARTED, Connected(MOMENT))
    assert of(HangUp, story.wait(6.9)) == []
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.next == Apology()


def test_a_model_that_does_not_answer_its_setup_is_dialled_once_more() -> None:
    story = ringing()
    story.give(STARTED, Connected(MOMENT))
    assert story.wait(3.9) == []
    assert story.wait(0.5) == [DropLive(), Dial()]
    story.is_accepted()
    story.waits()
    assert story.state is State.TALKING
    assert of(DropLive, story.wait(10)) == []


def test_a_second_stream_gives_the_model_no_more_time() -> None:
    story = ringing()
    story.give(STARTED)
    story.wait(6)
    story.give(STARTED)
    assert story.state is State.DIALLING
    story.wait(1.1)
    assert story.hung_up is not None


@pytest.mark.parametrize("remedy", [Remedy.GIVE_UP, Remedy.WAIT], ids=["refused", "no quota"])
def test_where_dialling_again_changes_nothing_the_caller_gets_an_apology_at_once(remedy: Remedy) -> None:
    story = ringing()
    story.give(STARTED)
    assert of(Dial, story.loses_its_model(Closing(remedy, "why"))) == []
    assert story.hung_up is not None
    assert story.hung_up.next == Apology()
    assert story.hung_up.why == "the model is gone: why"


def test_a_handle_that_the_server_does_not_know_is_dropped() -> None:
    story = talking()
    story.give(live.Resumable("stale"))
    story.loses_its_model(Closing(Remedy.FRESH, "1008"))
    story.wait(0.3)
    assert setups(story.is_accepted())[0].resume is None


def test_a_handle_that_breaks_every_session_is_dropped_after_three_tries() -> None:
    story = talking()
    story.give(live.Resumable("broken"))
    resumed = []
    for delay in (0.3, 0.6, 1.2, 2.4):
        story.loses_its_model()
        story.wait(delay)
        resumed += [setup.resume for setup in setups(story.give(Connected(MOMENT)))]
    assert resumed == ["broken", "broken", "broken", None]


def test_a_turn_that_broke_off_plays_on_and_the_model_is_told_how_far_it_came() -> None:
    story = talking()
    story.says(5, "We are open from")
    actions = story.loses_its_model()
    assert isinstance(of(ToPhone, actions)[-1].command, phone.Mark)
    assert phone.Clear() not in [action.command for action in of(ToPhone, actions)]
    story.wait(0.3)
    (words,) = told(story.is_accepted())
    assert '"We are open from"' in words


def test_a_prewarmed_model_that_is_lost_is_dialled_when_the_stream_comes() -> None:
    story = Story()
    story.rings(prewarm=True)
    story.loses_its_model()
    assert of(Dial, story.wait(9)) == []
    assert story.give(STARTED) == [Dial()]


def test_a_prewarmed_model_that_refuses_ends_the_call_with_an_apology() -> None:
    story = Story()
    story.rings(prewarm=True)
    story.loses_its_model(REFUSED)
    assert story.hung_up is not None
    assert story.hung_up.next == Apology()


# Tools.


def test_a_tool_runs_and_its_answer_goes_to_the_model_while_the_sound_goes_on() -> None:
    story = talking()
    (run,) = of(RunTool, story.calls())
    assert run.call == live.ToolCall("call_1", "book", {"day": "friday"})
    assert spoken(story.says(1, "One moment.")) > 0
    story.wait(0.5)
    assert results(story.has()) == ["call_1"]
    assert of(ToolRun, story.records) == [
        ToolRun(100.0, 0.5, "book", {"day": "friday"}, {"result": "booked"}, answered=True)
    ]


def test_a_call_that_comes_twice_runs_once() -> None:
    story = talking()
    assert of(RunTool, story.calls() + story.calls()) == [RunTool(live.ToolCall("call_1", "book", {"day": "friday"}))]
    story.asked["call_1"] = "book"
    assert results(story.has()) == ["call_1"]
    assert results(story.has()) == []


def test_several_tools_are_answered_as_they_finish() -> None:
    story = talking()
    story.calls("call_1")
    story.calls("call_2", "hours")
    assert results(story.has("call_2")) == ["call_2"]
    assert results(story.has("call_1")) == ["call_1"]


def test_a_cancelled_tool_is_stopped_and_not_answered() -> None:
    story = talking()
    story.calls()
    assert of(StopTool, story.give(live.ToolCallsCancelled(["call_1", "never asked"]))) == [StopTool("call_1")]
    assert story.has() == []
    (run,) = of(ToolRun, story.records)
    assert not run.answered


def test_a_late_result_is_told_to_the_session_that_goes_on() -> None:
    story = talking()
    story.calls()
    story.loses_its_model()
    story.wait(0.3)
    story.is_accepted()
    actions = story.has()
    assert results(actions) == []
    (words,) = told(actions)
    assert "book" in words
    assert '{"result": "booked"}' in words
    (run,) = of(ToolRun, story.records)
    assert not run.answered


def test_a_late_result_waits_for_the_session_that_goes_on() -> None:
    story = talking()
    story.calls()
    story.loses_its_model()
    assert told(story.has()) == []
    story.wait(0.3)
    (words,) = told(story.is_accepted())
    assert "booked" in words


def test_a_new_session_may_number_its_calls_as_the_old_one_did() -> None:
    story = talking()
    story.calls("call_1", "book")
    story.loses_its_model()
    story.wait(0.3)
    story.is_accepted()
    actions = story.calls("call_1", "hours")
    assert [type(action) for action in actions if isinstance(action, StopTool | RunTool)] == [StopTool, RunTool]
    assert results(story.has("call_1")) == ["call_1"]


def test_a_tool_that_ends_after_the_call_is_for_nobody() -> None:
    story = talking()
    story.calls()
    story.give(phone.Stopped(), ToolDone("call_1", {}), Lost(BROKEN))
    assert story.call.deadline is None


# What the next session is told.


def test_a_question_that_was_not_answered_is_told_to_the_next_session() -> None:
    story = at_rest()
    story.give(live.CallerSaid("Are you "), live.CallerSaid("open today?"))
    assert comes_back_told(story) == [briefing.UNANSWERED.format(asked="Are you open today?")]
    assert comes_back_told(story) == [briefing.UNANSWERED.format(asked="Are you open today?")], "once, each time"
    story.says(1, "Yes.")
    story.wait(1)
    story.ends_its_turn()
    assert comes_back_told(story) == []


def test_what_the_model_was_told_and_did_not_answer_is_told_again() -> None:
    story = at_rest(idle_after=5, idle_prompt="Ask.")
    assert told(story.wait(5)) == ["Ask."]
    assert comes_back_told(story) == ["Ask."]


def test_what_may_have_been_refused_is_not_told_again() -> None:
    story = at_rest(idle_after=5, idle_prompt="Ask.")
    story.wait(5)
    assert comes_back_told(story, Closing(Remedy.FORGET, "closed with 1007")) == []


def test_what_nobody_waits_for_any_more_is_not_told_again() -> None:
    story = at_rest(idle_after=600)
    story.give(live.CallerSaid("Hm."))
    story.wait(21)
    assert comes_back_told(story) == []


def comes_back_told(story: Story, closing: Closing = BROKEN) -> list[str]:
    story.loses_its_model(closing)
    while not of(Dial, story.wait(0.01)):
        pass
    return told(story.is_accepted())
