"""What goes wrong quietly: each trouble's rule, and what is no trouble at all."""

from __future__ import annotations

import pytest

from telephony_agent.guards import (
    AFTERTHOUGHT,
    DRY,
    EMPTY,
    NEAR_SILENCE,
    REPLY,
    SHORT,
    SLOW_REPLY,
    UNHEARD,
    Alarm,
    Cure,
    Guards,
    Trouble,
)
from telephony_agent.live.messages import TurnComplete
from telephony_agent.states import Timers
from tests.story import voice

FAINT = b"\x04\x00" * 24_000  # a second of what nobody can hear
SECOND = voice(1)
COMPLETE = TurnComplete()
LISTENS = TurnComplete("NEED_MORE_INPUT")


class Watch:
    """Guards and a clock. What is said is heard as soon as it comes, unless `held` says otherwise."""

    def __init__(self, language: str | None = None, slow: bool = False, silent: bool = False) -> None:
        self.timers = Timers()
        self.guards = Guards(self.timers, language, slow, silent)
        self.now = 10.0
        self.guards.begin(self.now)

    def wait(self, seconds: float) -> list[Alarm]:
        until, alarms = self.now + seconds, []
        while (deadline := self.timers.deadline) is not None and deadline <= until:
            self.now = deadline
            assert self.timers.take(self.now) is not None
            if (alarm := self.guards.time_is_up(self.now)) is not None:
                alarms.append(alarm)
        self.now = until
        return alarms

    def told(self) -> None:
        self.guards.told(self.now)

    def says(self, text: str = "Hello there.", pcm: bytes = SECOND) -> Alarm | None:
        if text:
            self.guards.says(text, 0.0, self.now)
        return self.guards.sounds(pcm, 0.0, self.now)

    def ends(self, complete: TurnComplete = COMPLETE) -> Alarm | None:
        return self.guards.generated() or self.guards.completes(complete, 0.0, self.now)

    def answers(self, text: str = "Hello there.") -> None:
        assert self.says(text) is None
        assert self.ends() is None

    def caller(self, spoke: float) -> None:
        self.guards.caller_begins()
        self.now += spoke
        self.guards.caller_ends(spoke, 0.0, self.now)


def nudge(trouble: Trouble) -> list[Alarm]:
    return [Alarm(trouble, Cure.NUDGE)]


def test_an_answer_in_time_is_no_trouble() -> None:
    watch = Watch()
    watch.told()
    assert watch.wait(REPLY - 0.1) == []
    watch.answers()
    assert watch.wait(600) == []
    assert watch.guards.mishaps(0, 0).troubles == {}


def test_a_reply_that_is_owed_and_does_not_come() -> None:
    watch = Watch()
    watch.told()
    assert watch.wait(REPLY) == nudge(Trouble.STALL)
    assert watch.wait(600) == []


def test_a_model_that_thinks_or_searches_has_more_time() -> None:
    watch = Watch(slow=True)
    watch.told()
    assert watch.wait(SLOW_REPLY - 0.1) == []
    assert watch.wait(0.2) == nudge(Trouble.STALL)


def test_a_function_has_answered_and_nothing_follows() -> None:
    watch = Watch()
    watch.told()
    watch.guards.calls(watch.now)
    assert watch.wait(60) == [], "the function has time limits of its own"
    watch.guards.answered(1.0, watch.now)
    assert watch.wait(REPLY + 0.9) == []
    assert watch.wait(0.2) == nudge(Trouble.TOOL_STALL)


def test_the_turn_of_the_call_may_be_closed_before_the_answer_to_it() -> None:
    watch = Watch()
    watch.guards.calls(watch.now)
    watch.guards.answered(0.0, watch.now)
    assert watch.ends() is None
    assert watch.wait(REPLY - 0.1) == []
    watch.answers()
    assert watch.wait(60) == []


def test_sound_that_nobody_can_hear() -> None:
    watch = Watch()
    alarms = [watch.says("", FAINT) for _ in range(5)]
    at = int(NEAR_SILENCE) - 1
    assert alarms[at] == Alarm(Trouble.NEAR_SILENT, Cure.NUDGE)
    assert [alarm for alarm in alarms if alarm] == [alarms[at]], "once a turn"


def test_a_short_turn_that_nobody_can_hear() -> None:
    watch = Watch()
    assert watch.says("Yes.", FAINT) is None
    assert watch.ends() == Alarm(Trouble.NEAR_SILENT, Cure.NUDGE)


def test_a_pause_before_or_within_a_sentence_is_no_trouble() -> None:
    watch = Watch()
    for pcm in (FAINT, voice(1), FAINT, FAINT, FAINT, voice(1)):
        assert watch.says("", pcm) is None
    assert watch.ends() is None


def test_an_empty_turn() -> None:
    watch = Watch()
    watch.told()
    assert watch.ends() is None
    assert watch.wait(EMPTY) == nudge(Trouble.EMPTY)


def test_an_empty_turn_before_the_real_one_is_no_trouble() -> None:
    watch = Watch()
    watch.told()
    watch.ends()
    assert watch.wait(EMPTY / 2) == []
    watch.answers()
    assert watch.wait(60) == []


def test_an_empty_turn_that_nobody_waits_for_is_no_trouble() -> None:
    watch = Watch()
    assert watch.ends() is None
    assert watch.wait(60) == []


def test_what_ends_an_interrupted_turn_is_no_empty_turn() -> None:
    watch = Watch()
    watch.says()
    watch.guards.interrupted(playing=True)
    watch.told()
    assert watch.ends() is None
    assert watch.wait(REPLY - 0.1) == []


def test_a_rejected_turn() -> None:
    watch = Watch()
    watch.told()
    assert watch.ends(TurnComplete("RESPONSE_REJECTED")) == Alarm(Trouble.REJECTED, Cure.NUDGE)


def test_a_model_that_wants_to_hear_more_owes_nothing() -> None:
    watch = Watch()
    watch.told()
    assert watch.ends(LISTENS) is None
    assert watch.wait(600) == []


def test_a_model_that_is_still_at_work_owes_another_turn() -> None:
    watch = Watch()
    watch.says("Let me see.")
    watch.ends(TurnComplete(goes_on=True))
    assert watch.wait(SLOW_REPLY - 0.1) == []
    assert watch.wait(0.2) == nudge(Trouble.STALL)


def test_a_turn_that_stops_in_the_middle() -> None:
    watch = Watch()
    watch.says("Your table is")
    assert watch.wait(DRY) == nudge(Trouble.ENDLESS)


def test_a_turn_that_is_whole_but_not_said_to_be() -> None:
    watch = Watch()
    watch.says("Your table is booked.")
    assert watch.wait(DRY) == [Alarm(Trouble.ENDLESS, Cure.NONE)]
    assert watch.wait(600) == []


def test_words_that_run_ahead_of_their_sound_do_not_make_a_turn_whole() -> None:
    watch = Watch()
    watch.says("Your table is booked for four people, on Friday, at seven in the evening.")
    assert watch.wait(DRY) == nudge(Trouble.ENDLESS)


def test_a_turn_that_was_generated_is_whole_whatever_its_words() -> None:
    watch = Watch()
    watch.says("Your table is")
    assert watch.guards.generated() is None
    assert watch.wait(DRY) == [Alarm(Trouble.ENDLESS, Cure.NONE)]


def test_words_without_a_sound_are_no_turn() -> None:
    watch = Watch()
    watch.guards.says("Your table is booked.", 0.0, watch.now)
    assert watch.wait(DRY) == nudge(Trouble.ENDLESS)


def test_an_answer_that_ends_in_mid_sentence() -> None:
    watch = Watch()
    watch.answers("Hello there.")
    watch.answers("We are open from five to")
    assert watch.wait(AFTERTHOUGHT) == nudge(Trouble.BROKEN_OFF)


@pytest.mark.parametrize("end", ["ten.", "ten!”", "ten? ", "十時です。", '"ten."'])
def test_a_sentence_may_end_in_many_ways(end: str) -> None:
    watch = Watch()
    watch.answers("Hello there.")
    watch.answers(f"We are open from five to {end}")
    assert watch.wait(60) == []


def test_a_sentence_that_goes_on_after_its_turn_is_no_trouble() -> None:
    watch = Watch()
    watch.answers("Hello there.")
    watch.answers("We are open from five to")
    assert watch.wait(AFTERTHOUGHT / 2) == []
    watch.answers(" ten.")
    assert watch.wait(60) == []


def test_transcripts_without_points_tell_nothing_of_the_end() -> None:
    watch = Watch()
    watch.answers("hello there")
    watch.answers("we are open")
    assert watch.wait(60) == []
    watch.answers("from five,")
    assert watch.wait(AFTERTHOUGHT) == nudge(Trouble.BROKEN_OFF)


def test_a_short_answer_of_the_caller_s_that_is_ignored() -> None:
    watch = Watch()
    watch.caller(0.3)
    assert watch.wait(UNHEARD) == nudge(Trouble.IGNORED)


def test_a_short_answer_that_was_understood_is_only_late() -> None:
    watch = Watch()
    watch.caller(0.3)
    watch.guards.understood(watch.now)
    assert watch.wait(REPLY) == nudge(Trouble.STALL)


def test_a_television_is_asked_twice_what_it_said() -> None:
    watch = Watch()
    for _ in range(20):
        watch.caller(SHORT)
        if watch.wait(UNHEARD):
            watch.told()
            watch.answers("Pardon?")
            watch.wait(2)
    assert watch.guards.troubles[Trouble.IGNORED] == 2


def test_who_speaks_waits_for_nothing() -> None:
    watch = Watch()
    watch.told()
    watch.guards.caller_begins()
    assert watch.wait(20) == []
    watch.guards.caller_ends(20.0, 0.0, watch.now)
    assert watch.wait(REPLY) == nudge(Trouble.STALL)


def test_a_caller_who_speaks_over_the_agent_is_not_owed_an_answer() -> None:
    watch = Watch()
    watch.says()
    watch.guards.caller_begins()
    watch.guards.caller_ends(0.4, 2.0, watch.now)
    watch.ends()
    assert watch.wait(60) == []


def test_a_model_that_has_answered_before_our_ear_heard_the_end_owes_nothing() -> None:
    watch = Watch()
    watch.guards.caller_begins()
    watch.guards.understood(watch.now)
    watch.answers()
    watch.guards.caller_ends(2.0, 0.0, watch.now)
    assert watch.wait(60) == []


def test_what_the_caller_goes_on_to_say_after_such_an_answer_is_owed_another() -> None:
    watch = Watch()
    watch.guards.caller_begins()
    watch.guards.understood(watch.now)
    watch.answers()
    watch.guards.understood(watch.now)
    watch.guards.caller_ends(4.0, 0.0, watch.now)
    assert watch.wait(REPLY) == nudge(Trouble.STALL)


def test_a_model_that_may_be_silent_owes_the_caller_nothing() -> None:
    watch = Watch(silent=True)
    watch.caller(3.0)
    assert watch.wait(60) == []
    watch.told()
    assert watch.wait(REPLY) == nudge(Trouble.STALL)


def test_an_answer_in_another_language() -> None:
    watch = Watch("en-US")
    watch.says("Es tut mir leid, das habe ich nicht verstanden.")
    assert watch.ends() == Alarm(Trouble.OTHER_LANGUAGE, Cure.NUDGE)


def test_no_language_is_wrong_if_none_is_pinned() -> None:
    watch = Watch()
    watch.answers("Es tut mir leid, das habe ich nicht verstanden.")


def test_nothing_interrupted_is_only_counted() -> None:
    watch = Watch()
    watch.told()
    watch.guards.interrupted(playing=False)
    assert watch.guards.troubles[Trouble.NOTHING_INTERRUPTED] == 1
    assert watch.wait(REPLY) == nudge(Trouble.STALL), "what was owed still is"
