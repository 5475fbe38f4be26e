"""The brain over several turns: what it reads back, asks about, and does together."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.router import Router
from tests.offline.model.talking import BOOK, FRIDAY, GOODBYE, HOURS, INSTRUCTIONS, Conversation

MILLER = {"name": "Miller", "day": FRIDAY, "time": "19:00", "people": 4}
BOOKING = "Book a table for four on Friday at seven under the name Miller."
NUMBER = {"properties": {"number": {"type": "string", "description": "The parcel number"}, "day": {"type": "string"}}}
TRACK = Function("track_parcel", "Tell where a parcel is.", NUMBER | {"required": ["number"]})
KEEP = Function("keep_parcel", "Store a parcel at the shop until a day.", NUMBER | {"required": ["number", "day"]})
NORTH = Function("visit_north", "Arrange a visit in the north.", {})
SOUTH = Function("visit_south", "Arrange a visit in the south.", {})


def talk(meaning: Meaning, *functions: Function) -> Conversation:
    return Conversation(Router(meaning).meet(Setup(instructions=INSTRUCTIONS, functions=functions)))


@pytest.fixture
def call(meaning: Meaning) -> Conversation:
    return talk(meaning, HOURS, BOOK, GOODBYE)


def test_what_changes_something_is_read_back_first(call: Conversation) -> None:
    call.hear(BOOKING)
    assert not call.called
    assert call.said == (
        "You want me to book a table at the restaurant for a number of people: under the name Miller, "
        "on Friday, May 8, at 7 PM, for 4 people. Shall I do that?"
    )
    call.hear("Yes, that's right.")
    assert call.called == [("book_table", MILLER)]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("No, for five people.", {"people": 5}),
        ("No, five.", {"people": 5}),
        ("On Saturday, please.", {"day": "2026-05-09"}),
        ("No, my name is Sarah Miller.", {"name": "Sarah Miller"}),
    ],
)
def test_a_correction_is_read_back_again(call: Conversation, line: str, changed: dict[str, object]) -> None:
    call.hear(BOOKING, line)
    assert not call.called
    call.agrees()
    assert call.called == [("book_table", MILLER | changed)]


def test_after_a_no_it_asks_what_to_change(call: Conversation) -> None:
    call.hear(BOOKING, "No.")
    assert call.said == "All right. What should I change?"
    call.hear("The time.")
    assert call.said == "At what time?"
    call.hear("Eight.")
    call.agrees()
    assert call.called == [("book_table", MILLER | {"time": "20:00"})]


def test_a_second_no_drops_it(call: Conversation) -> None:
    call.hear(BOOKING, "No.", "No.")
    assert call.said == "All right. What else can I do for you?"
    assert not call.called


def test_a_question_before_agreeing_is_answered_and_the_rest_asked_again(call: Conversation) -> None:
    call.hear(BOOKING, "Where can I park my car?")
    assert call.said.startswith("You can park for free behind the restaurant. You want me to book")
    call.agrees()
    assert call.called == [("book_table", MILLER)]


def test_a_function_called_before_agreeing_is_no_agreement(call: Conversation) -> None:
    call.hear(BOOKING, "When are you open on Sunday?")
    assert call.called == [("opening_hours", {"day": "Sunday"})]
    call.gets(output="On Sunday we open at noon.")
    assert call.said.startswith("On Sunday we open at noon. You want me to book")
    call.agrees()
    assert call.called[1:] == [("book_table", MILLER)]


def test_what_waits_for_a_yes_is_remembered_over_a_resumption(call: Conversation) -> None:
    call.hear(BOOKING)
    call.brain = call.brain.meet(Setup(instructions=INSTRUCTIONS, functions=(HOURS, BOOK, GOODBYE)))
    call.agrees()
    assert call.called == [("book_table", MILLER)]


def test_mere_questions_need_no_yes(meaning: Meaning) -> None:
    call = talk(meaning, TRACK)
    call.hear("Where is my parcel 4 7 2 9 1?")
    assert call.called == [("track_parcel", {"number": "47291"})]


def test_digits_are_read_back_with_the_next_question(meaning: Meaning) -> None:
    call = talk(meaning, KEEP)
    call.hear("Please store my parcel at the shop.", "4 7 2 9 1.")
    assert call.said == "I heard number 4 7 2 9 1. Which day would that be?"


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("The first one.", "north"),
        ("In the north, please.", "north"),
        ("The second.", "south"),
        ("The south.", "south"),
        ("The latter.", "south"),
    ],
)
def test_of_two_that_are_close_the_caller_chooses(meaning: Meaning, answer: str, chosen: str) -> None:
    call = talk(meaning, NORTH, SOUTH)
    call.hear("Can you arrange a visit?")
    assert call.said == "Do you want me to arrange a visit in the north, or to arrange a visit in the south?"
    call.hear(answer)
    assert call.said == f"You want me to arrange a visit in the {chosen}. Shall I do that?"


def test_neither_of_two_is_an_answer(meaning: Meaning) -> None:
    call = talk(meaning, NORTH, SOUTH)
    call.hear("Can you arrange a visit?", "Neither.")
    assert call.said == "All right. What else can I do for you?"


def test_what_answers_nothing_is_a_request_of_its_own(meaning: Meaning) -> None:
    call = talk(meaning, NORTH, SOUTH, TRACK)
    call.hear("Can you arrange a visit?", "Where is my parcel 4 7 2 9 1?")
    assert call.called == [("track_parcel", {"number": "47291"})]


def test_two_questions_in_one_breath_are_one_call(meaning: Meaning) -> None:
    call = talk(meaning, HOURS, TRACK)
    call.hear("When are you open on Friday and where is my parcel 4 7 2 9 1?")
    assert call.called == [("opening_hours", {"day": "Friday"}), ("track_parcel", {"number": "47291"})]


def test_a_request_and_a_question_in_one_breath(call: Conversation) -> None:
    call.hear("I'd like to book a table for four on Friday at seven and tell me where I can park.")
    assert call.said == "You can park for free behind the restaurant. May I have the name, please?"


def test_a_function_and_a_fact_in_one_breath(call: Conversation) -> None:
    call.hear("When are you open on Friday, and can I pay by card?")
    assert call.called == [("opening_hours", {"day": "Friday"})]
    call.gets(output="On Friday we open at five.")
    assert call.said == "On Friday we open at five. You can pay in cash or with any card."


def test_what_can_be_done_at_once_is_and_the_rest_is_asked_for_after_it(call: Conversation) -> None:
    call.hear("I want to book a table for Friday and tell me when you open.")
    assert call.called == [("opening_hours", {"day": "Friday"})]
    call.gets(output="On Friday we open at five.")
    assert call.said == "On Friday we open at five. May I have the name, please?"


def test_a_request_goes_on_after_a_question_in_between_that_needed_a_function(call: Conversation) -> None:
    call.hear("I'd like to book a table.", "What are your opening hours on Friday?")
    call.gets(output="On Friday we open at five.")
    assert call.said == "On Friday we open at five. May I have the name, please?"


@pytest.mark.parametrize("line", ["Somebody took my wallet.", "Could someone bring me a soup?", "I lost my job."])
def test_not_everybody_who_says_somebody_wants_a_human(call: Conversation, line: str) -> None:
    call.hear(line)
    assert "nobody here but me" not in call.said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where are you?", "The restaurant is at 12 Harbour Street."),
        ("What's your address?", "The restaurant is at 12 Harbour Street."),
        ("How do I find you?", "The restaurant is at 12 Harbour Street."),
        ("Do you take credit cards?", "You can pay in cash or with any card."),
        ("Do you have a car park?", "You can park for free behind the restaurant."),
    ],
)
def test_questions_are_answered_from_the_instructions(call: Conversation, question: str, answer: str) -> None:
    call.hear(question)
    assert call.said == answer


@pytest.mark.parametrize("line", ["Tell me a joke.", "Who won the match?", "I need a lawyer.", "How old are you?"])
def test_chatter_is_not_acted_on(call: Conversation, line: str) -> None:
    call.hear(line)
    assert call.said.startswith("Sorry, I did not get that. You can ask me to")


def test_a_third_function_that_is_clearly_meant_is_no_answer_to_which_of_two(meaning: Meaning) -> None:
    call = talk(meaning, NORTH, SOUTH, BOOK)
    call.hear("Please arrange a visit.")
    assert call.said.startswith("Do you want me to arrange a visit in the")
    call.hear("I want to book a table at the restaurant.")
    assert call.said == "May I have the name, please?"


def test_digits_are_read_back_where_nobody_was_asked_to_agree(meaning: Meaning) -> None:
    call = talk(meaning, TRACK)
    call.hear("Where is my parcel? The number is four seven two nine one.")
    assert call.called == [("track_parcel", {"number": "47291"})]
    call.gets(result="It is in Bremen.")
    assert call.said == "I heard number 4 7 2 9 1. It is in Bremen."


def test_digits_that_the_answer_holds_are_not_read_back_besides(meaning: Meaning) -> None:
    call = talk(meaning, TRACK)
    call.hear("Where is my parcel? The number is four seven two nine one.")
    call.gets(result="Parcel 472 91 is in Bremen.")
    assert call.said == "Parcel 472 91 is in Bremen."


def test_who_wants_nothing_after_all_is_asked_what_else(call: Conversation) -> None:
    call.hear("Never mind.")
    assert call.said == "All right. What else can I do for you?"
    assert not call.called


@pytest.mark.parametrize(
    "line", ["Hold on, please.", "One moment.", "Just a second, let me check.", "Let me think about it."]
)
def test_who_wants_a_moment_has_it_and_the_question_stays_open(call: Conversation, line: str) -> None:
    call.hear(BOOKING, line)
    assert call.said == "Of course. Take your time."
    call.hear("Yes, please.")
    assert call.called == [("book_table", MILLER)]


@pytest.mark.parametrize("line", ["Help!", "What can you do?", "Can you help me, please?"])
def test_who_asks_for_help_is_told_what_it_can_do(call: Conversation, line: str) -> None:
    call.hear(line)
    assert call.said.startswith("You can ask me to tell when the restaurant opens")


@pytest.mark.parametrize("line", ["Are you a robot?", "Am I talking to a real person?", "Is this a recording?"])
def test_who_asks_is_told_that_it_is_no_human_and_keeps_the_question(call: Conversation, line: str) -> None:
    call.hear(line)
    assert call.said == "I am an AI assistant. How can I help you?"
    call.hear("Book a table.", line)
    assert call.said == "I am an AI assistant. May I have the name, please?"
    assert not call.called


def test_who_wants_a_human_where_there_is_none_keeps_the_question(call: Conversation) -> None:
    call.hear("Book a table.", "I want to talk to a person.")
    assert call.said == "I am sorry, there is nobody here but me. May I have the name, please?"


def test_a_question_ends_no_call(meaning: Meaning) -> None:
    call = talk(meaning, Function("end_call", "End the call politely.", {}))
    call.hear("Are you polite on the telephone?")
    assert not call.called
    call.hear("I have to hang up now.")
    assert call.called == [("end_call", {})]


def test_what_failed_may_be_mended_by_what_the_caller_says_next(call: Conversation) -> None:
    call.hear(BOOKING, "Yes, please.")
    call.gets(error="we are full on that day")
    assert call.said == "I am sorry, that did not work. We are full on that day."
    call.hear("Saturday, then.")
    call.agrees()
    assert call.called[-1] == ("book_table", MILLER | {"day": "2026-05-09"})


def test_who_has_changed_their_mind_is_asked_what_else(call: Conversation) -> None:
    call.hear(BOOKING, "I've changed my mind.")
    assert call.said == "All right. What else can I do for you?"


STUDY = {"start": {"type": "string", "format": "date-time"}, "hours": {"type": "integer"}}
ROOM = Function("reserve_study_room", "Reserve a study room.", {"properties": STUDY, "required": ["start"]})


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (["Reserve a study room tomorrow.", "At ten."], "At what time?"),
        (["Reserve a study room at ten.", "Tomorrow."], "Which day would that be?"),
        (["A study room, please.", "Tomorrow.", "Ten."], "At what time?"),
        (["A study room, please.", "At ten, please.", "Tomorrow."], "Which day would that be?"),
    ],
)
def test_a_day_and_a_time_may_come_one_by_one(meaning: Meaning, lines: list[str], asked: str) -> None:
    call = talk(meaning, ROOM)
    *first, last = lines
    call.hear(*first)
    assert call.said == asked
    call.hear(last)
    call.agrees()
    assert call.called == [("reserve_study_room", {"start": "2026-05-06T10:00:00"})]


def test_where_one_function_alone_may_be_meant_the_caller_is_asked_whether_it_is(meaning: Meaning) -> None:
    call = talk(meaning, ROOM)
    call.hear("I need a study room tomorrow.")
    assert call.said == "Do you want me to reserve a study room?"
    call.hear("Yes, please.")
    assert call.said == "At what time?"
    call.hear("At ten.")
    call.agrees()
    assert call.called == [("reserve_study_room", {"start": "2026-05-06T10:00:00"})]


def test_a_no_to_the_only_function_is_no_request(meaning: Meaning) -> None:
    call = talk(meaning, ROOM)
    call.hear("I need a study room tomorrow.", "No.")
    assert call.said == "All right. What else can I do for you?"
    assert not call.called


@pytest.mark.parametrize(
    ("line", "start"),
    [("No, at eleven.", "2026-05-06T11:00:00"), ("No, on Friday.", "2026-05-08T10:00:00")],
)
def test_half_of_a_day_and_a_time_can_be_corrected(meaning: Meaning, line: str, start: str) -> None:
    call = talk(meaning, ROOM)
    call.hear("Reserve a study room tomorrow at ten.", line)
    call.agrees()
    assert call.called == [("reserve_study_room", {"start": start})]
