"""What functions ask of Twilio's REST API, against the offline Twilio's, on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from telephony_agent import Agent, CallContext, create_app, tool
from telephony_agent.builtin import record_call, send_sms
from telephony_agent.errors import ConfigError, TwilioError
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Call, Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.phone.account import Account
from telephony_agent.phone.control import Control
from telephony_agent.record.entries import Noted
from telephony_agent.settings import Settings
from telephony_agent.steps import Record
from telephony_agent.toolbox.context import (
    Consult,
    Fetch,
    PauseRecording,
    RecordCall,
    Release,
    ResumeRecording,
    SendSms,
)
from telephony_agent.toolbox.declare import declare
from telephony_agent.toolbox.run import Pool, Toolbox
from tests.ends import tool_call
from tests.line import Line, a_call, in_virtual_time
from tests.offline.phone.account import OURS, SAY, THEIRS, TOKEN, listen
from tests.offline.phone.in_memory import InMemory
from tests.offline.phone.service import ORIGIN, on_loopback
from tests.story import INCOMING, of


@asynccontextmanager
async def a_caller() -> AsyncIterator[tuple[Exchange, Call, Control]]:
    """Somebody is on the line with a service of ours, which may use the REST API."""
    async with asyncio.TaskGroup() as tasks:
        network = InMemory({"/voice": SAY}, listen, tasks)
        ring = Ring(f"{ORIGIN}/voice", auth_token=TOKEN, from_number=THEIRS, to_number=OURS)
        async with Exchange(ring, network) as exchange, on_loopback(api.app(exchange)) as (host, port):
            call = exchange.ring(ring)
            await call.until(lambda: call.answered is not None, 5)
            settings = Settings(account_sid=exchange.account.sid, auth_tokens=(TOKEN,), api_url=f"http://{host}:{port}")
            account = Account(settings)
            try:
                yield exchange, call, Control(account, ORIGIN)
            finally:
                account.close()


def incoming(call: Call) -> Any:
    return replace(INCOMING, call_sid=call.sid, caller=THEIRS, called=OURS)


@pytest.mark.anyio
async def test_a_text_message_goes_to_the_other_end_of_the_call() -> None:
    async with a_caller() as (exchange, call, control):
        here = incoming(call)
        assert (await control.arrange(SendSms("Your table is booked."), here)).startswith("SM")
        await control.arrange(SendSms("Another one.", "+12025550177"), here)
        await control.arrange(
            SendSms("We called."), replace(here, direction="outbound-api", caller=OURS, called=THEIRS)
        )
        assert [(sms.sender, sms.to, sms.body) for sms in exchange.messages] == [
            (OURS, THEIRS, "Your table is booked."),
            (OURS, "+12025550177", "Another one."),
            (OURS, THEIRS, "We called."),
        ]


@pytest.mark.anyio
async def test_the_call_is_recorded_paused_and_recorded_again() -> None:
    async with a_caller() as (_, call, control):
        here = incoming(call)
        sid = await control.arrange(RecordCall(), here)
        (tape,) = call.tapes
        assert (tape.sid, tape.channels) == (sid, 2)
        states = []
        for request in (PauseRecording(), ResumeRecording()):
            assert await control.arrange(request, here) == sid
            states.append(tape.status)
        assert states == ["paused", "in-progress"]
        assert [pause.skips for pause in tape.pauses] == [False], "silence is recorded meanwhile"


@pytest.mark.anyio
async def test_a_call_that_is_over_is_not_recorded() -> None:
    async with a_caller() as (_, call, control):
        call.hang_up()
        await call.until(lambda: call.ending is not None, 5)
        with pytest.raises(TwilioError) as refused:
            await control.arrange(RecordCall(), incoming(call))
        assert refused.value.code in (20404, 21220)


@pytest.mark.anyio
async def test_twilio_is_told_to_ask_what_follows() -> None:
    async with a_caller() as (exchange, call, control):
        network = exchange.network
        assert isinstance(network, InMemory)
        network.documents["/twilio/voice/next"] = "<Response><Say>You are back.</Say><Hangup/></Response>"
        assert await control.arrange(Fetch(), incoming(call)) == call.sid
        assert await call.until(lambda: call.ending is not None, 5)
        assert call.announced == ["Hello.", "You are back."]


@pytest.mark.anyio
async def test_a_call_that_is_over_needs_no_end() -> None:
    async with a_caller() as (exchange, call, control):
        other = exchange.ring(replace(exchange.template, call_sid="CA" + "2" * 32))
        await other.until(lambda: other.answered is not None, 5)
        for _ in range(2):
            await control.arrange(Release(other.sid), incoming(call))
            assert await other.until(lambda: other.ending is not None, 5)
        call.hang_up()
        await call.until(lambda: call.ending is not None, 5)
        await control.arrange(Fetch(), incoming(call))


@pytest.mark.anyio
async def test_who_is_consulted_is_told_about_the_caller_and_their_key_is_sent_to_us() -> None:
    async def talk(colleague: Call) -> None:
        phone = Phone.at(colleague)
        await phone.is_told("Tisch")
        await phone.is_told("Drücken Sie die 1")
        phone.press("2")

    async with a_caller() as (exchange, call, control):
        exchange.people["+12025550177"] = Person(after=0.05, talk=talk)
        sid = await control.arrange(Consult("+12025550177", "Jemand möchte einen Tisch.", 25, "de-DE"), incoming(call))
        colleague = exchange.calls[sid]
        await colleague.until(lambda: colleague.ending is not None, 5)
        network = exchange.network
        assert isinstance(network, InMemory)
        forms = [form for path, form in network.posted if path == f"/twilio/colleague/{call.sid}"]
        assert (forms[0]["CallSid"], forms[0]["Digits"]) == (sid, "2")


# The functions.


class Played:
    """Answers as Twilio might."""

    def __init__(self, answer: Callable[[], str]) -> None:
        self._answer = answer
        self.asked: list[object] = []

    async def arrange(self, request: object, call: object) -> str:
        self.asked.append(request)
        await asyncio.sleep(0.3)
        return self._answer()


@tool
async def confirm(call: CallContext) -> str:
    """Confirm."""
    return await call.send_sms("Booked.")


def refuse() -> str:
    raise TwilioError("Twilio refused: +12025550143 is in no call", 404, 20404)


def responses(line: Line) -> list[Any]:
    sent = [message["toolResponse"]["functionResponses"] for message in line.model.sent if "toolResponse" in message]
    return [each["response"] for answers in sent for each in answers]


@pytest.mark.parametrize(
    ("control", "answer", "facts"),
    [
        (Played(lambda: "SM1"), {"result": "SM1"}, {"sid": "SM1"}),
        (Played(refuse), {"error": "it could not be done (Twilio's code 20404)"}, None),
        (None, {"error": "SendSms needs the credentials of Twilio's REST API"}, None),
    ],
    ids=["done", "refused", "no account"],
)
def test_a_function_has_its_answer_and_the_records_know(
    control: Any, answer: Any, facts: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @in_virtual_time
    async def talk() -> None:
        async with a_call() as (line, _):
            line.bridge._toolbox = Toolbox([declare(confirm)], Pool(), 5.0)
            line.bridge._control = control
            line.model.says(tool_call("call_1", "confirm"))
            await asyncio.sleep(0.5)
            assert responses(line) == [answer]
            (noted,) = of(Noted, [step.entry for step in line.steps if isinstance(step, Record)])
            assert (noted.kind, noted.facts) == ("SendSms", facts or {"error": answer["error"]})
            line.bridge.end("enough")

    talk()
    told = [record.getMessage() for record in caplog.records if "SendSms failed" in record.getMessage()]
    assert [("20404" in each, "+1202" in each) for each in told] == ([(True, False)] if control and not facts else [])


def test_start_fails_if_a_tool_needs_the_account_and_there_is_none() -> None:
    agent = Agent(instructions="Be brief.", tools=[send_sms, record_call])
    with pytest.raises(
        ConfigError, match="agent 'agent' needs Twilio's REST API for send_sms, record_call; set TWILIO_"
    ):
        create_app(agent, Settings(live_url="ws://127.0.0.1:9", provider="offline"))


@pytest.mark.parametrize("wrong", [{"text": " "}, {"text": "Hello.", "to": "5550100"}])
def test_what_cannot_be_sent_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"call\.send_sms: "):
        CallContext("", "", "").send_sms(**wrong)
