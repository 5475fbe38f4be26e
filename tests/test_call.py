"""Stories of a call whose two ends come, speak over each other, go away and come back."""

from __future__ import annotations

import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import AgentTurn, Apology, Began, CallerTurn, Next
from telephony_agent.states import State
from telephony_agent.steps import Dial, DropLive, Ended, HangUp, NextAsked, Record, Reply, StreamLost, ToPhone
from tests.story import CLEAR, FRAME, GREETING, STARTED, Story, forwarded, of, ringing, setups, spoken, talking, told

BACK = "The line was cut for a moment"

# The ends come.


def test_a_stream_has_the_model_dialled_and_its_answer_has_them_talk() -> None:
    story = ringing()
    assert story.give(STARTED) == [Dial()]
    story.is_accepted()
    assert story.state is State.TALKING


def test_the_records_begin_with_who_calls_whom() -> None:
    (action,) = Story().rings()
    model = "models/gemini-2.5-flash-native-audio"
    assert action == Record(Began(100.0, "AC" + "0" * 32, "inbound", "+15550100001", "+15550100002", "agent", model))


def test_a_prewarmed_model_is_dialled_by_the_ring_and_talks_as_soon_as_the_stream_is_there() -> None:
    story = Story()
    _, *actions = story.rings(prewarm=True)
    assert actions == [Dial()]
    assert told(story.is_accepted()) == []
    assert told(story.give(STARTED)) == [GREETING]
    assert story.state is State.TALKING


def test_a_prewarmed_model_is_dropped_when_no_stream_comes_and_dialled_when_one_does() -> None:
    story = Story()
    story.rings(prewarm=True)
    story.is_accepted()
    assert story.wait(9.9) == []
    assert story.wait(0.2) == [DropLive()]
    assert story.give(STARTED) == [Dial()]


def test_a_prewarmed_model_is_kept_once_the_stream_is_there() -> None:
    story = Story()
    story.rings(prewarm=True)
    story.answers()
    story.waits()
    assert of(DropLive, story.wait(15)) == []


def test_a_stream_that_never_comes_ends_the_call() -> None:
    story = ringing()
    assert story.wait(29.9) == []
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.lasted == 0


def test_the_setup_says_what_the_operator_and_the_moment_say() -> None:
    story = ringing()
    (setup,) = setups(story.answers())
    assert setup.instructions.startswith("You answer the phone of a bakery.")
    assert "Monday, 2 March 2026, 14:05" in setup.instructions
    assert "+15550100002" in setup.instructions
    assert "US" in setup.instructions
    assert setup.resume is None


# The greeting.


def test_the_model_is_told_to_greet_by_the_first_ready_only() -> None:
    story = ringing(greeting="Say hello.")
    assert told(story.answers()) == ["Say hello."]
    story.says(1, "Hello.")
    story.ends_its_turn()
    story.loses_its_model()
    story.wait(0.3)
    assert told(story.is_accepted()) == []


@pytest.mark.parametrize("remedy", [Remedy.RESUME, Remedy.FRESH, Remedy.FORGET])
def test_a_model_that_was_lost_before_its_greeting_is_told_to_greet_once_more(remedy: Remedy) -> None:
    story = ringing(greeting="Say hello.")
    story.answers()
    story.loses_its_model(Closing(remedy, "closed"))
    story.wait(0.3)
    assert told(story.is_accepted()) == ["Say hello."]
    story.says(1, "Hello.")
    story.ends_its_turn()
    story.loses_its_model()
    story.wait(0.6)
    assert told(story.is_accepted()) == []


def test_without_a_greeting_the_caller_speaks_first() -> None:
    story = ringing(greeting=None)
    assert told(story.answers()) == []
    assert story.state is State.TALKING


def test_a_model_that_takes_turns_only_as_history_is_greeted_as_if_typed() -> None:
    story = Story(model="models/gemini-3.1-flash-live-preview", greeting="Say hello.")
    story.rings()
    assert story.answers()[-1].command == live.Type("Say hello.")  # type: ignore[union-attr]


# Barge-in.


def test_an_interruption_leaves_as_clear_in_the_same_step() -> None:
    story = talking()
    story.says(3)
    assert story.give(live.Interrupted())[0] == CLEAR


def test_an_interruption_after_the_turn_was_sent_still_clears_what_twilio_holds() -> None:
    story = talking()
    story.says(10)
    story.ends_its_turn()
    story.wait(2)
    assert story.give(live.Interrupted())[0] == CLEAR


def test_an_interruption_with_nothing_said_harms_nobody() -> None:
    story = talking()
    assert story.give(live.Interrupted(), live.Interrupted()) == [CLEAR, CLEAR]
    story.give(live.TurnComplete())
    assert spoken(story.says(1)) > 0


def test_stale_sound_is_dropped_until_the_turn_is_complete() -> None:
    story = talking()
    story.says(3, "We are open")
    story.give(live.Interrupted())
    assert story.says(1, " from nine.") == []
    story.give(live.TurnComplete())
    assert spoken(story.says(1)) > 7_900


def test_a_turn_that_is_never_completed_mutes_the_agent_for_a_second_only() -> None:
    story = talking()
    story.says(3)
    story.give(live.Interrupted())
    story.wait(0.99)
    assert story.says(0.1) == []
    story.wait(0.02)
    assert spoken(story.says(0.1)) > 0


def test_the_record_of_an_interrupted_turn_holds_what_was_heard_of_it() -> None:
    story = talking()
    story.says(4, "one two three four five six seven eight")
    story.wait(2)
    story.give(live.Interrupted())
    (turn,) = of(AgentTurn, story.records)
    assert turn.text == "one two three four five six seven eight"
    assert turn.heard == "one two three four"
    assert turn.heard_ms == 2_000
    assert turn.sent_ms == pytest.approx(4_000, abs=10)


def test_a_turn_heard_to_its_end_is_recorded_whole_and_once() -> None:
    story = talking()
    story.says(2, "We are open.")
    story.ends_its_turn()
    story.wait(2.1)
    story.echoes()
    story.give(phone.Stopped())
    (turn,) = of(AgentTurn, story.records)
    assert (turn.heard, turn.source) == ("We are open.", "model")
    assert turn.sent_ms == turn.heard_ms


def test_marks_that_come_back_after_a_clear_count_for_nothing() -> None:
    story = talking()
    story.says(4, "one two three four")
    story.ends_its_turn()
    story.give(live.Interrupted())
    before = len(story.records)
    assert story.echoes() == []
    assert len(story.records) == before


def test_the_filter_remembers_nothing_of_what_was_cleared() -> None:
    loud = live.Spoke(b"\xff\x5f" * 24_000)
    quiet = live.Spoke(bytes(9_600))
    interrupted, fresh = talking(), talking()
    interrupted.give(loud, live.Interrupted(), live.TurnComplete())
    assert of(ToPhone, interrupted.give(quiet))[1:] == of(ToPhone, fresh.give(quiet))[1:]


# The caller's sound.


def test_the_caller_is_passed_on_as_it_is_heard() -> None:
    story = talking()
    sent = sum(forwarded(story.give(FRAME)) for _ in range(50))
    assert sent == pytest.approx(50 * 640, abs=640)


def test_the_last_two_seconds_of_the_caller_wait_for_the_model() -> None:
    story = ringing()
    story.give(STARTED)
    for second in range(5):
        story.give(*[phone.Heard(bytes([second]) * 160)] * 50)
    assert story.call.conversation.dropped == 3 * 8_000
    assert forwarded(story.is_accepted()) == 0
    first = forwarded(story.give(FRAME))
    assert 0 < first <= 2 * 640
    rest = [forwarded(story.give(FRAME)) for _ in range(150)]
    assert max(rest) <= 2 * 640, "more than twice real time"
    assert first + sum(rest) == pytest.approx((2 * 50 + 151) * 640, abs=640)
    assert rest[-1] <= 640, "the backlog never ends"


def test_what_the_caller_says_while_the_model_is_lost_is_kept_in_order() -> None:
    early, late = talking(), talking()
    frames = [phone.Heard(bytes([n] * 160)) for n in range(40)]
    heard_early = [a for frame in frames for a in early.give(frame)]
    late.loses_its_model()
    late.give(*frames[:20])
    late.wait(0.3)
    late.is_accepted()
    heard_late = [a for frame in frames[20:] for a in late.give(frame)]

    def sound(actions: list[object]) -> bytes:
        return b"".join(a.command.pcm for a in actions if isinstance(getattr(a, "command", None), live.Hear))  # type: ignore[attr-defined]

    assert sound([*heard_late]) == sound([*heard_early])


# The stream goes away.


def test_a_stream_that_breaks_off_is_waited_for() -> None:
    story = talking()
    story.give(StreamLost())
    assert story.state is State.AWAY
    story.wait(9.9)
    assert story.state is State.AWAY
    story.wait(0.2)
    assert story.hung_up is not None
    assert story.hung_up.next is Next.HANG_UP


def test_what_was_not_heard_is_told_when_the_stream_is_back() -> None:
    story = talking()
    story.says(4, "one two three four five six seven eight")
    story.wait(2)
    story.give(StreamLost())
    (turn,) = of(AgentTurn, story.records)
    assert turn.heard == "one two three four"
    (words,) = told(story.give(STARTED))
    assert words.startswith(BACK)
    assert '"five six seven eight"' in words
    assert "one" not in words.partition('"')[2]
    assert story.state is State.TALKING


def test_a_stream_that_is_back_with_everything_heard_needs_no_word() -> None:
    story = talking()
    story.says(1, "Hello.")
    story.ends_its_turn()
    story.wait(2)
    story.echoes()
    story.give(StreamLost())
    assert told(story.give(STARTED)) == []


def test_nothing_is_said_while_the_stream_is_away_and_the_idle_clock_stands() -> None:
    story = talking(idle_after=2)
    story.give(StreamLost())
    assert story.says(1, "Hello?") == []
    assert told(story.wait(9)) == []
    story.give(STARTED)
    assert told(story.wait(2.1)) != []


def test_twilio_asking_what_is_next_gets_a_new_stream_and_thirty_seconds_for_it() -> None:
    story = talking()
    assert story.give(NextAsked()) == [Reply(Next.CONNECT)]
    story.wait(29)
    assert story.state is State.AWAY
    story.wait(2)
    assert story.hung_up is not None


def test_next_is_answered_while_it_still_rings() -> None:
    story = ringing()
    story.wait(20)
    assert story.give(NextAsked()) == [Reply(Next.CONNECT)]
    assert story.state is State.RINGING
    story.wait(29)
    assert story.give(STARTED) == [Dial()]


def test_next_while_leaving_ends_the_call() -> None:
    story = talking()
    story.calls()
    story.has(hang_up=True)
    assert story.give(NextAsked())[-1] == Reply(Next.HANG_UP)
    assert story.hung_up is not None


def test_next_after_the_end_is_the_outcome_every_time() -> None:
    story = talking()
    story.give(phone.Stopped())
    assert story.give(NextAsked(), NextAsked()) == [Reply(Next.HANG_UP)] * 2


def test_a_line_that_breaks_more_than_ten_times_in_two_minutes_ends_politely() -> None:
    story = talking()
    for _ in range(10):
        assert story.give(NextAsked())[-1] == Reply(Next.CONNECT)
        story.give(STARTED)
        story.wait(5)
    assert story.give(NextAsked())[-1] == Reply(Apology())
    assert story.hung_up is not None


def test_a_line_that_breaks_now_and_then_goes_on() -> None:
    story = talking(idle_after=100)
    for _ in range(30):
        assert story.give(NextAsked())[-1] == Reply(Next.CONNECT)
        story.give(STARTED)
        story.wait(13)
    assert story.state is State.TALKING


def test_a_second_stream_replaces_the_first_and_both_ends_talk_on() -> None:
    story = talking()
    story.says(4, "one two three four five six seven eight")
    story.wait(2)
    actions = story.give(STARTED)
    assert told(actions)[0].startswith(BACK)
    assert of(Dial, actions) == []
    assert story.state is State.TALKING
    assert spoken(story.says(1)) > 0


def test_a_model_that_comes_while_the_stream_is_away_is_there_when_it_is_back() -> None:
    story = ringing()
    story.give(STARTED, StreamLost())
    assert told(story.is_accepted()) == []
    assert story.state is State.AWAY
    assert told(story.give(STARTED)) == [GREETING]


def test_a_model_lost_while_the_stream_is_away_is_dialled_when_it_is_back() -> None:
    story = talking()
    story.give(StreamLost())
    story.loses_its_model()
    assert of(Dial, story.wait(9)) == []
    assert Dial() in story.give(STARTED)
    story.is_accepted()
    assert story.state is State.TALKING


# The caller goes.


@pytest.mark.parametrize("event", [phone.Stopped(), Ended("Twilio says: completed")], ids=["stop", "status"])
def test_a_caller_who_hangs_up_is_gone_at_once(event: phone.Stopped | Ended) -> None:
    story = talking()
    story.wait(12)
    story.says(2, "one two three four")
    story.wait(1)
    story.give(live.CallerSaid("I must "), live.CallerSaid("go."))
    actions = story.give(event)
    assert of(HangUp, actions) == [actions[-1]]
    assert story.call.deadline is None
    caller, agent, _, outcome = story.records
    assert caller == CallerTurn(113.0, "I must go.")
    assert isinstance(agent, AgentTurn)
    assert agent.heard == "one two"
    assert outcome is story.hung_up
    assert story.hung_up is not None
    assert story.hung_up.lasted == pytest.approx(13)


def test_the_caller_is_recorded_when_the_model_has_its_turn() -> None:
    story = talking()
    story.give(live.CallerSaid(" A table"), live.CallerSaid(" for two."))
    story.says(1, "Certainly.")
    assert story.records == []
    story.ends_its_turn()
    assert story.records == [CallerTurn(100.0, "A table for two.")]
