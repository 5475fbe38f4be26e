"""What is thought about first."""

import pytest

from telephony_agent.offline.model.faculties import Answered, Asked, Prompted, Told
from telephony_agent.offline.model.messages import Turn
from telephony_agent.offline.model.questions import Questions

GIVEN = Answered(())


def test_a_question_in_two_breaths_is_one() -> None:
    questions = Questions()
    questions.add(Asked("A table"))
    questions.add(Asked("for four."))
    assert questions.next() == Asked("A table for four.")


def test_a_question_stays_open_until_it_is_settled() -> None:
    questions = Questions()
    assert questions.next() is None
    questions.add(GIVEN)
    assert questions.next() == questions.next() == GIVEN
    assert questions.settled()
    assert questions.next() is None


@pytest.mark.parametrize("order", [(GIVEN, Asked("And?")), (Asked("And?"), GIVEN)])
def test_what_a_function_gave_comes_before_what_was_asked_meanwhile(order: tuple[Told, Told]) -> None:
    questions = Questions()
    for told in order:
        questions.add(told)
    assert questions.next() == GIVEN
    questions.settled()
    assert questions.next() == Asked("And?")


def test_what_was_open_goes_before_what_the_client_wants_said() -> None:
    questions = Questions()
    questions.add(Asked("And?", (Turn("model", "Yes."),)))
    questions.add(Prompted((Turn("user", "Greet."),)))
    questions.add(Prompted((Turn("user", "Be brief."),)))
    told = [Turn("model", "Yes."), Turn("user", "And?"), Turn("user", "Greet."), Turn("user", "Be brief.")]
    assert questions.next() == Prompted(tuple(told))


def test_what_the_client_wanted_said_goes_before_what_is_asked_meanwhile() -> None:
    questions = Questions()
    questions.add(Prompted((Turn("user", "Greet."),)))
    questions.add(Asked("Hello?", (Turn("user", "A note."),)))
    assert questions.next() == Asked("Hello?", (Turn("user", "Greet."), Turn("user", "A note.")))


def test_what_can_wait_gives_way_and_comes_back() -> None:
    questions = Questions()
    questions.wait(GIVEN, silent=True)
    assert questions.next() == GIVEN
    questions.add(Asked("And?"))
    assert questions.next() == Asked("And?")
    assert questions.settled()
    assert questions.next() == GIVEN
    assert not questions.settled()


def test_what_is_urgent_goes_before_all_that_waits() -> None:
    questions = Questions()
    questions.wait(Asked("late"))
    questions.wait(Asked("urgent"), first=True)
    assert questions.next() == Asked("urgent")
