"""When an answer is whole, by what each family of models tells."""

from __future__ import annotations

import pytest

from telephony_agent.live.answer import Answer, Before, Floor
from telephony_agent.live.messages import (
    AgentSaid,
    Aside,
    CallerSaid,
    Event,
    GenerationComplete,
    Interrupted,
    Ready,
    Spoke,
    ToolCall,
    TurnComplete,
    Usage,
)
from telephony_agent.live.notices import Notice, Wrote

CALL = ToolCall("1", "hours", {})
ANSWERED = "the function has answered"
DONE, OVER = GenerationComplete(), TurnComplete()
Step = Event | Notice | str


def told(*steps: Step, before: Before = Before.OVER, eager: bool = True) -> Answer:
    """An answer that is told all this; no step may come after it is complete."""
    answer, waits = Answer(before, eager), False
    for step in steps:
        assert not answer.complete, f"complete before {step}"
        if isinstance(step, str):
            waits = False
            continue
        waits = waits or isinstance(step, ToolCall)
        answer.take(step, waits)
    return answer


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([CallerSaid("Hi"), Aside("thought", "Hm."), AgentSaid("Hel"), Spoke(b""), AgentSaid("lo."), DONE], "Hello."),
        ([Wrote("It is "), Wrote("noon."), DONE], "It is noon."),
        ([AgentSaid("Yes."), OVER], "Yes."),
        ([CALL, ANSWERED, AgentSaid("At five."), DONE], "At five."),
        ([CALL, DONE, ANSWERED, DONE, OVER, AgentSaid("At five."), DONE], "At five."),
        ([AgentSaid("I look."), CALL, DONE, OVER, ANSWERED, AgentSaid("At five."), DONE], "I look. At five."),
        ([CALL, AgentSaid("I look."), DONE, OVER, ANSWERED, AgentSaid("At five."), DONE], "I look. At five."),
        ([CALL, ANSWERED, CALL, ANSWERED, AgentSaid("Both."), DONE], "Both."),
        ([OVER], ""),
    ],
    ids=[
        "voice", "text", "no generationComplete", "a call", "Vertex, which closes the turn of a call",
        "words before a call", "words while a function runs", "two calls", "nothing to say",
    ],
)  # fmt: skip
def test_an_answer_is_whole_when_all_of_it_was_said(steps: list[Step], text: str) -> None:
    answer = told(*steps)
    assert answer.complete
    assert answer.text == text


def test_a_model_that_goes_on_after_its_turn_is_heard_out() -> None:
    steps: list[Step] = [AgentSaid("One moment."), DONE, TurnComplete(goes_on=True), AgentSaid("At five."), DONE]
    assert not told(*steps, eager=False).complete
    answer = told(*steps, OVER, eager=False)
    assert (answer.complete, answer.text) == (True, "One moment. At five.")


def test_a_refusal_tells_its_reason() -> None:
    answer = told(TurnComplete("RESPONSE_REJECTED"))
    assert (answer.complete, answer.text, answer.reason) == (True, "", "RESPONSE_REJECTED")


def test_after_a_call_an_empty_turn_is_no_answer_yet_but_a_refusal_is() -> None:
    assert not told(CALL, ANSWERED, OVER).complete
    assert told(CALL, ANSWERED, OVER, TurnComplete("MALFORMED_FUNCTION_CALL")).complete


@pytest.mark.parametrize(
    "before", [[AgentSaid("Long ago"), Interrupted(), OVER], [AgentSaid(" it was"), DONE, OVER], [OVER]]
)
def test_a_turn_that_was_being_said_is_no_part_of_the_answer(before: list[Step]) -> None:
    answer = told(*before, AgentSaid("Yes."), DONE, before=Before.SPEAKING)
    assert (answer.complete, answer.text) == (True, "Yes.")


@pytest.mark.parametrize("rest", [[OVER, Usage(1, 1, 2)], [Interrupted(), OVER], [Interrupted()], []])
def test_the_end_of_the_turn_before_may_still_come_or_not(rest: list[Step]) -> None:
    answer = told(*rest, AgentSaid("Yes."), DONE, before=Before.SPOKEN)
    assert (answer.complete, answer.text) == (True, "Yes.")


def test_the_floor_is_known_by_what_was_told() -> None:
    floor = Floor()
    seen = []
    for event in (
        Ready(),
        AgentSaid("Hel"),
        Spoke(b""),
        AgentSaid("lo."),
        DONE,
        OVER,
        Wrote("Hi."),
        Interrupted(),
        OVER,
    ):
        floor.take(event)
        seen.append(floor.before.name)
    assert seen == ["OVER", "SPEAKING", "SPEAKING", "SPEAKING", "SPOKEN", "OVER", "SPEAKING", "SPEAKING", "OVER"]
