"""A question that is cut short stays in the model's mind, whatever cut it: nothing that was said or told is lost."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.events import State, Think
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Prompted, Say, Told
from telephony_agent.offline.model.messages import ActivityEnded, ActivityStarted, Content, Returned, Setup, Turn
from telephony_agent.offline.model.scripted import calls, scripted
from tests.offline.model.rehearsal import LOUD, QUIET, Rehearsal

HISTORY = (Turn("user", "I am Ada."), Turn("model", "Hello Ada."))
GREET = Turn("user", "Greet.")
BOOK = calls("book")


class Diary:
    """What the brain was told. It answers with these in turn."""

    def __init__(self, *answers: Say | Call) -> None:
        self.told: list[Told] = []
        self._answers = iter(answers)

    def __call__(self, told: Told) -> Say | Call:
        self.told.append(told)
        return next(self._answers)


def talk(
    diary: Diary, *transcripts: str, seeded: bool = False, held_back: bool = False, manual: bool = False
) -> Rehearsal:
    model = scripted(*[diary] * 9, transcripts=transcripts)
    session = Rehearsal(model, held_back=(Think,) if held_back else ())
    session.tell(
        Setup(
            "models/offline",
            input_transcription=True,
            output_transcription=True,
            seeded=seeded,
            manual_activity=manual,
        )
    )
    return session


def says(session: Rehearsal) -> None:
    """The next of the transcripts, to its end."""
    session.hears(0.5, LOUD)
    session.hears(0.5, QUIET)


def test_what_is_said_over_a_thought_comes_after_what_the_thought_was_about() -> None:
    diary = Diary(Say("Discarded."), Say("Yes."))
    session = talk(diary, "Do you remember?", "My name?", seeded=True, held_back=True)
    session.tell(Content(HISTORY, complete=True))
    says(session)
    discarded = session.held.pop()
    session.hears(0.5, LOUD)
    session.do(discarded)
    diary.told.clear()
    session.hears(0.5, QUIET)
    session.do(session.held.pop())
    assert diary.told == [Asked("Do you remember? My name?", HISTORY)]


def test_a_greeting_that_the_caller_speaks_over_is_not_forgotten() -> None:
    diary = Diary(Say("Hello."))
    session = talk(diary, "Are you open?", held_back=True)
    session.tell(Content((GREET,), complete=True))
    says(session)
    session.do(session.held.pop())
    assert diary.told == [Asked("Are you open?", (GREET,))]


def test_the_question_whose_function_was_cancelled_goes_before_what_was_said_over_it() -> None:
    diary = Diary(BOOK, Say("Then not."))
    session = talk(diary, "Book it.", "No, wait.")
    says(session)
    says(session)
    assert diary.told == [Asked("Book it."), Asked("No, wait.", (Turn("user", "Book it."),))]


@pytest.mark.parametrize("told", [Asked("Book it."), Prompted((GREET,))])
def test_a_cough_over_a_function_changes_nothing(told: Told) -> None:
    diary = Diary(BOOK, Say("Booked."))
    session = talk(diary, *([told.text] if isinstance(told, Asked) else []), "", "")
    if isinstance(told, Asked):
        says(session)
    else:
        session.tell(Content((GREET,), complete=True))
    (call,) = session.calls
    session.kinds()
    for _ in range(2):
        says(session)
    assert session.kinds() == []
    assert session.session.state is State.CALLING
    session.answers(call, output="done")
    session.wait(1)
    assert session.spoken == "Booked."
    assert diary.told == [told, Answered((Returned(call.id, "book", {"output": "done"}),))]


def test_an_answer_that_comes_during_a_cough_is_told_after_it() -> None:
    session = talk(Diary(BOOK, Say("Booked.")), "Book it.", "")
    says(session)
    session.hears(0.3)
    session.answers(session.calls[-1], output="done")
    assert session.spoken == ""
    session.hears(0.5, QUIET)
    session.wait(1)
    assert session.spoken == "Booked."


def test_who_says_when_the_caller_speaks_has_a_function_cancelled_at_once_and_begun_again_once_only() -> None:
    diary = Diary(BOOK, BOOK, Say("Never reached."))
    session = talk(diary, "Book it.", "", "", manual=True)
    for _ in range(3):
        session.tell(ActivityStarted())
        session.hears(0.3)
        session.tell(ActivityEnded())
    assert diary.told == [Asked("Book it."), Asked("Book it.")]
    assert [call.name for call in session.calls] == ["book", "book"]


def test_what_a_function_gave_survives_the_next_one_s_being_cancelled() -> None:
    diary = Diary(calls("look"), BOOK, BOOK, Say("Booked."), Say("You are welcome."))
    session = talk(diary, "Book it.", "Thank you.")
    says(session)
    session.answers(session.calls[-1], output="free")
    says(session)
    session.answers(session.calls[-1], output="done")
    session.wait(3)
    free = Answered((Returned(session.calls[0].id, "look", {"output": "free"}),))
    assert diary.told[:3] == [Asked("Book it."), free, free]
    assert diary.told[-1] == Asked("Thank you.")
