"""Calls of the client's functions, and their answers in any order."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.calling import AllAnswered, Calling, Late, NoSuchCall
from telephony_agent.offline.model.flavours import FLAVOURS, LATEST, Flavour
from telephony_agent.offline.model.messages import Function, Returned
from telephony_agent.offline.model.outgoing import FunctionCall

FREE = Function("free", "", {}, "NON_BLOCKING")
VERTEX = FLAVOURS["gemini-live-2.5-flash"]


def returned(call: FunctionCall, more: bool = False) -> Returned:
    return Returned(call.id, call.name, {}, more=more)


def calling(*names: str, flavour: Flavour = LATEST) -> tuple[Calling, tuple[FunctionCall, ...]]:
    made = Calling(flavour, [FREE])
    return made, made.call([(name, {}) for name in names]).calls


def test_all_that_are_waited_for_must_answer() -> None:
    calls, (first, second) = calling("wait", "wait")
    assert calls.answered(returned(second)) is None
    assert calls.answered(returned(first)) == AllAnswered((returned(first), returned(second)))
    assert not calls.waiting
    assert not calls.pending


def test_one_is_waited_for() -> None:
    calls, _ = calling("wait", "free")
    assert calls.waiting


@pytest.mark.parametrize(
    ("model", "declared", "waiting"),
    [
        ("gemini-2.5-flash", "", True),
        ("gemini-2.5-flash", "NON_BLOCKING", False),
        ("gemini-3.8-live", "", False),
        ("gemini-3.8-live", "BLOCKING", True),
        ("gemini-3.1-flash-live", "NON_BLOCKING", True),
        ("gemini-3.8-live-extended-thinking", "", False),
    ],
)
def test_each_model_waits_for_what_it_is_used_to(model: str, declared: str, waiting: bool) -> None:
    calls = Calling(FLAVOURS[model], [Function("f", "", {}, declared)])
    calls.call([("f", {})])
    assert calls.waiting == waiting


def test_an_answer_that_says_more_will_come_is_not_the_answer() -> None:
    calls, (call,) = calling("wait")
    assert calls.answered(returned(call, more=True)) is None
    assert calls.answered(returned(call)) == AllAnswered((returned(call),))


def test_nobody_waits_for_the_others() -> None:
    calls, (call,) = calling("free")
    assert not calls.waiting
    assert calls.pending
    assert calls.answered(returned(call, more=True)) == Late(returned(call, more=True))
    assert calls.pending
    assert calls.answered(returned(call)) == Late(returned(call))
    assert not calls.pending


def test_a_second_answer_and_one_to_a_cancelled_call_are_let_pass() -> None:
    calls, (wait, free) = calling("wait", "free")
    assert calls.cancel() == (wait.id,)
    assert calls.pending, "the other is not cancelled"
    calls.answered(returned(free))
    assert calls.answered(returned(wait)) is None
    assert calls.answered(returned(free)) is None


def test_an_answer_to_no_call() -> None:
    calls, _ = calling("wait")
    assert calls.answered(Returned("7", "wait", {})) == NoSuchCall()


def test_on_vertex_the_name_is_enough_for_an_answer() -> None:
    calls, (first, second, _) = calling("f", "f", "g", flavour=VERTEX)
    assert calls.answered(Returned("", "f", {"n": 1})) is None
    assert calls.answered(Returned("", "g", {})) is None
    assert calls.answered(Returned("", "f", {"n": 2})) == AllAnswered(
        (Returned(first.id, "f", {"n": 1}), Returned(second.id, "f", {"n": 2}), Returned("3", "g", {}))
    )


def test_elsewhere_it_is_not() -> None:
    calls, _ = calling("f")
    assert calls.answered(Returned("", "f", {})) == NoSuchCall()
