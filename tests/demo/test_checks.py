"""Each check of the demo is right when it should be, and wrong when it should not."""

from __future__ import annotations

import pytest

from telephony_agent.demo.checks import answered, booked, farewell, interrupted, tools_ran, understood, words
from telephony_agent.demo.script import Expected
from telephony_agent.record.entries import AgentTurn, ToolRun

QUIET, LOUD = -100.0, -20.0
HOURS = Expected("opening_hours", {"day": "tuesday"})


def run(name: str = "opening_hours", day: str = "Tuesday", **response: str) -> ToolRun:
    return ToolRun(0.0, 0.1, name, {"day": day}, response or {"result": "From five to ten."}, True)


def turn(text: str, sent_ms: int = 1000, heard_ms: int = 1000) -> AgentTurn:
    return AgentTurn(0.0, "model", text, text, sent_ms, heard_ms)


@pytest.mark.parametrize(
    ("runs", "right"),
    [
        ([run()], True),
        ([run(day="on tuesday")], True),
        ([], False),
        ([run(), run()], False),
        ([run(day="Monday")], False),
        ([run(name="book_table")], False),
        ([run(error="the tool failed")], False),
    ],
)
def test_a_function_must_have_run_once_with_these_arguments(runs: list[ToolRun], right: bool) -> None:
    (check,) = tools_ran(runs, [HOURS])
    assert check.right is right


def test_a_function_may_be_expected_more_than_once() -> None:
    monday = Expected("opening_hours", {"day": "monday"})
    runs = [run(), run(day="Monday")]
    assert [check.right for check in tools_ran(runs, [HOURS, monday])] == [True, True]
    assert [check.right for check in tools_ran([*runs, run()], [HOURS, monday])] == [False, False]
    assert [check.right for check in tools_ran([run(), run()], [HOURS, monday])] == [False, False]


@pytest.mark.parametrize(
    ("row", "right"), [(("Ann", 4), True), (("ann", "4"), True), (("Ann", 5), False), (None, False)]
)
def test_the_row_must_be_the_booking(row: tuple[object, ...] | None, right: bool) -> None:
    assert booked(row, ("ann", 4)).right is right


@pytest.mark.parametrize(
    ("recognised", "right"),
    [
        ("On Tuesday we are open from five to 10 p.m.", True),
        ("on tuesday, we're open from 5 to 10PM", True),
        ("On Thursday we were opened", False),
        ("", False),
    ],
)
def test_most_words_of_a_turn_must_be_recognised(recognised: str, right: bool) -> None:
    assert understood("On Tuesday we are open from 5 to 10 PM.", recognised).right is right


def test_the_words_that_matter_must_all_be_recognised() -> None:
    assert answered(("5", "10"), "from five to ten").right
    assert not answered(("5", "10"), "from five to eleven").right


def test_numbers_times_and_goodbyes_are_compared_however_they_are_spelt() -> None:
    assert words("Five p.m., 10PM, 7:00 a. m.") == ["5", "pm", "10", "pm", "7", "am"]
    assert words("Good bye, good-bye") == ["goodbye", "goodbye"]


def levels(loud: range, frames: int = 100) -> list[float]:
    return [LOUD if frame in loud else QUIET for frame in range(frames)]


@pytest.mark.parametrize(
    ("agent", "queued", "right"),
    [
        (range(0, 60), 2.0, [True, True]),  # silent 200 ms after the onset at 1 s
        (range(0, 62), 2.0, [True, True]),
        (range(0, 63), 2.0, [True, False]),
        (range(0, 60), 1.4, [False, True]),
    ],
)
def test_an_interruption_must_hit_sound_and_end_it(agent: range, queued: float, right: list[bool]) -> None:
    found = interrupted(levels(range(50, 80)), levels(agent), began=0.9, queued=queued, wanted=1.5, until=1.9)
    assert [check.right for check in found] == right


def test_what_the_agent_says_between_the_interruption_and_its_next_turn_counts() -> None:
    agent = levels(range(0, 55))
    agent[90] = LOUD
    assert not interrupted(levels(range(50, 80)), agent, began=1.0, queued=2.0, wanted=1.5, until=1.9)[1].right
    assert interrupted(levels(range(50, 80)), agent, began=1.0, queued=2.0, wanted=1.5, until=1.8)[1].right


@pytest.mark.parametrize(
    ("last", "recognised", "right"),
    [
        (turn("Thank you. Goodbye!"), "thank you, good bye", [True, True]),
        (turn("Thank you. Goodbye!"), "thank you", [True, False]),
        (turn("Thank you. Goodbye!", heard_ms=980), "thank you goodbye", [False, True]),
        (turn("Goodbye!", 0, 0), "goodbye", [False, True]),
    ],
)
def test_the_farewell_must_be_heard_to_its_last_word(last: AgentTurn, recognised: str, right: list[bool]) -> None:
    assert [check.right for check in farewell([turn("Hello"), last], recognised)] == right


def test_an_agent_that_never_spoke_said_no_farewell() -> None:
    assert not farewell([], "")[0].right
