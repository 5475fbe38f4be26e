"""Stories of a model that is lost, refused, going away or come back; and of the tools that it called."""

from __future__ import annotations

import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Next, ToolRun
from telephony_agent.states import State
from telephony_agent.steps import Connected, Dial, DropLive, Lost, RunTool, StopTool, ToolDone, ToPhone
from tests.story import BROKEN, MOMENT, STARTED, Story, of, results, ringing, setups, spoken, talking, told

REFUSED = Closing(Remedy.GIVE_UP, "closed with 1007")


def dials(story: Story, seconds: float) -> list[float]:
    """Let time go by, every dial fail at once; when each was made."""
    began, times = story.now, []
    while story.now < began + seconds and story.hung_up is None:
        if of(Dial, story.wait(0.01)):
            times.append(round(story.now - began, 1))
            story.loses_its_model()
    return times


# Lost.


def test_a_lost_model_is_dialled_again_with_the_last_handle() -> None:
    story = talking()
    story.give(live.Resumable("first"), live.Resumable("second"))
    story.loses_its_model()
    assert story.wait(0.24) == []
    assert story.wait(0.02) == [Dial()]
    (setup,) = setups(story.is_accepted())
    assert setup.resume == "second"
    assert story.state is State.TALKING


def test_delays_double_and_the_caller_waits_ten_seconds_in_all() -> None:
    story = talking()
    story.loses_its_model()
    assert dials(story, 20) == pytest.approx([0.2, 0.8, 1.8, 3.8, 7.8], abs=0.11)
    assert story.hung_up is not None
    assert story.hung_up.lasted == pytest.approx(10, abs=0.02)
    assert story.hung_up.next is Next.APOLOGISE


def test_a_session_that_stands_no_time_is_dialled_eight_times_at_most() -> None:
    story = talking(idle_after=600)
    dialled = 0
    while story.hung_up is None:
        story.loses_its_model()
        for _ in of(Dial, story.wait(5.1)):
            dialled += 1
            story.is_accepted()
            story.wait(1)
    assert dialled == 8
    assert story.hung_up.next is Next.APOLOGISE


def test_a_session_that_stood_for_long_restores_the_budget() -> None:
    story = talking(idle_after=600)
    for _ in range(20):
        story.loses_its_model()
        assert of(Dial, story.wait(0.3)) != []
        story.is_accepted()
        story.wait(31)
    assert story.state is State.TALKING


def test_a_model_that_is_never_ready_has_ten_seconds() -> None:
    story = ringing()
    story.give(STARTED, Connected(MOMENT))
    assert story.wait(9.9) == []
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.next is Next.APOLOGISE


def test_a_second_stream_gives_the_model_no_more_time() -> None:
    story = ringing()
    story.give(STARTED)
    story.wait(6)
    story.give(STARTED)
    assert story.state is State.DIALLING
    story.wait(4.1)
    assert story.hung_up is not None


@pytest.mark.parametrize("remedy", [Remedy.GIVE_UP, Remedy.WAIT], ids=["refused", "no quota"])
def test_where_dialling_again_changes_nothing_the_caller_gets_an_apology_at_once(remedy: Remedy) -> None:
    story = ringing()
    story.give(STARTED)
    assert of(Dial, story.loses_its_model(Closing(remedy, "why"))) == []
    assert story.hung_up is not None
    assert story.hung_up.next is Next.APOLOGISE
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
    for _ in range(4):
        story.loses_its_model()
        story.wait(2.1)
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
    assert story.hung_up.next is Next.APOLOGISE


# Going away.


def test_a_session_that_goes_away_is_left_when_its_turn_is_complete() -> None:
    story = talking()
    story.give(live.Resumable("handle"), live.GoingAway(50))
    story.says(2, "We are open.")
    story.wait(1)
    actions = story.ends_its_turn()
    assert actions[-2:] == [DropLive(), Dial()]
    assert setups(story.is_accepted())[0].resume == "handle"
    assert story.state is State.TALKING
    assert dials(story, 60) == []


def test_a_session_that_goes_away_in_silence_is_left_before_its_time() -> None:
    story = talking(idle_after=600)
    story.give(live.GoingAway(50))
    assert story.wait(47.9) == []
    assert story.wait(0.2) == [DropLive(), Dial()]


def test_a_session_that_goes_away_at_once_is_left_at_once() -> None:
    story = talking()
    story.wait(1)
    story.give(live.GoingAway(0))
    assert story.wait(0) == [DropLive(), Dial()]


def test_a_server_that_sends_every_session_away_is_dialled_twice_a_second_at_most() -> None:
    story = talking()
    for _ in range(5):
        story.give(live.GoingAway(0))
        assert of(Dial, story.ends_its_turn() + story.wait(0.4)) == []
        assert of(Dial, story.wait(0.2)) == [Dial()]
        story.is_accepted()
    assert story.state is State.TALKING


def test_a_session_that_goes_away_is_not_left_while_it_waits_for_a_tool() -> None:
    story = talking()
    story.give(live.GoingAway(50))
    story.calls()
    story.wait(1)
    assert of(Dial, story.ends_its_turn()) == []
    story.has()
    assert of(Dial, story.ends_its_turn()) == [Dial()]


def test_a_rotation_costs_none_of_the_budget() -> None:
    story = talking(idle_after=600)
    for _ in range(20):
        story.give(live.GoingAway(0))
        story.wait(1)
        story.is_accepted()
        story.wait(1)
    assert story.state is State.TALKING


def test_a_server_that_goes_away_in_the_farewell_may_go() -> None:
    story = talking()
    story.give(live.GoingAway(3))
    story.calls()
    story.has(hang_up=True)
    story.says(4, "Goodbye.")
    assert of(DropLive, story.wait(2) + story.ends_its_turn()) == []


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
