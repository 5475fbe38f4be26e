"""What a client can ask of a session beyond talking: who says who speaks, functions that nobody waits for, history."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.events import Close, Meet, Met, Think
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Prompted, Say, Told
from telephony_agent.offline.model.messages import (
    ActivityEnded,
    ActivityStarted,
    Audio,
    Content,
    ContextUpdate,
    Function,
    Returned,
    Setup,
    Text,
    ToolResponse,
    Turn,
    Window,
)
from telephony_agent.offline.model.outgoing import (
    Interrupted,
    Resumption,
    Spoken,
    TurnComplete,
)
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.rehearsal import LOUD, QUIET, Rehearsal

GREET = Content((Turn("user", "Greet."),), complete=True)
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."
INVALID = Close(1007, "Request contains an invalid argument.")
TURN = ["Talk", "GenerationComplete", "TurnComplete"]
FREE = (Function("look", "", {}, "NON_BLOCKING"),)  # a function that nobody waits for


class Diary:
    """What the brain was told; it answers each time with the next of these."""

    def __init__(self, *answers: Say | Call) -> None:
        self.told: list[Told] = []
        self._answers = iter(answers)

    def __call__(self, told: Told) -> Say | Call:
        self.told.append(told)
        return next(self._answers)


def wishing(
    *answers: Say | Call,
    transcripts: tuple[str, ...] = (),
    terms: Terms | None = None,
    manual: bool = False,
    interruptible: bool = True,
    seeded: bool = False,
    functions: tuple[Function, ...] = (),
    window: Window | None = None,
) -> tuple[Rehearsal, list[Told]]:
    """A session that was set up so, without its first messages, and what its brain is told."""
    diary = Diary(*answers)
    session = Rehearsal(scripted(*[diary] * len(answers), transcripts=transcripts), terms=terms)
    session.tell(
        Setup(
            "models/offline",
            functions=functions,
            input_transcription=True,
            output_transcription=True,
            resumption=True,
            manual_activity=manual,
            interruptible=interruptible,
            seeded=seeded,
            window=window,
        )
    )
    session.kinds()
    return session, diary.told


# Who says who speaks


def test_a_client_that_says_who_speaks_is_believed_even_about_silence() -> None:
    session, told = wishing(Say("Yes."), transcripts=("Hello?",), manual=True)
    session.tell(ActivityStarted())
    session.hears(1.0, QUIET)
    assert told == []
    session.tell(ActivityEnded())
    session.wait(2)
    assert told == [Asked("Hello?")]
    assert session.kinds() == ["HeardText", "Talk", "GenerationComplete", "TurnComplete"]


def test_an_activity_interrupts_and_the_pause_within_it_is_no_end() -> None:
    session, told = wishing(Say(LONG), Say("Yes."), transcripts=("Stop it.",), manual=True)
    session.tell(GREET)
    session.wait(0.5)
    session.tell(ActivityStarted())
    assert session.kinds() == ["Talk", "Interrupted", "TurnComplete"]
    session.hears(0.5, LOUD)
    session.hears(2, QUIET)
    session.hears(0.5, LOUD)
    session.tell(ActivityEnded())
    session.wait(2)
    assert told[1:] == [Asked("Stop it.")]


def test_sound_of_another_rate_is_recognised_too() -> None:
    session, told = wishing(Say("Yes."), transcripts=("Hello?",), manual=True)
    session.tell(ActivityStarted())
    session.tell(Audio(LOUD, 8_000))
    session.tell(ActivityEnded())
    assert told == [Asked("Hello?")]


def test_sound_before_the_first_activity_is_refused_and_between_two_it_is_dropped() -> None:
    session, _ = wishing(manual=True)
    session.tell(Audio(LOUD))
    assert session.closed == INVALID
    session, told = wishing(manual=True)
    session.tell(ActivityStarted())
    session.tell(ActivityEnded())
    session.hears(1, LOUD)
    assert session.closed is None
    assert told == []


@pytest.mark.parametrize("event", [ActivityStarted(), ActivityEnded()])
def test_who_leaves_it_to_the_model_may_not_say_who_speaks(event: ActivityStarted | ActivityEnded) -> None:
    session, _ = wishing()
    session.tell(event)
    assert session.closed == INVALID


def test_a_model_that_may_not_be_interrupted_answers_when_it_has_finished() -> None:
    session, told = wishing(Say(LONG), Say("Yes?"), transcripts=("Stop.",), interruptible=False)
    session.tell(GREET)
    session.hears(0.5, LOUD)
    session.hears(0.5, QUIET)
    assert session.kinds() == ["Talk", "HeardText", "Talk"]
    session.wait(6)
    assert told[1:] == [Asked("Stop.")]
    assert session.kinds() == [
        "Talk",
        "GenerationComplete",
        "TurnComplete",
        "Talk",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_what_is_said_over_a_function_that_may_not_be_cancelled_is_answered_after_it() -> None:
    session, told = wishing(calls("f"), Say("Done."), Say("Yes?"), transcripts=("And?",), interruptible=False)
    session.tell(GREET)
    (call,) = session.calls
    session.hears(0.5, LOUD)
    session.hears(0.5, QUIET)
    session.answers(call, output=1)
    session.wait(4)
    assert told[1:] == [Answered((Returned(call.id, "f", {"output": 1}),)), Asked("And?")]


# Functions that nobody waits for


def test_the_conversation_goes_on_while_such_a_function_runs() -> None:
    session, told = wishing(calls("look"), Say("Still looking."), Say("Found it."), functions=FREE)
    session.tell(GREET)
    (call,) = session.calls
    assert session.sent[-1][1] == Resumption("")
    session.tell(Text("And?"))
    session.wait(3)
    assert session.sent[-1][1] == Resumption(""), "as long as it runs"
    session.answers(call, output="it")
    session.wait(3)
    assert told[2] == Answered((Returned(call.id, "look", {"output": "it"}),))
    assert session.spoken == "Still looking.Found it."
    assert session.sent[-1][1] != Resumption("")


def answered(scheduling: str, more: bool = False) -> tuple[Rehearsal, list[Told]]:
    """A function answers so while the model talks, for another second and more."""
    session, told = wishing(calls("look"), Say(LONG), Say("News."), Say("More news."), functions=FREE)
    session.tell(GREET)
    (call,) = session.calls
    session.tell(Text("Tell me a story."))
    session.wait(0.5)
    session.kinds()
    session.tell(ToolResponse((Returned(call.id, "look", {}, scheduling, more),)))
    return session, told


@pytest.mark.parametrize("scheduling", ["", "WHEN_IDLE", "SCHEDULING_UNSPECIFIED"])
def test_an_answer_waits_until_nobody_speaks(scheduling: str) -> None:
    session, _ = answered(scheduling)
    session.wait(10)
    assert session.kinds() == [
        "Talk",
        "GenerationComplete",
        "TurnComplete",
        "Talk",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_an_urgent_answer_cuts_the_model_off() -> None:
    session, _ = answered("INTERRUPT")
    session.wait(10)
    assert session.kinds() == ["Interrupted", "TurnComplete", "Talk", "GenerationComplete", "TurnComplete"]


def test_even_an_urgent_answer_waits_for_the_caller() -> None:
    session, told = wishing(calls("look"), Say("News."), Say("Yes."), transcripts=("So.",), functions=FREE)
    session.tell(GREET)
    (call,) = session.calls
    session.hears(0.5, LOUD)
    session.tell(ToolResponse((Returned(call.id, "look", {}, "INTERRUPT"),)))
    assert len(told) == 1
    session.hears(0.5, QUIET)
    session.wait(5)
    assert [type(each) for each in told[1:]] == [Asked, Answered]


def test_a_silent_answer_is_remembered_and_nothing_is_said_of_it() -> None:
    session, told = answered("SILENT")
    session.wait(10)
    assert session.kinds() == ["Talk", "GenerationComplete", "TurnComplete"]
    assert isinstance(told[-1], Answered)
    session.tell(Text("And?"))
    session.wait(3)
    assert session.spoken == "More news."


def test_a_function_may_answer_several_times() -> None:
    session, told = answered("WHEN_IDLE", more=True)
    last = ToolResponse((Returned("call_1", "look", {"output": "last"}),))
    session.tell(last)
    session.wait(20)
    assert [each.results[0].more for each in told if isinstance(each, Answered)] == [True, False]
    session.tell(last)
    assert session.closed is None, "one too many is not worth a quarrel"


def test_what_was_taken_up_meanwhile_gives_way_to_the_caller_and_is_not_lost() -> None:
    diary = Diary(calls("look"), Say("News."), Say("Yes."), Say("News."))
    session = Rehearsal(scripted(*[diary] * 4, transcripts=("Wait.",)), held_back=(Think,))
    session.tell(Setup("models/offline", functions=FREE))
    session.tell(GREET)
    session.do(session.held.pop())
    session.answers(session.calls[0], output=1)
    session.hears(0.5, LOUD)
    session.do(session.held.pop())  # thought, but the caller speaks
    session.hears(0.5, QUIET)
    session.do(session.held.pop())
    session.wait(3)
    session.do(session.held.pop())
    assert [type(each) for each in diary.told] == [Prompted, Answered, Asked, Answered]


# What it knows


def test_history_is_told_without_an_answer_and_remembered() -> None:
    session, told = wishing(Say("Yes."), transcripts=("Do you remember?",), seeded=True)
    history = (Turn("user", "I am Ada."), Turn("model", "Hello Ada."))
    session.tell(Content(history[:1]))
    session.tell(Content(history[1:], complete=True))
    session.wait(3)
    assert session.kinds() == []
    session.hears(0.5, LOUD)
    session.hears(0.5, QUIET)
    assert told == [Asked("Do you remember?", history)]


def test_after_the_history_a_turn_is_a_turn() -> None:
    session, told = wishing(Say("Yes."), seeded=True)
    session.tell(Content(complete=True))
    session.tell(GREET)
    assert told == [Prompted(GREET.turns)]


def test_new_instructions_are_met_and_what_is_left_out_stays() -> None:
    session = Rehearsal(scripted(Say("Yes.")), held_back=(Meet,))
    session.tell(Setup("models/offline", instructions="old", functions=FREE))
    session.do(session.held.pop())
    session.tell(ContextUpdate(instructions="new"))
    session.tell(GREET)
    (meet,) = session.held
    assert isinstance(meet, Meet)
    assert meet.setup == Setup("models/offline", instructions="new", functions=FREE)
    assert session.kinds() == ["SetupComplete"], "it answers when it knows"
    session.tell(Met(meet.brain.meet(meet.setup)))
    session.wait(2)
    assert session.kinds() == ["Talk", "GenerationComplete", "TurnComplete"]


def test_functions_can_be_taken_away() -> None:
    session = Rehearsal(scripted(), held_back=(Meet,))
    session.tell(Setup("models/offline", functions=FREE))
    session.do(session.held.pop())
    session.tell(ContextUpdate(functions=()))
    assert isinstance(meet := session.held[0], Meet)
    assert meet.setup.functions == ()


def test_more_than_the_model_holds_ends_the_session_unless_it_may_forget() -> None:
    terms = Terms(holds=100)  # four seconds of sound
    session, _ = wishing(terms=terms)
    session.hears(5)
    assert session.closed == INVALID
    session, _ = wishing(*[Say("x" * 20)] * 9, terms=terms, window=Window())
    for _ in range(9):
        session.tell(GREET)
        session.wait(2)
    assert session.closed is None
    prompts = [m.usage.prompt_audio for _, m in session.sent if isinstance(m, TurnComplete)]
    assert max(prompts) <= 80


# What it may take


def test_the_first_sound_of_a_turn_can_be_late_as_google_s_is() -> None:
    session, _ = wishing(Say("Hello. Hello."), terms=Terms(first_chunk=0.6))
    session.tell(GREET)
    session.wait(5)
    when = [at for at, message in session.sent if isinstance(message, Spoken)]
    assert when[0] == pytest.approx(0.6)
    assert next(at for at, m in session.sent if isinstance(m, TurnComplete)) == pytest.approx(0.6 + 12 * 0.05, abs=0.01)


def test_a_session_can_end_as_one_likes_and_its_life_is_short_for_a_test() -> None:
    session, _ = wishing(terms=Terms(lifetime=2.0, ending=(1011, "Internal error encountered.")))
    session.wait(1.9)
    assert session.kinds() == ["GoAway"]
    session.wait(0.2)
    assert session.closed == Close(1011, "Internal error encountered.")


def test_while_it_talks_it_cannot_be_resumed() -> None:
    session, _ = wishing(Say(LONG))
    session.tell(GREET)
    assert Resumption("") in [message for _, message in session.sent]
    session.hears(0.5)
    last = [m for _, m in session.sent if isinstance(m, Interrupted | Resumption)]
    assert [isinstance(m, Interrupted) for m in last] == [False, True, False]
    assert last[-1] != Resumption("")
