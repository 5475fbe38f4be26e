"""The brain, told what a caller of a restaurant says."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.faculties import Prompted
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function, Setup, Turn
from telephony_agent.offline.model.router import NOT_UNDERSTOOD, Router
from tests.offline.model.talking import BOOK, FRIDAY, GOODBYE, HOURS, INSTRUCTIONS, Conversation


@pytest.fixture
def call(meaning: Meaning) -> Conversation:
    return Conversation(Router(meaning).meet(Setup(instructions=INSTRUCTIONS, functions=(HOURS, BOOK, GOODBYE))))


@pytest.mark.parametrize(
    "line",
    ["When are you open on Friday?", "What are your opening hours on Friday?", "What time do you close on Friday?"],
)
def test_a_question_becomes_a_call(call: Conversation, line: str) -> None:
    call.hear(line)
    assert call.called == [("opening_hours", {"day": "Friday"})]


def test_the_result_is_what_is_said(call: Conversation) -> None:
    call.hear("When are you open on Friday?")
    call.gets(output="On Friday we open at five.")
    assert call.said == "On Friday we open at five."


def test_a_question_that_a_function_advises_to_ask_is_none_of_its_own(call: Conversation) -> None:
    call.hear("When are you open on Friday?")
    call.gets(output="They can hear you again. Ask whether they are ready.")
    assert call.said == "Are you ready?"
    assert isinstance(call.brain, Router)
    assert call.brain.pending is None  # so the answer is not for it


@pytest.mark.parametrize(
    "line",
    [
        "I would like to book a table for four people on Friday at seven, under the name Miller.",
        "Book a table for 4 on Friday at 7pm under the name Miller.",
        "My name is Miller. Can I make a reservation for four people on May 8th, seven o'clock in the evening?",
    ],
)
def test_a_booking_in_one_breath(call: Conversation, line: str) -> None:
    call.hear(line)
    call.agrees()
    assert call.called == [("book_table", {"name": "Miller", "day": FRIDAY, "time": "19:00", "people": 4})]


def test_what_is_missing_is_asked_for_one_thing_at_a_time(call: Conversation) -> None:
    questions = []
    for line in ("I'd like to book a table.", "Miller.", "On Friday.", "Seven."):
        call.hear(line)
        questions.append(call.said)
    assert questions == [
        "May I have the name, please?",
        "Which day would that be?",
        "At what time?",
        "How many people?",
    ]
    call.hear("Four.")
    call.agrees()
    assert call.called == [("book_table", {"name": "Miller", "day": FRIDAY, "time": "19:00", "people": 4})]


def test_more_than_was_asked_for_is_taken_too(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "My name is Miller, for four people on Friday.", "At half past seven.")
    call.agrees()
    assert call.called == [("book_table", {"name": "Miller", "day": FRIDAY, "time": "19:30", "people": 4})]


def test_a_question_in_between_is_answered_and_the_request_goes_on(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "Where can I park my car?")
    assert call.said == "You can park for free behind the restaurant. May I have the name, please?"
    call.hear("Miller.")
    assert call.said == "Which day would that be?"


def test_another_request_in_between_is_taken_up(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "What are your opening hours on Friday?")
    assert call.called == [("opening_hours", {"day": "Friday"})]


def test_never_mind_drops_the_request(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "Oh, never mind.")
    assert call.said == "All right. What else can I do for you?"
    call.hear("Friday.")
    assert not [name for name, _ in call.called if name == "book_table"]


def test_what_was_not_understood_is_asked_again(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "Miller.", "The weather is nice.")
    assert call.said == "Sorry, I did not get that. Which day would that be?"


def test_a_function_that_asks_back_is_called_again_with_the_answer(call: Conversation) -> None:
    call.hear("Book a table for four on Monday at seven under the name Miller.", "Yes.")
    call.gets(output="We are closed on Mondays. Which other day would you like?")
    call.hear("Then on Friday.")
    call.agrees()
    assert call.called[-1] == ("book_table", {"name": "Miller", "day": FRIDAY, "time": "19:00", "people": 4})


@pytest.mark.parametrize("line", ["Goodbye.", "Thanks, bye bye!", "That's all, thank you."])
def test_goodbye_ends_the_call_and_its_result_is_the_farewell(call: Conversation, line: str) -> None:
    call.hear(line)
    assert call.called == [("say_goodbye", {})]
    call.gets(output="Thank you for calling. Goodbye!")
    assert call.said == "Thank you for calling. Goodbye!"


def test_no_more_wishes_are_a_goodbye(call: Conversation) -> None:
    call.hear("Thank you.", "No, thank you.")
    assert call.called == [("say_goodbye", {})]


def test_without_such_a_function_goodbye_is_said(meaning: Meaning) -> None:
    call = Conversation(Router(meaning).meet(Setup(functions=(HOURS,))))
    call.hear("Goodbye.")
    assert call.said == "Goodbye!"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("Can I pay by card?", "You can pay in cash or with any card."),
        ("Is there parking?", "You can park for free behind the restaurant."),
        ("Thank you very much.", "You are welcome. Is there anything else?"),
        ("Hello?", "Hello! How can I help you?"),
        ("Can I speak to a human?", "I am sorry, there is nobody here but me. What can I do for you?"),
        (
            "Colourless green ideas sleep furiously.",
            "Sorry, I did not get that. You can ask me to tell when the restaurant opens and closes on a day, "
            "or to book a table at the restaurant for a number of people.",
        ),
    ],
)
def test_what_needs_no_function(call: Conversation, line: str, answer: str) -> None:
    call.hear(line)
    assert call.said == answer


def test_a_human_is_fetched_if_there_is_a_function_for_it(meaning: Meaning) -> None:
    transfer = Function("transfer_call", "Connect the caller with a colleague.", {})
    call = Conversation(Router(meaning).meet(Setup(functions=(HOURS, transfer))))
    call.hear("I want to talk to a real person.")
    assert call.called == [("transfer_call", {})]


def test_the_last_words_are_repeated(call: Conversation) -> None:
    call.hear("Can I pay by card?", "Could you repeat that, please?")
    assert call.said == "You can pay in cash or with any card."


def test_a_prompt_is_followed(call: Conversation) -> None:
    call.tell(Prompted((Turn("user", "Greet the caller and ask how you can help."),)))
    assert call.said == "Hello! How can I help you?"


def test_a_prompt_that_is_no_instruction_is_a_question(call: Conversation) -> None:
    call.tell(Prompted((Turn("user", "When are you open on Friday?"),)))
    assert call.called == [("opening_hours", {"day": "Friday"})]


def test_a_prompt_without_words_makes_it_speak_first(call: Conversation) -> None:
    call.tell(Prompted(()))
    assert call.said == "Hello! How can I help you?"


def test_an_error_is_said_honestly(call: Conversation) -> None:
    call.hear("When are you open on Friday?")
    call.gets(error="the list is gone")
    assert call.said == "I am sorry, that did not work. The list is gone."


def test_a_conversation_is_remembered_where_it_goes_on(call: Conversation) -> None:
    call.hear("I'd like to book a table.")
    call.brain = call.brain.meet(Setup(instructions=INSTRUCTIONS, functions=(HOURS, BOOK, GOODBYE)))
    call.hear("Miller.")
    assert call.said == "Which day would that be?"


@pytest.mark.parametrize(
    "line", ["", "   ", ".", "?!", "[noise]", "Mmm.", "ÄÖÜ ß 電話", "xqzt " * 60, "Colourless ideas."]
)
def test_who_is_not_understood_hears_so_and_what_can_be_done(call: Conversation, line: str) -> None:
    said = []
    for _ in range(4):
        call.hear(line)
        said.append(call.said)
    assert [each.partition(" You can ask me to ")[0] for each in said] == [*NOT_UNDERSTOOD, NOT_UNDERSTOOD[0]]
    assert not call.called


def test_an_open_question_is_asked_again_in_other_words_and_not_forgotten(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "Miller.")
    for words in NOT_UNDERSTOOD[:2]:
        call.hear("The weather is nice.")
        assert call.said == f"{words} Which day would that be?"
    call.hear("On Friday.")
    assert call.said == "At what time?"
