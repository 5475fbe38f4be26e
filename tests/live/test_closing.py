"""Each way in which the server ends a session or refuses one: how it is read, and what the caller then has.

The table holds the server's own words. Its callers are real ones, on the virtual clock: the offline model closes so.
"""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass, replace

import pytest

from telephony_agent import Agent, tool
from telephony_agent.live.closing import Remedy, of_network, of_socket, of_upgrade
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.faults import HANDSHAKE_REFUSALS, Closes, HandleRefused, InSession, UpgradeRefused
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.record.entries import Apology, Outcome
from telephony_agent.steps import Dial
from tests import virtual
from tests.house import House, calling
from tests.notebook import keeping_notes, spoken
from tests.test_whole_call import speech
from tests.test_whole_rotation import last_words, resumed

FRAME_HOLDS = 123  # bytes of a reason
AT_ONCE = 1.5  # seconds
LOST = 8.0  # seconds of silence after which a caller counts as lost
SORRY, BUSY = Apology("Nobody can talk to you now."), Apology("All our lines are busy.")
AGENT = Agent(instructions="Be brief.", disclosure=None, idle_after=60.0, fallback=SORRY, busy=BUSY)
NAME, QUESTION = "My name is Anna Miller.", "What is my name?"


class Caller(enum.Enum):
    """What becomes of whoever is on the phone."""

    GOES_ON = "the next session goes on where this one was"
    BEGINS_ANEW = "a fresh session answers, which has been told what was said before"
    HEARS_FALLBACK = "hears what the operator has for a model that is gone, at once"
    HEARS_BUSY = "hears what the operator has for a line that is busy, at once"


@dataclass(frozen=True)
class Close:
    """A close frame; `during` a conversation, or `before` the setup was accepted."""

    code: int
    reason: str
    remedy: Remedy
    during: Caller
    before: Caller


def transient(code: int, reason: str = "") -> Close:
    return Close(code, reason, Remedy.RESUME, during=Caller.GOES_ON, before=Caller.BEGINS_ANEW)


def invalid(reason: str) -> Close:
    """Of a setup there is nothing to mend; what was sent later is not sent again."""
    return Close(1007, reason, Remedy.FORGET, during=Caller.BEGINS_ANEW, before=Caller.HEARS_FALLBACK)


def forbidden(reason: str) -> Close:
    return Close(1008, reason, Remedy.GIVE_UP, during=Caller.HEARS_FALLBACK, before=Caller.HEARS_FALLBACK)


def used_up(code: int, reason: str) -> Close:
    return Close(code, reason, Remedy.WAIT, during=Caller.HEARS_BUSY, before=Caller.HEARS_BUSY)


CLOSES = {
    "the server is done": transient(1000),
    "the ten minutes of a connection are over": transient(1000, "The operation was cancelled."),
    "the other end goes away": transient(1001),
    "a close frame without a code": transient(1005),
    "no close frame at all": transient(1006),
    "a frame was too big": transient(1009),
    "an error within the server": transient(1011, "Internal error encountered."),
    "the same in other words": transient(1011, "Internal error occurred."),
    "the server is unavailable": transient(1011, "The service is currently unavailable."),
    "the server's own call was late": transient(1011, "RPC::DEADLINE_EXCEEDED"),
    "the server is overloaded": transient(1011, "The model is OVERLOADED. Please try again later."),
    "a deadline of the server's": transient(1011, "Deadline expired before operation could complete."),
    "a slow pong": transient(1011, "keepalive ping timeout"),
    "a code that nobody knows": transient(4999, "who knows"),
    "a function was called, which this model can't": transient(
        1008, "Operation is not implemented, or supported, or enabled."
    ),
    "a handle or a call that the server does not know": Close(
        1008, "Requested entity was not found.", Remedy.FRESH, during=Caller.BEGINS_ANEW, before=Caller.BEGINS_ANEW
    ),
    "something is invalid, and we are not told what": invalid("Request contains an invalid argument."),
    "something is invalid, without a word": invalid(""),
    "a field that there is not": invalid("Invalid JSON payload received. Unknown name \"x\" at 'setup'"),
    "a value that there is not": invalid("Invalid value at 'tool_response.function_responses[0].scheduling'"),
    "words are wanted of a voice": invalid("Cannot extract voices from a non-audio request."),
    "a language that the model does not speak": invalid("Unsupported language code 'xx-XX' for model models/x"),
    "an account that may not": invalid("Precondition check failed."),
    "a country that may not": invalid("User location is not supported for the API use."),
    "a message of an old client": invalid(
        "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
    ),
    "a wrong key": invalid("API key not valid. Please pass a valid API key."),
    "a model that there is not": forbidden(
        "models/gemini-2.5-flash-native-audio-preview-99-2029 is not found for API version v1beta, or is not supported "
        "for bidiGenerateContent. Call ListModels to see the list of available models."
    ),
    "a key that has leaked": forbidden("Your API key was reported as leaked. Please use another API key."),
    "no key": forbidden(
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
        "form of API consumer identity to call this API."
    ),
    "forbidden, without a word": forbidden(""),
    "the quota is used up": used_up(
        1011,
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
    ),
    "the credits are used up": used_up(1011, "Your prepayment credits are depleted."),
    "a resource is used up": used_up(1011, "RESOURCE_EXHAUSTED"),
    "the same, as a matter of policy": used_up(1008, "Resource has been exhausted (e.g. check quota)."),
}
rows = pytest.mark.parametrize("close", CLOSES.values(), ids=CLOSES)


# How it is read.


@rows
def test_a_close_is_read_by_its_code_and_its_reason(close: Close) -> None:
    closing = of_socket(close.code, close.reason)
    assert closing.remedy is close.remedy
    assert str(close.code) in closing.why
    assert repr(close.reason) in closing.why


@rows
def test_a_reason_is_known_by_what_a_close_frame_has_room_for(close: Close) -> None:
    cut = close.reason.encode()[:FRAME_HOLDS].decode()
    assert of_socket(close.code, cut).remedy is close.remedy


def test_a_connection_that_broke_has_no_code() -> None:
    closing = of_socket(None, "")
    assert closing.remedy is Remedy.RESUME
    assert "1006" in closing.why


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, Remedy.GIVE_UP),
        (401, Remedy.GIVE_UP),
        (403, Remedy.GIVE_UP),
        (404, Remedy.GIVE_UP),
        (429, Remedy.WAIT),
        (500, Remedy.RESUME),
        (502, Remedy.RESUME),
        (503, Remedy.RESUME),
        (200, Remedy.RESUME),
    ],
)
def test_a_refused_upgrade_is_read_by_its_status(status: int, remedy: Remedy) -> None:
    closing = of_upgrade(status)
    assert closing.remedy is remedy
    assert str(status) in closing.why


def test_a_network_that_fails_may_work_the_next_time() -> None:
    closing = of_network(ConnectionRefusedError("no one there"))
    assert closing.remedy is Remedy.RESUME
    assert closing.why == "could not connect: ConnectionRefusedError no one there"
    assert of_network(TimeoutError()).why == "could not connect: TimeoutError"


# What the caller has of it.


async def hears(phone: Phone, house: House, words: Apology) -> None:
    """Twilio says this to the caller at once, and the call is over."""
    since = phone.now
    await phone.is_told(words.text)
    assert phone.now - since < AT_ONCE
    await phone.ended()
    (outcome,) = [entry for entry in house.entries if isinstance(entry, Outcome)]
    assert outcome.next == words


async def is_answered(phone: Phone, house: House, anew: bool) -> None:
    """By a session that knows what an earlier one was told."""
    said = await phone.says(spoken(1))
    answer = await phone.hears()
    assert answer.began - said.ended < LOST
    assert NAME in last_words(house)
    assert resumed(house) == [False, not anew]


@rows
def test_a_conversation_is_closed(close: Close) -> None:
    async def call() -> None:
        async with calling(AGENT, keeping_notes(NAME, QUESTION)) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            house.fail(Closes(close.code, close.reason))
            match close.during:
                case Caller.GOES_ON | Caller.BEGINS_ANEW:
                    await is_answered(phone, house, anew=close.during is Caller.BEGINS_ANEW)
                case Caller.HEARS_FALLBACK:
                    await hears(phone, house, SORRY)
                case Caller.HEARS_BUSY:
                    await hears(phone, house, BUSY)

    virtual.run(call())


@rows
def test_a_setup_is_refused(close: Close) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello."))) as (phone, house):
            house.fail(Closes(close.code, close.reason, "setup"))
            await is_served(phone, house, close.before)

    virtual.run(call())


async def is_served(phone: Phone, house: House, outcome: Caller) -> None:
    """Who has just called, and whose first dial was in vain."""
    match outcome:
        case Caller.HEARS_FALLBACK:
            await hears(phone, house, SORRY)
        case Caller.HEARS_BUSY:
            await hears(phone, house, BUSY)
        case _:
            await phone.hears(within=LOST)
            assert last_words(house) == "Hello."
            assert resumed(house)[-1] is False
            assert len([step for _, step in house.steps if isinstance(step, Dial)]) == 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Caller.HEARS_FALLBACK),
        (403, Caller.HEARS_FALLBACK),
        (404, Caller.HEARS_FALLBACK),
        (429, Caller.HEARS_BUSY),
        (500, Caller.BEGINS_ANEW),
        (503, Caller.BEGINS_ANEW),
    ],
)
def test_a_dial_is_refused(status: HANDSHAKE_REFUSALS, outcome: Caller) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello."))) as (phone, house):
            house.fail(UpgradeRefused(status))
            await is_served(phone, house, outcome)

    virtual.run(call())


# What goes on for longer.


async def fails_each_session(house: House, fault: InSession) -> None:
    """From the next one on."""
    while True:
        house.fail(fault, next_session=True)
        there = len(house.sessions)
        while len(house.sessions) == there:  # noqa: ASYNC110, a list tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("code", "reason"), [(1008, "Requested entity was not found."), (1011, "Internal error.")])
def test_a_handle_that_leads_nowhere_costs_the_caller_no_memory(code: int, reason: str) -> None:
    async def call() -> None:
        async with calling(AGENT, keeping_notes(NAME, QUESTION)) as (phone, house):
            await phone.hears()
            await phone.says(spoken(0))
            await phone.hears()
            failing = asyncio.create_task(fails_each_session(house, HandleRefused(code, reason)))
            house.fail(Closes())
            await asyncio.sleep(6)
            failing.cancel()
            await phone.says(spoken(1))
            await phone.hears()
            assert NAME in last_words(house)
            assert resumed(house)[1:] == ([True, False] if code == 1008 else [True, True, True, False])

    virtual.run(call())


def test_what_is_invalid_a_second_time_is_not_tried_a_third_time() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello."))) as (phone, house):
            await phone.hears()
            house.fail(Closes(1007, "Request contains an invalid argument."))
            await asyncio.sleep(3)
            assert len(house.sessions) == 2
            house.fail(Closes(1007, "Request contains an invalid argument."))
            await hears(phone, house, SORRY)

    virtual.run(call())


def test_an_agent_without_words_for_a_busy_line_has_its_fallback_for_a_quota_that_is_used_up() -> None:
    async def call() -> None:
        async with calling(replace(AGENT, busy=None), scripted(Say("Hello."))) as (phone, house):
            house.fail(UpgradeRefused(429))
            await hears(phone, house, SORRY)

    virtual.run(call())


@tool
async def opening_hours() -> str:
    """Tell the opening hours."""
    return "From five to ten."


def test_a_model_that_closes_whenever_it_calls_a_function_is_left_for_the_fallback() -> None:
    close = CLOSES["a function was called, which this model can't"]
    agent = replace(AGENT, greeting=None, tools=[opening_hours])

    async def call() -> None:
        faculties = scripted(*[calls("opening_hours")] * 20, transcripts=["When do you open?"] * 20)
        async with calling(agent, faculties) as (phone, house):
            await phone.answered()
            fault = Closes(close.code, close.reason, "call")
            failing = asyncio.create_task(fails_each_session(house, fault))
            house.fail(fault)
            said = await phone.says(speech())
            await phone.is_told(SORRY.text)
            assert phone.now - said.ended < LOST
            failing.cancel()

    virtual.run(call())
