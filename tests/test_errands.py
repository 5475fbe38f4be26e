"""Which functions run, by whose id, and who gets the answer."""

from __future__ import annotations

from telephony_agent.errands import REPEATED, Errands
from telephony_agent.live.messages import ToolCall
from telephony_agent.steps import Action, Record, RunTool, StopTool

BOOK, CANCEL = ToolCall("", "book", {}), ToolCall("", "cancel", {})


def started(actions: list[Action]) -> str:
    (run,) = (action for action in actions if isinstance(action, RunTool))
    return run.call.id


def test_what_is_asked_twice_runs_once() -> None:
    errands = Errands()
    assert errands.begin(ToolCall("1", "book", {"day": "friday"}), 0.0) != []
    assert errands.begin(ToolCall("1", "book", {"day": "friday"}), 1.0) == []


def test_what_is_asked_again_right_after_its_answer_runs_no_second_time() -> None:
    errands, call = Errands(), ToolCall("1", "book", {"day": "friday"})
    errands.begin(call, 0.0)
    assert errands.done("1", 0.1) is not None
    assert errands.begin(call, 0.1) == []
    assert started(errands.begin(ToolCall("1", "book", {"day": "monday"}), 0.2)) == "1"
    assert started(errands.begin(call, 0.1 + REPEATED)) != ""


def test_what_has_no_id_or_comes_from_a_new_session_is_asked_anew() -> None:
    for call, renewed in ((BOOK, False), (ToolCall("1", "book", {}), True)):
        errands = Errands()
        assert errands.done(started(errands.begin(call, 0.0)), 0.1) is not None
        if renewed:
            errands.orphan()
        assert errands.begin(call, 0.1) != []


def test_two_calls_with_one_id_or_none_both_run_and_are_told_apart() -> None:
    errands = Errands()
    keys = [started(errands.begin(call, 0.0)) for call in (BOOK, CANCEL)]
    assert keys[0] != keys[1]
    done = [errands.done(key, 1.0) for key in keys]
    assert [errand.call for errand in done if errand] == [BOOK, CANCEL]
    assert not errands


def test_a_new_session_may_use_an_id_again() -> None:
    errands = Errands()
    errands.begin(ToolCall("1", "book", {}), 0.0)
    errands.orphan()
    stop, record, run = errands.begin(ToolCall("1", "cancel", {}), 1.0)
    assert (stop, isinstance(record, Record), run) == (StopTool("1"), True, RunTool(ToolCall("1", "cancel", {})))


def test_a_cancelled_one_has_no_answer() -> None:
    errands = Errands()
    errands.begin(ToolCall("1", "book", {}), 0.0)
    assert errands.cancel("1", 2.0)[0] == StopTool("1")
    assert errands.done("1", 2.0) is None
    assert errands.cancel("1", 3.0) == []
