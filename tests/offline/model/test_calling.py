"""Calls of the client's functions, and their answers in any order."""

from telephony_agent.offline.model.calling import AllAnswered, Calling, Late, NoSuchCall
from telephony_agent.offline.model.messages import Returned
from telephony_agent.offline.model.outgoing import FunctionCall

WAIT, FREE = FunctionCall("1", "wait", {}), FunctionCall("2", "free", {})


def returned(call: FunctionCall, more: bool = False) -> Returned:
    return Returned(call.id, call.name, {}, more=more)


def calling(*calls: FunctionCall) -> Calling:
    made = Calling(lambda name: name == "wait")
    made.call(calls)
    return made


def test_all_that_are_waited_for_must_answer() -> None:
    third = FunctionCall("3", "wait", {})
    calls = calling(WAIT, third)
    assert calls.answered(returned(third)) is None
    assert calls.answered(returned(WAIT)) == AllAnswered((returned(WAIT), returned(third)))
    assert not calls.waiting
    assert not calls.pending


def test_one_is_waited_for() -> None:
    assert calling(WAIT, FREE).waiting


def test_an_answer_that_says_more_will_come_is_not_the_answer() -> None:
    calls = calling(WAIT)
    assert calls.answered(returned(WAIT, more=True)) is None
    assert calls.answered(returned(WAIT)) == AllAnswered((returned(WAIT),))


def test_nobody_waits_for_the_others() -> None:
    calls = calling(FREE)
    assert not calls.waiting
    assert calls.pending
    assert calls.answered(returned(FREE, more=True)) == Late(returned(FREE, more=True))
    assert calls.pending
    assert calls.answered(returned(FREE)) == Late(returned(FREE))
    assert not calls.pending


def test_a_second_answer_and_one_to_a_cancelled_call_are_let_pass() -> None:
    calls = calling(WAIT, FREE)
    assert calls.cancel() == ("1",)
    assert calls.pending, "the other is not cancelled"
    calls.answered(returned(FREE))
    assert calls.answered(returned(WAIT)) is None
    assert calls.answered(returned(FREE)) is None


def test_an_answer_to_no_call() -> None:
    assert calling(WAIT).answered(returned(FREE)) == NoSuchCall()
