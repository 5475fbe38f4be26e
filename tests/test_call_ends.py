"""Stories of how a call ends: the goodbye that is heard, the caller who is not there, the call that is too long."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony_agent import briefing
from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import Bill, Next, Outcome, Tokens, ToolRun
from telephony_agent.states import State
from telephony_agent.steps import HangUp, Record, RunTool, StopTool, StreamLost, ToPhone
from tests.story import CLEAR, STARTED, Story, of, results, ringing, spoken, talking, told


def saying_goodbye() -> Story:
    """A tool has hung up, and the farewell of 2 s is on its way to the caller."""
    story = talking()
    story.calls()
    story.has(hang_up=True)
    story.says(2, "Goodbye, see you on Friday.")
    return story


# The goodbye.


def test_the_model_has_the_tools_answer_before_it_says_goodbye() -> None:
    story = talking()
    story.calls()
    assert results(story.has(hang_up=True)) == ["call_1"]
    assert story.state is State.LEAVING


def test_the_call_ends_when_the_farewell_was_heard_to_its_last_word() -> None:
    story = saying_goodbye()
    story.ends_its_turn()
    assert story.wait(2.05) == []
    *_, last = story.marks
    actions = story.give(phone.Played(last))
    assert isinstance(actions[-1], HangUp)
    assert story.hung_up == Outcome("book ended the call", Next.HANG_UP, story.now - 100)


def test_the_marks_within_the_farewell_do_not_end_the_call() -> None:
    story = saying_goodbye()
    story.ends_its_turn()
    assert len(story.marks) == 3  # before its first byte, after a second, at its end
    story.wait(0.5)
    story.give(phone.Played(story.marks[0]))
    story.wait(1)
    story.give(phone.Played(story.marks[1]))
    assert story.state is State.LEAVING


def test_the_farewell_ends_with_the_turn_where_its_generation_is_never_said_to_be_complete() -> None:
    story = saying_goodbye()
    story.give(live.TurnComplete())
    story.wait(2.05)
    story.echoes()
    assert story.hung_up is not None


def test_the_farewells_mark_may_never_come_back() -> None:
    story = saying_goodbye()
    story.ends_its_turn()
    story.wait(3.9)
    assert story.state is State.LEAVING
    story.wait(0.2)
    assert story.hung_up is not None


def test_a_farewell_that_never_ends_is_over_five_seconds_after_its_last_sound() -> None:
    story = saying_goodbye()
    story.wait(4)
    story.says(1)
    assert of(ToPhone, story.wait(4.9)) == []
    assert isinstance(of(ToPhone, story.wait(0.2))[-1].command, phone.Mark)
    story.echoes()
    assert story.hung_up is not None


def test_a_model_that_says_no_farewell_is_waited_for_five_seconds() -> None:
    story = talking()
    story.calls()
    story.has(hang_up=True)
    assert story.wait(4.9) == []
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.why == "book ended the call"


def test_what_was_said_before_the_tool_answered_is_not_the_farewell() -> None:
    story = talking()
    story.says(1, "One moment.")
    story.calls()
    story.has(hang_up=True)
    story.give(live.GenerationComplete(), live.TurnComplete())  # of the turn that called the tool
    story.wait(1.2)
    story.echoes()
    assert story.state is State.LEAVING
    story.says(1, "Goodbye.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert story.hung_up is not None


def test_what_twilio_still_holds_is_heard_though_no_farewell_comes() -> None:
    story = talking()
    story.says(12, "A long preface.")
    story.calls()
    story.has(hang_up=True)
    story.wait(11.9)
    assert story.state is State.LEAVING
    story.wait(2.2)
    assert story.hung_up is not None


def test_who_speaks_over_the_goodbye_is_not_hung_up_on() -> None:
    story = saying_goodbye()
    story.ends_its_turn()
    story.wait(1)
    assert story.give(live.Interrupted())[0] == CLEAR
    assert story.state is State.TALKING
    story.echoes()  # those of before the clear
    story.give(live.TurnComplete())
    story.wait(10)
    assert story.state is State.TALKING
    assert spoken(story.says(1)) > 0


def test_who_speaks_before_the_goodbye_begins_is_not_hung_up_on() -> None:
    story = talking()
    story.calls()
    story.has(hang_up=True)
    story.give(live.Interrupted(), live.TurnComplete())
    story.says(1, "Yes?")
    story.ends_its_turn()
    story.wait(8)
    assert story.state is State.TALKING


def test_a_second_goodbye_works_as_the_first() -> None:
    story = saying_goodbye()
    story.give(live.Interrupted(), live.TurnComplete())
    story.calls("call_2")
    story.has("call_2", hang_up=True)
    story.says(1, "Bye.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert story.hung_up is not None


def test_a_model_lost_in_its_farewell_is_not_dialled_again() -> None:
    story = saying_goodbye()
    story.loses_its_model()
    story.wait(1.9)
    assert story.state is State.LEAVING
    story.echoes()
    assert story.hung_up is not None
    assert story.link == "down"


def test_a_model_lost_before_its_farewell_leaves_nothing_to_wait_for() -> None:
    story = talking()
    story.calls()
    story.has(hang_up=True)
    story.loses_its_model(Closing(Remedy.GIVE_UP, "closed with 1007"))
    assert story.hung_up is not None
    assert story.hung_up.next is Next.HANG_UP


def test_a_stream_lost_in_the_goodbye_ends_the_call() -> None:
    story = saying_goodbye()
    story.give(StreamLost())
    assert story.hung_up is not None
    assert story.hung_up.why == "book ended the call"


def test_a_second_stream_in_the_goodbye_changes_nothing() -> None:
    story = saying_goodbye()
    assert story.give(STARTED) == []
    assert story.state is State.LEAVING


def test_a_tool_that_hangs_up_while_the_stream_is_away_ends_the_call() -> None:
    story = talking()
    story.calls()
    story.give(StreamLost())
    story.has(hang_up=True)
    assert story.hung_up is not None


@pytest.mark.parametrize("later", [0.1, 3.5], ids=["before it is dialled", "while it is dialled"])
def test_a_late_tool_that_hangs_up_while_the_model_is_away_ends_the_call_in_five_seconds(later: float) -> None:
    story = talking()
    story.calls()
    story.loses_its_model()
    story.wait(later)
    story.has(hang_up=True)
    assert story.wait(4.9) == []
    assert story.state is State.LEAVING
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.why == "book ended the call"


# Nobody there.


def test_a_silent_caller_is_asked_once_and_then_hung_up_on() -> None:
    story = talking(idle_after=20, idle_prompt="Ask whether they are there.")
    assert story.wait(19.9) == []
    assert told(story.wait(0.2)) == ["Ask whether they are there."]
    story.says(2, "Are you there?")
    story.ends_its_turn()
    assert told(story.wait(21.9)) == []
    assert told(story.wait(0.2)) == [briefing.NOBODY_THERE]
    assert story.state is State.LEAVING
    story.says(1, "Goodbye.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert story.hung_up is not None
    assert story.hung_up.why == "nobody has said anything"


@pytest.mark.parametrize(
    "event",
    [live.CallerSaid("Yes."), live.Interrupted()],
    ids=["speech", "a barge-in"],
)
def test_a_sign_of_the_caller_winds_the_idle_clock_up(
    event: live.CallerSaid | live.Interrupted,
) -> None:
    story = talking(idle_after=20, idle_prompt="Ask.")
    story.wait(21)
    story.waits()
    story.wait(15)
    story.give(event)
    assert story.wait(19.9) == []
    assert told(story.wait(0.2)) == ["Ask."], "it is asked anew"


def test_the_idle_clock_starts_when_the_last_words_were_heard() -> None:
    story = talking(idle_after=20)
    story.says(10, "A long answer.")
    story.ends_its_turn()
    assert told(story.wait(29.9)) == []
    assert told(story.wait(0.2)) != []


def test_the_idle_clock_stands_still_while_a_tool_runs() -> None:
    story = talking(idle_after=5)
    story.wait(3)
    story.calls()
    assert story.wait(60) == []
    story.has()
    story.waits()
    assert story.wait(4.9) == []
    assert told(story.wait(0.2)) != []


def test_the_idle_clock_stands_still_until_the_last_of_two_tools() -> None:
    story = talking(idle_after=5)
    story.calls("call_1")
    story.calls("call_2")
    story.has("call_1")
    assert story.wait(60) == []
    story.give(live.ToolCallsCancelled(["call_2"]))
    assert told(story.wait(5.1)) != []


def test_the_idle_clock_stands_still_while_the_model_is_dialled_again() -> None:
    story = talking(idle_after=1)
    story.says(0.1, "We are")
    story.loses_its_model()
    assert told(story.wait(6)) == []


# Too long.


def test_the_longest_call_ends_with_a_goodbye() -> None:
    story = talking(longest_call=60, idle_after=600)
    assert story.wait(59.9) == []
    assert told(story.wait(0.2)) == [briefing.TIME_IS_UP]
    assert story.state is State.LEAVING
    story.says(1, "Time is up, goodbye.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert story.hung_up is not None


def test_that_time_is_up_may_interrupt_the_model_itself() -> None:
    story = talking(longest_call=60, idle_after=600)
    story.wait(59)
    story.says(20, "A long story.")
    assert told(story.wait(1.1)) == [briefing.TIME_IS_UP]
    assert story.give(live.Interrupted())[0] == CLEAR
    assert story.state is State.LEAVING
    story.give(live.TurnComplete())
    story.says(1, "Goodbye.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert story.hung_up is not None


def test_who_talks_over_the_goodbye_of_the_longest_call_has_another_minute() -> None:
    story = talking(longest_call=60, idle_after=600)
    story.wait(60)
    story.says(2, "Goodbye.")
    story.give(live.Interrupted(), live.TurnComplete())
    assert story.state is State.TALKING
    story.wait(59.9)
    assert story.state is State.TALKING
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.why == "the call has lasted as long as it may"


def test_the_longest_call_ends_even_while_a_farewell_does_not() -> None:
    story = talking(longest_call=60, idle_after=600)
    story.calls()
    story.has(hang_up=True)
    for _ in range(119):
        story.says(1)
        story.wait(1)
    assert story.hung_up is None
    story.says(1)
    story.wait(1)
    assert story.hung_up is not None


def test_the_longest_call_ends_even_while_a_tool_hangs() -> None:
    story = talking(longest_call=60)
    story.calls()
    story.wait(60)
    assert story.state is State.LEAVING
    story.to_the_end()


def test_the_longest_call_may_end_with_no_stream_to_say_it_on() -> None:
    story = talking(longest_call=60, idle_after=600)
    story.wait(55)
    story.give(StreamLost())
    story.wait(5.1)
    assert story.hung_up is not None


def test_the_longest_call_may_end_with_no_model_to_say_it() -> None:
    story = talking(longest_call=60, idle_after=600)
    story.wait(55)
    story.loses_its_model()
    story.wait(5.1)
    assert story.state is State.LEAVING
    story.wait(5.1)
    assert story.hung_up is not None


# Whatever the call was at.


@pytest.mark.parametrize("happens", [phone.Stopped, StreamLost], ids=["stop", "a break that lasts"])
def test_the_tools_of_a_call_that_is_over_are_stopped(happens: Callable[[], phone.Stopped | StreamLost]) -> None:
    story = talking()
    assert of(RunTool, story.calls()) != []
    actions = story.give(happens()) + story.wait(11)
    assert of(StopTool, actions) == [StopTool("call_1")]
    (run,) = of(ToolRun, [record.entry for record in of(Record, actions)])
    assert (run.name, run.answered) == ("book", False)
    assert story.has() == []


def test_a_call_that_nobody_streamed_ends_when_twilio_says_so() -> None:
    story = ringing()
    story.give(phone.Stopped())
    assert story.hung_up is not None


def test_the_outcome_sums_up_the_tokens_of_all_turns() -> None:
    story = talking()
    story.give(live.Usage(100, 20, 120), live.Usage(150, 30, 180), phone.Stopped())
    assert story.hung_up is not None
    assert story.hung_up.bill == Bill(Tokens(untold_in=250, untold_out=50), usd=None)
