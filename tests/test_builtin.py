"""The tools that are ready to be listed, told to a model as any other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from telephony_agent import Agent, CallContext, Transfer, builtin
from telephony_agent.phrases import RECORDED
from telephony_agent.record.entries import CALL_BACK, DO_NOT_CALL, Next, PressDigits, Voicemail
from telephony_agent.toolbox.context import (
    CollectDigits,
    PauseRecording,
    Pending,
    RecordCall,
    ResumeRecording,
    SendSms,
    Wants,
)
from telephony_agent.toolbox.declare import declare
from telephony_agent.toolbox.run import Pool, Toolbox

ALL: list[Callable[..., Any]] = [
    builtin.hang_up,
    builtin.call_back,
    builtin.do_not_call,
    builtin.take_message,
    builtin.press_digits,
    builtin.collect_digits,
    builtin.hold,
    builtin.send_sms,
    builtin.record_call,
    builtin.pause_recording,
    builtin.resume_recording,
]


class Kept:
    """A promise that is kept at once."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, str]:
        yield from ()
        return self._value

    def wait(self) -> str:
        return self._value

    def give_up(self) -> None:
        pass


async def run(function: object, call: CallContext, **given: object) -> dict[str, object]:
    tool = declare(function)  # type: ignore[arg-type]
    return await Toolbox([tool], Pool(), 5.0).run(tool.name, given, call)


def test_an_agent_can_list_all_of_them_and_several_people() -> None:
    people = [builtin.transfer_to("+15550100009", "the reception"), builtin.transfer_to("sip:a@b.example", "Élodie")]
    agent = Agent(instructions="Be brief.", tools=[*ALL, *people])
    names = [tool.name for tool in agent.declared]
    assert names[-2:] == ["transfer_to_the_reception", "transfer_to_lodie"]
    assert {tool.name for tool in agent.declared if tool.needs_account} == {
        "send_sms",
        "record_call",
        "pause_recording",
        "resume_recording",
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "then"),
    [
        (builtin.hang_up, Next.HANG_UP),
        (builtin.take_message, Voicemail()),
        (builtin.transfer_to("+15550100009", "the reception"), Transfer("+15550100009")),
    ],
)
async def test_what_ends_the_conversation(function: object, then: object) -> None:
    call = CallContext("", "", "")
    assert "one short sentence" in str((await run(function, call))["result"])
    assert (call.wants_to_hang_up, call.then) == (True, then)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "given", "request_", "answer"),
    [
        (builtin.press_digits, {"keys": "1w2#"}, PressDigits("1w2#"), "They were pressed."),
        (builtin.collect_digits, {"length": 2}, CollectDigits(2, 10.0, "#", False), "The caller pressed 4 2."),
        (builtin.send_sms, {"text": "Hello."}, SendSms("Hello."), "It was sent."),
        (builtin.record_call, {}, RecordCall(RECORDED), "The recording has begun."),
        (builtin.pause_recording, {}, PauseRecording(), "Nothing is recorded."),
        (builtin.resume_recording, {}, ResumeRecording(), "The recording goes on."),
    ],
)
async def test_what_is_asked_of_the_call(
    function: object, given: dict[str, object], request_: object, answer: str
) -> None:
    asked: list[object] = []

    def ask(request: object) -> Pending[str]:
        asked.append(request)
        return Kept("42")

    assert await run(function, CallContext("", "", "", ask=ask), **given) == {"result": answer}
    assert asked == [request_]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "kind"), [(builtin.call_back, CALL_BACK), (builtin.do_not_call, DO_NOT_CALL)], ids=["call", "never"]
)
async def test_what_they_want_after_the_call_is_reported_if_they_have_a_number(function: object, kind: str) -> None:
    wishes: list[object] = []
    call = CallContext("", "", "", theirs="+12025550143", report=wishes.append)
    assert "result" in await run(function, call)
    assert wishes == [Wants(kind)]
    call.theirs = "anonymous"
    assert "their number is withheld" in str((await run(function, call))["error"])
    assert len(wishes) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "given"),
    [
        (builtin.press_digits, {"keys": "call"}),
        (builtin.collect_digits, {"length": 0}),
        (builtin.hold, {"seconds": 1}),
        (builtin.hold, {"seconds": 600}),
        (builtin.send_sms, {"text": ""}),
    ],
)
async def test_a_model_that_asks_for_nonsense_is_told_so(function: object, given: dict[str, object]) -> None:
    assert "error" in await run(function, CallContext("", "", ""), **given)


@pytest.mark.anyio
async def test_no_message_is_sent_to_a_number_that_is_withheld() -> None:
    asked: list[object] = []

    def ask(request: object) -> Pending[str]:
        asked.append(request)
        return Kept("SM1")

    call = CallContext("anonymous", "", "", theirs="anonymous", ask=ask)
    assert "withheld" in str((await run(builtin.send_sms, call, text="Hello."))["error"])
    assert asked == []
    assert await call.send_sms("Hello.", to="+12025550143") == "SM1"


def test_an_operator_who_names_nobody_is_told_so() -> None:
    with pytest.raises(ValueError, match="give a number"):
        builtin.transfer_to("reception", "the reception")
