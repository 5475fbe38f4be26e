"""Stories of calls that we placed: who picks up is waited for, a machine is left a message, and nobody is talked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telephony_agent import Agent, briefing
from telephony_agent.live import messages as live
from telephony_agent.phone import messages as phone
from telephony_agent.pickup import FIRST_WORD, MACHINE, MESSAGE, SETTLES
from telephony_agent.record.entries import CALL_BACK, DO_NOT_CALL, Apology, Next, Noted
from telephony_agent.states import PATIENCE, State, Timer
from telephony_agent.steps import HangUp, MachineAnswered, NextAsked, StreamLost, ToLive
from telephony_agent.toolbox.context import Fetch, Wants
from tests.story import CLEAR, INCOMING, STARTED, Story, calling_out, of, spoken, talking, told
from tests.test_ear import line, mulaw, recording, silence

WORDS = "Your table is booked."
BY_TWILIO = Apology(WORDS)
STILL_THERE = Agent(instructions="Any.").idle_prompt
HELLO = mulaw(line(recording("asterisk_digits_7"), silence(0.5)))
TOLD = briefing.VOICEMAIL.format(message=WORDS)
BEEP = MachineAnswered(beeped=True)


def hears(story: Story, ulaw: bytes) -> bytes:
    """What the model hears when this comes from the callee: 16 kHz PCM."""
    actions = []
    for at in range(0, len(ulaw), 160):
        actions += story.give(phone.Heard(ulaw[at : at + 160])) + story.wait(0.02)
    commands = [action.command for action in of(ToLive, actions)]
    return b"".join(command.pcm for command in of(live.Hear, commands))


def is_told_of_the_beep(story: Story) -> list[str]:
    return told(story.wait(SETTLES))


def says_its_message(story: Story, words: str = WORDS) -> None:
    story.says(2, words)
    story.ends_its_turn()
    story.wait(2.05)
    story.echoes()


# Somebody.


def test_the_agent_is_not_made_to_speak_before_the_callee_has() -> None:
    story = calling_out()
    assert told(story.wait(FIRST_WORD - 0.1)) == []


def test_who_says_hello_is_left_to_the_model() -> None:
    story = calling_out()
    hears(story, HELLO)
    assert briefing.CALLEE_SILENT not in told(story.wait(10))


def test_a_hello_that_only_the_model_hears_counts_too() -> None:
    story = calling_out()
    story.give(live.CallerSaid("Hello?"))
    assert briefing.CALLEE_SILENT not in told(story.wait(10))


def test_who_says_nothing_is_spoken_to_once() -> None:
    story = calling_out()
    assert told(story.wait(FIRST_WORD)) == [briefing.CALLEE_SILENT]
    story.says(1, "Hello, this is the bakery.")
    story.ends_its_turn()
    story.wait(1.1)
    story.echoes()
    assert told(story.wait(10)) == []


def test_an_agent_that_speaks_first_needs_not_be_told_to() -> None:
    story = calling_out()
    story.says(1, "Hello, this is the bakery.")
    story.ends_its_turn()
    story.echoes()
    assert told(story.wait(10)) == []


def test_a_silent_callee_is_spoken_to_as_soon_as_the_model_is_there() -> None:
    story = calling_out()
    story.loses_its_model()
    assert told(story.wait(FIRST_WORD + 1)) == []
    assert told(story.is_accepted()) == [briefing.CALLEE_SILENT]


def test_a_callee_who_stays_silent_is_asked_and_then_taken_leave_of() -> None:
    story = calling_out(idle_after=20.0)
    waits = {briefing.CALLEE_SILENT: FIRST_WORD, STILL_THERE: 20.0, briefing.NOBODY_THERE: 20.0}
    for expected, seconds in waits.items():
        assert told(story.wait(seconds - 0.1)) == []
        assert told(story.wait(0.2)) == [expected]
        story.says(1, "Are you there?")
        story.wait(1)
        story.ends_its_turn()
        story.echoes()
    assert story.hung_up is not None
    assert story.hung_up.why == Timer.IDLE.value


def test_nobody_is_waited_for_when_a_stream_comes_back() -> None:
    story = calling_out()
    story.says(1, "Hello, this is the bakery.")
    story.ends_its_turn()
    story.give(StreamLost(), NextAsked(), STARTED)
    assert briefing.CALLEE_SILENT not in told(story.wait(10))


def test_what_is_said_before_the_agent_has_spoken_is_no_wish_for_a_person() -> None:
    story = calling_out()
    story.give(live.CallerSaid("To speak to a representative, press one."))
    assert story.state is State.TALKING
    story.says(1, "Hello, this is the bakery.")
    story.ends_its_turn()
    story.give(live.CallerSaid("I want to speak to a person."))
    assert story.hung_up is not None


@pytest.mark.parametrize(("longest", "goodbye"), [(60.0, 40.0), (30.0, 15.0), (600.0, 100.0)])
def test_goodbye_is_said_before_twilio_ends_the_call(longest: float, goodbye: float) -> None:
    story = calling_out(longest=longest, longest_call=100.0, idle_after=1000.0)
    story.give(live.CallerSaid("Hello?"))
    story.says(0.5, "Hello.")
    story.ends_its_turn()
    story.echoes()
    assert told(story.wait(goodbye - 0.1)) == []
    assert told(story.wait(0.2)) == [briefing.TIME_IS_UP]


@pytest.mark.parametrize("kind", [CALL_BACK, DO_NOT_CALL])
def test_what_they_want_of_us_later_is_kept_with_their_number(kind: str) -> None:
    for story in (talking(), calling_out()):
        story.give(Wants(kind))
        assert of(Noted, story.records)[-1].kind == kind
        assert of(Noted, story.records)[-1].facts == {"From": INCOMING.caller, "To": INCOMING.called}


# A machine.


@pytest.mark.parametrize("beeped", [False, True])
def test_a_machine_is_hung_up_on_where_there_is_nothing_to_leave(beeped: bool) -> None:
    story = calling_out(voicemail=None)
    story.give(MachineAnswered(beeped))
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MACHINE, Next.HANG_UP)


def test_a_machine_that_still_greets_is_listened_to() -> None:
    story = calling_out()
    assert story.give(MachineAnswered(beeped=False)) == []
    assert story.state is State.TALKING


def test_a_message_is_left_after_the_beep_and_then_the_agent_hangs_up() -> None:
    story = calling_out()
    assert told(story.give(BEEP, BEEP)) == []  # Twilio may tell it twice
    assert is_told_of_the_beep(story) == [TOLD]
    says_its_message(story)
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, Next.HANG_UP)


def test_what_the_agent_was_saying_to_the_greeting_is_cut() -> None:
    story = calling_out()
    story.says(5, "Hello, this is the bakery. We call about")
    story.wait(1)
    assert CLEAR in story.give(BEEP)
    assert is_told_of_the_beep(story) == [TOLD]
    story.give(live.Interrupted(), live.TurnComplete())  # by our words
    assert story.state is State.LEAVING
    says_its_message(story)
    assert story.hung_up is not None
    assert story.hung_up.why == MESSAGE


def test_nothing_that_a_machine_sounds_after_its_beep_interrupts_the_message() -> None:
    story = calling_out()
    story.give(BEEP)
    is_told_of_the_beep(story)
    story.says(6, WORDS)
    heard = hears(story, HELLO)
    assert set(heard) <= {0}
    assert of(phone.Clear, [getattr(action, "command", None) for action in story.give(live.CallerSaid("Beep."))]) == []
    assert story.state is State.LEAVING


def test_an_agent_that_took_its_leave_of_the_greeting_still_leaves_the_message() -> None:
    story = calling_out()
    story.calls()
    story.has(hang_up=True)
    story.says(2, "Goodbye.")
    story.give(BEEP)
    assert is_told_of_the_beep(story) == [TOLD]
    story.give(live.Interrupted(), live.TurnComplete())
    says_its_message(story)
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, Next.HANG_UP)


def test_what_the_model_answers_to_the_greeting_is_for_nobody() -> None:
    story = calling_out()
    story.give(BEEP)
    assert spoken(story.says(2, "Hello, this is the bakery.")) == 0
    assert is_told_of_the_beep(story) == [TOLD]
    assert spoken(story.says(1, "We call about")) == 0
    story.give(live.Interrupted(), live.TurnComplete())
    says_its_message(story)
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, Next.HANG_UP)


@pytest.mark.parametrize(
    ("words", "follows"),
    [
        ("Your table is booked.", Next.HANG_UP),
        ("Hello, this is the bakery: your table is booked. Goodbye!", Next.HANG_UP),
        ("your tabel is booked", Next.HANG_UP),
        ("", Next.HANG_UP),  # a model that gives no transcript
        ("Hello, how can I help you?", BY_TWILIO),
        ("Your", BY_TWILIO),
    ],
)
def test_twilio_says_the_message_where_the_model_has_said_something_else(words: str, follows: object) -> None:
    story = calling_out()
    story.give(BEEP)
    is_told_of_the_beep(story)
    says_its_message(story, words)
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, follows)


@pytest.mark.parametrize(
    ("words", "is_left"),
    [
        (f"This is an AI speaking for the bakery. {WORDS}", True),
        (f"I am a virtual assistant. {WORDS}", True),
        ("This is an AI speaking for the bakery.", False),
        (WORDS, False),
    ],
)
def test_a_message_is_left_only_if_both_were_said_that_an_ai_speaks_and_what_it_has_to_say(
    words: str, is_left: bool
) -> None:
    story = calling_out(disclosure="This is an AI speaking for the bakery.")
    story.give(BEEP)
    is_told_of_the_beep(story)
    says_its_message(story, words)
    assert story.hung_up is not None
    assert (story.hung_up.next is Next.HANG_UP) is is_left


def test_a_machine_is_told_that_an_ai_speaks_whoever_says_the_message() -> None:
    story = calling_out(disclosure="This is an AI.")
    story.says(1, "Hello, this is the bakery.")
    story.wait(1.1)
    story.give(BEEP)
    story.ends_its_turn()
    story.echoes()
    message = f"This is an AI. {WORDS}"
    assert is_told_of_the_beep(story) == [briefing.VOICEMAIL.format(message=message)]
    story.wait(PATIENCE[Timer.FAREWELL])
    assert story.hung_up is not None
    assert story.hung_up.next == Apology(message)


def test_nothing_is_cured_for_a_machine() -> None:
    story = calling_out()
    story.give(live.CallerSaid("Please leave a message."), BEEP)
    story.says(1, "Hello")
    assert told(story.give(live.TurnComplete())) == []
    assert is_told_of_the_beep(story) == [TOLD]


def test_twilio_says_the_message_that_the_model_does_not() -> None:
    story = calling_out()
    story.give(BEEP)
    story.wait(SETTLES + PATIENCE[Timer.FAREWELL])
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, BY_TWILIO)


def test_twilio_says_all_of_a_message_in_which_the_model_breaks_off() -> None:
    story = calling_out(language="de-DE")
    story.give(BEEP)
    is_told_of_the_beep(story)
    story.says(1, "Your table")
    story.loses_its_model()
    story.wait(4)
    assert story.hung_up is not None
    assert story.hung_up.next == Apology(WORDS, "de-DE")


def test_twilio_says_the_message_where_there_is_no_model() -> None:
    story = calling_out()
    story.loses_its_model()
    story.give(BEEP)
    assert story.hung_up is not None
    assert (story.hung_up.why, story.hung_up.next) == (MESSAGE, BY_TWILIO)


@pytest.mark.parametrize(("voicemail", "why"), [(None, MACHINE), (WORDS, MESSAGE)])
def test_twilio_is_told_what_follows_where_there_is_no_stream(voicemail: str | None, why: str) -> None:
    story = calling_out(voicemail)
    story.give(StreamLost())
    (end,) = of(HangUp, story.give(BEEP))
    assert (end.outcome.why, end.outcome.next) == (why, Next.HANG_UP if voicemail is None else BY_TWILIO)
    assert Fetch() in end.last


def test_a_machine_that_hangs_up_during_the_message_has_not_got_it() -> None:
    story = calling_out()
    story.give(BEEP)
    is_told_of_the_beep(story)
    story.says(3, WORDS)
    story.give(phone.Stopped())
    assert story.hung_up is not None
    assert story.hung_up.why != MESSAGE


def test_a_call_that_comes_in_has_no_machine_at_its_other_end() -> None:
    story = talking()
    assert story.give(BEEP) == []
    assert story.state is State.TALKING


def test_a_machine_is_hung_up_on_where_nobody_knows_any_more_what_the_call_was_for() -> None:
    story = Story(incoming=replace(INCOMING, direction="outbound-api"))
    story.rings(prewarm=True)
    story.give(BEEP)
    assert story.hung_up is not None
