"""What Twilio is told of a call that is over, or that no agent took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telephony_agent import Agent
from telephony_agent.agent import IncomingCall
from telephony_agent.outcomes import Outcomes, within_reach
from telephony_agent.record.entries import Apology, CallBack, Follows, Next, Noted, Transfer, Voicemail
from telephony_agent.steps import Record
from tests.story import INCOMING

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be kind.")
AWAY = Transfer("+15550100009")
OFFER = CallBack("Press 1.", "Thanks.", "en-GB")


def told(call: IncomingCall = INCOMING, **parameters: str) -> IncomingCall:
    return replace(call, parameters=parameters)


class Office:
    """`next`: what a call has coming."""

    def __init__(self, next: Follows, incoming: IncomingCall = INCOMING) -> None:
        self.noted: list[Record] = []
        self.outcomes = Outcomes(lambda call_sid, now, record: self.noted.append(record))
        self.outcomes.keep(incoming, next, AGENT)


async def test_a_call_that_nobody_knows_has_no_outcome() -> None:
    office = Office(AWAY)
    other = replace(INCOMING, call_sid="CA" + "9" * 32)
    assert office.outcomes.next(other) is None
    assert office.outcomes.agent(other.call_sid) is None
    assert other.call_sid not in office.outcomes
    assert INCOMING.call_sid in office.outcomes
    assert office.outcomes.agent(INCOMING.call_sid) is AGENT


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
async def test_a_transfer_that_reaches_nobody_becomes_an_offer_to_call_back(status: str) -> None:
    outcomes = Office(AWAY).outcomes
    assert outcomes.next(INCOMING) == AWAY
    assert outcomes.next(told(DialCallStatus=status)) == CallBack()
    assert outcomes.next(told(Digits="1")) == Apology(CallBack().thanks)


async def test_a_transfer_of_a_caller_without_a_number_becomes_a_message() -> None:
    hidden = replace(INCOMING, caller="anonymous")
    outcomes = Office(AWAY, hidden).outcomes
    assert outcomes.next(told(hidden, DialCallStatus="busy")) == Voicemail()
    assert outcomes.next(told(hidden, RecordingUrl="https://api.twilio.com/RE1")) is Next.HANG_UP


async def test_who_presses_one_is_noted_once_and_thanked_as_often_as_twilio_asks() -> None:
    office = Office(OFFER)
    assert [office.outcomes.next(told(Digits="1")) for _ in range(2)] == [Apology("Thanks.", "en-GB")] * 2
    (record,) = office.noted
    assert isinstance(record.entry, Noted)
    assert (record.entry.kind, record.entry.facts) == ("call-back", {"From": INCOMING.caller, "To": INCOMING.called})


async def test_whom_we_called_is_called_back_at_that_number() -> None:
    ours = replace(INCOMING, caller="+15550100002", called="+15550100001", direction="outbound-api")
    office = Office(OFFER, ours)
    office.outcomes.next(told(ours, Digits="1"))
    (record,) = office.noted
    assert isinstance(record.entry, Noted)
    assert record.entry.facts == {"From": "+15550100001", "To": "+15550100002"}


async def test_who_presses_two_leaves_a_message_instead() -> None:
    office = Office(OFFER)
    assert office.outcomes.next(told(Digits="2")) == Voicemail(language="en-GB")
    assert office.outcomes.next(told(RecordingUrl="https://api.twilio.com/RE1")) is Next.HANG_UP
    assert office.noted == []


async def test_who_presses_another_key_has_declined() -> None:
    office = Office(OFFER)
    assert office.outcomes.next(told(Digits="7")) is Next.HANG_UP
    assert office.noted == []


@pytest.mark.parametrize(
    ("caller", "direction", "offered"),
    [
        ("+15550100001", "inbound", OFFER),
        ("anonymous", "inbound", Voicemail(language="en-GB")),
        ("", "inbound", Voicemail(language="en-GB")),
        ("sip:bob@example.com", "inbound", Voicemail(language="en-GB")),
        ("sip:us@example.com", "outbound-api", OFFER),  # whom we call back is whom we called
    ],
)
async def test_only_a_number_can_be_called_back(caller: str, direction: str, offered: Follows) -> None:
    assert within_reach(OFFER, replace(INCOMING, caller=caller, direction=direction)) == offered
    assert within_reach(AWAY, replace(INCOMING, caller=caller)) == AWAY
