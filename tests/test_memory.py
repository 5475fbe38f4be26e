"""What a session that knows nothing of a call is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.live.profiles import Seeding
from telephony_agent.live.requests import Turn, Turns
from telephony_agent.live.tokens import estimate
from telephony_agent.memory import LIMIT, Event, Memory, history
from telephony_agent.record.entries import AgentTurn, CallerTurn, Next, Outcome, ToolRun


def caller(began: float, text: str) -> CallerTurn:
    return CallerTurn(began, text)


def agent(began: float, text: str, heard: str | None = None) -> AgentTurn:
    return AgentTurn(began, "model", text, text if heard is None else heard, 1000, 1000)


def booked(began: float, name: str = "Miller") -> ToolRun:
    return ToolRun(began, 0.1, "book", {"name": name}, {"result": "booked"}, answered=True)


SHORT: list[Event] = [
    agent(1, "Hello, who is it?"),
    caller(2, "Miller. A table for four."),
    booked(3),
    agent(4, "It is booked for you.", heard="It is"),
]


def text_of(told: Turns | None) -> str:
    assert told is not None
    ((role, parts),) = ((turn.role, turn.parts) for turn in told.turns)
    assert role == "user"
    (text,) = parts
    assert isinstance(text, str)
    return text


# What is remembered.


def test_it_is_remembered_in_order_and_from_any_moment_on() -> None:
    memory = Memory()
    for entry in (SHORT[1], SHORT[0], SHORT[3], SHORT[2]):
        memory.note(entry)
    assert memory.since(0) == SHORT
    assert memory.since(3) == SHORT[2:]
    assert memory.since(3, [caller(3.5, "Wait")]) == [SHORT[2], caller(3.5, "Wait"), SHORT[3]]


def test_what_nobody_heard_was_not_said() -> None:
    memory = Memory()
    memory.note(agent(1, "Hello.", heard=""))
    memory.note(Outcome("the caller hung up", Next.HANG_UP, 3.0))
    assert memory.since(0) == []


def test_answers_of_functions_that_were_not_spoken_of_can_be_forgotten() -> None:
    memory = Memory()
    for entry in (*SHORT, caller(5, "And two more."), booked(6), booked(7)):
        memory.note(entry)
    memory.forget_last_answers()
    assert memory.since(0) == [*SHORT, caller(5, "And two more.")]


# How it is told.


def test_there_may_be_nothing_to_tell() -> None:
    assert history([], Seeding.ANY_TIME) is None


@pytest.mark.parametrize(("seeding", "complete"), [(Seeding.ANY_TIME, False), (Seeding.ANNOUNCED, True)])
def test_little_is_told_turn_by_turn_as_it_was_heard(seeding: Seeding, complete: bool) -> None:
    assert history(SHORT, seeding) == Turns(
        [
            Turn("model", ["Hello, who is it?"]),
            Turn("user", ["Miller. A table for four."]),
            Turn("user", ['[Function book({"name": "Miller"}) answered {"result": "booked"}]']),
            Turn("model", ["It is"]),
        ],
        complete,
    )


def test_a_model_for_which_the_user_must_have_the_last_turn_is_told_in_one() -> None:
    told = history(SHORT, Seeding.TURNS)
    assert told is not None
    assert not told.complete
    assert text_of(told).splitlines()[1:] == [
        "You: Hello, who is it?",
        "Caller: Miller. A table for four.",
        'Function book({"name": "Miller"}) answered {"result": "booked"}',
        "You: It is",
    ]


def a_long_call(minutes: int = 30) -> list[Event]:
    events: list[Event] = [agent(0, "Hello, who is it?"), caller(1, "My name is Anna Miller. I live in 7 Park Lane.")]
    for minute in range(1, minutes):
        at = 60.0 * minute
        events += [caller(at, "Well, let me think about it. " * 10), agent(at + 20, "Of course, take your time. " * 10)]
    return [*events, booked(9000), caller(9001, "Great."), agent(9002, "Anything else? Shall I send it to you?")]


@pytest.mark.parametrize("seeding", Seeding)
def test_much_is_told_in_one_message_with_what_must_not_be_asked_again(seeding: Seeding) -> None:
    told = history(a_long_call(), seeding)
    assert told is not None
    assert told.complete is (seeding is Seeding.ANNOUNCED)
    text = text_of(told)
    assert estimate(text) <= LIMIT
    assert "My name is Anna Miller. I live in 7 Park Lane." in text
    assert 'book({"name": "Miller"}) answered {"result": "booked"}' in text
    assert "Open question: yours: Shall I send it to you?" in text
    assert text.splitlines()[-2:] == ["Caller: Great.", "You: Anything else? Shall I send it to you?"]
    assert sum(line.startswith(("Caller: ", "You: ")) for line in text.splitlines()) == 4


def test_a_turn_is_told_as_far_in_any_script() -> None:
    for umlaut in ("ue", "ü"):
        told = text_of(
            history([*a_long_call(), caller(9003, f"Ja, ich w{umlaut}rde gern kommen. " * 40)], Seeding.TURNS)
        )
        assert told.splitlines()[-1].count("gern") >= 15


def test_the_open_question_is_the_callers_if_it_was_not_answered() -> None:
    text = text_of(history([*a_long_call(), caller(9003, "Do you take dogs? I have two.")], Seeding.TURNS))
    assert "Open question: the caller's: Do you take dogs?" in text


def test_there_may_be_no_open_question() -> None:
    text = text_of(history([*a_long_call(), agent(9003, "Goodbye.")], Seeding.TURNS))
    assert "Open question: nothing" in text


words = st.text(min_size=1, max_size=3000)
events = st.one_of(
    st.builds(caller, st.floats(0, 1e4), words),
    st.builds(agent, st.floats(0, 1e4), words),
    st.builds(booked, st.floats(0, 1e4), words),
)


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(st.lists(events, max_size=40), st.sampled_from(Seeding))
def test_whatever_was_said_is_told_within_the_limit(happened: list[Event], seeding: Seeding) -> None:
    told = history(happened, seeding)
    assert (told is None) == (not happened)
    if told is not None:
        frame = 100  # tokens of our own words
        total = sum(estimate(str(part)) for turn in told.turns for part in turn.parts)
        assert total <= LIMIT + frame + 10 * len(happened)
        assert all(turn.parts for turn in told.turns)
