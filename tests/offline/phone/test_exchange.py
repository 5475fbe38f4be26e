"""People who call and are called, put through and recorded: whole calls on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from telephony_agent.offline.phone.call import Call, Detection, Loss, Outgoing, Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.levels import RATE, ulaw_level
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.unknowns import Unknowns
from tests.virtual import run

from .in_memory import InMemory, ServiceEnd

ORIGIN = "https://agent.example.com"
HUMAN, CALLEE = "+12025550177", "+12025550199"
LINE = b"\x80\x00" * 4000  # 1 s at full scale
CONNECT = '<Connect action="/next"><Stream url="wss://agent.example.com/stream"/></Connect>'
STAY = "<Pause length='600'/>"


async def listen(service: ServiceEnd) -> None:
    await service.receives("stop")


@asynccontextmanager
async def exchange(
    talk: Callable[[ServiceEnd], Awaitable[None]] = listen, ring: Ring | None = None, **documents: str
) -> AsyncIterator[tuple[Exchange, InMemory]]:
    """`documents`: by the name of their path, without <Response>."""
    async with asyncio.TaskGroup() as tasks:
        pages = {f"/{name}": f"<Response>{text}</Response>" for name, text in documents.items()}
        network = InMemory(pages, talk, tasks)
        async with Exchange(ring or Ring(f"{ORIGIN}/voice"), network) as found:
            yield found, network


def told(network: InMemory, path: str) -> list[dict[str, str]]:
    return [form for asked, form in network.posted if asked == path]


async def over(call: Call) -> None:
    assert await call.until(lambda: call.ending is not None, 1000)


def calling(work: Callable[[Phone, Exchange, InMemory], Coroutine[Any, Any, None]], **details: Any) -> None:
    """A caller who rings the service, on a virtual clock."""

    async def whole() -> None:
        async with exchange(**details) as (twilio, network):
            await work(Phone.at(twilio.ring(twilio.template)), twilio, network)

    run(whole(), limit=2000)


# Put through


def test_a_caller_is_put_through_and_both_hang_up_with_the_one() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        sid = await phone.is_put_through()
        human = twilio.calls[sid]
        assert (human.direction, human.ring.to_number, human.ring.from_number) == (
            "outbound-dial",
            HUMAN,
            phone.ring.from_number,
        )
        assert twilio.hears(human) == {phone.ring.call_sid}
        await asyncio.sleep(5)
        human.hang_up()
        await phone.is_told("Back.")
        (form,) = told(network, "/dialled")
        assert (form["DialCallStatus"], form["DialCallSid"], form["DialCallDuration"]) == ("completed", sid, "5")
        assert human.status == "completed"

    dial = f"<Dial action='/dialled'><Number>{HUMAN}</Number></Dial>"
    calling(work, voice=dial, dialled=f"<Say>Back.</Say>{STAY}")


def test_a_caller_who_hangs_up_takes_the_other_side_along() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        human = twilio.calls[await phone.is_put_through()]
        await phone.hangs_up()
        await over(human)
        assert human.status == "completed"

    calling(work, voice=f"<Dial>{HUMAN}</Dial>")


@pytest.mark.parametrize(
    ("person", "status", "waits"),
    [
        (Person("busy"), "busy", 0),
        (Person("failed"), "failed", 0),
        (Person("no-answer"), "no-answer", 20),
        (Person(after=21), "no-answer", 20),
    ],
)
def test_nobody_there_is_told_to_the_action(person: Person, status: str, waits: float) -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        twilio.people[HUMAN] = person
        await phone.is_told("Sorry.")
        assert phone.now == pytest.approx(waits, abs=0.1)
        (form,) = told(network, "/dialled")
        assert form["DialCallStatus"] == status

    calling(work, voice=f"<Dial action='/dialled' timeout='20'>{HUMAN}</Dial>", dialled=f"<Say>Sorry.</Say>{STAY}")


@pytest.mark.parametrize(("key", "status"), [("1", "completed"), ("2", "no-answer"), ("", "no-answer")])
def test_a_human_is_told_first_and_may_decline(key: str, status: str) -> None:
    async def think(call: Call) -> None:
        await Phone.at(call).is_told("table")
        if key:
            Phone.at(call).press(key)

    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        twilio.people[HUMAN] = Person(talk=think)
        if status == "completed":
            twilio.calls[await phone.is_put_through()].hang_up()
        await phone.is_told("Back.")
        (form,) = told(network, "/dialled")
        assert form["DialCallStatus"] == status
        (whisper,) = told(network, "/whisper")
        assert whisper["ParentCallSid"] == phone.ring.call_sid
        assert [form["Digits"] for form in told(network, "/key")] == ([key] if key else [])

    dial = f"<Dial action='/dialled'><Number url='/whisper'>{HUMAN}</Number></Dial>"
    gather = "<Gather action='/key' numDigits='1' timeout='5'><Say>It is about a table.</Say></Gather><Hangup/>"
    calling(
        work,
        voice=dial,
        dialled=f"<Say>Back.</Say>{STAY}",
        whisper=gather,
        key="" if key == "1" else "<Hangup/>",
    )


def test_the_first_of_several_who_answers_has_the_call() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        twilio.people[HUMAN], twilio.people[CALLEE] = Person(after=9), Person(after=3)
        assert twilio.calls[await phone.is_put_through()].ring.to_number == CALLEE
        (slow,) = [call for call in twilio.calls.values() if call.ring.to_number == HUMAN]
        await over(slow)
        assert slow.status == "canceled"

    calling(work, voice=f"<Dial><Number>{HUMAN}</Number><Number>{CALLEE}</Number></Dial>")


def test_a_caller_waits_in_a_conference_until_it_begins() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_put_through()
        assert len(told(network, "/music")) == 1
        assert phone.played == ["https://agent.example.com/music.wav"]

    room = "<Conference startConferenceOnEnter='false' waitUrl='/music'>desk</Conference>"
    calling(work, voice=f"<Dial>{room}</Dial>", music="<Play loop='0'>/music.wav</Play>")


# Keys and messages


@pytest.mark.parametrize(
    ("pressed", "digits"), [("42#9", "42"), ("1234", "1234"), ("123456", "1234"), ("12", "12"), ("", None)]
)
def test_keys_are_gathered(pressed: str, digits: str | None) -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_told("Your number?")
        phone.press(pressed)
        await phone.is_told("Thank you." if digits else "Nothing.")
        assert [form["Digits"] for form in told(network, "/keys")] == ([digits] if digits else [])

    gather = "<Gather action='/keys' numDigits='4'><Say>Your number?</Say></Gather><Say>Nothing.</Say>"
    calling(work, voice=gather + STAY, keys=f"<Say>Thank you.</Say>{STAY}")


@pytest.mark.parametrize("key", ["#", ""])
def test_a_message_is_left(key: str) -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.leaves(LINE * 3)
        if key:
            phone.press(key)
        await phone.is_told("Thank you.")
        (form,) = told(network, "/left")
        assert (form["RecordingDuration"], form["Digits"]) == ("3", key)
        (call,) = twilio.calls.values()
        assert len(twilio.sound(call, call.tapes[0])) == 44 + 3 * RATE * 2
        await asyncio.sleep(0.1)
        (done,) = told(network, "/recording")
        assert (done["RecordingSid"], done["RecordingSource"]) == (form["RecordingSid"], "RecordVerb")

    record = "<Record action='/left' finishOnKey='#' timeout='4' recordingStatusCallback='/recording'/>"
    calling(work, voice=record + "<Say>Nothing.</Say>", left=f"<Say>Thank you.</Say>{STAY}")


def test_silence_is_no_message() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_told("Nothing.")
        assert phone.now == pytest.approx(4, abs=0.1)

    calling(work, voice=f"<Record timeout='4'/><Say>Nothing.</Say>{STAY}")


def test_keys_that_the_service_presses_take_their_time() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_told("Done.")
        assert phone.played == ["ww1#"]
        assert phone.now == pytest.approx(1.5, abs=0.1)

    calling(work, voice=f"<Play digits='ww1#'/><Say>Done.</Say>{STAY}")


# What a service gets wrong, and what nobody knows


def test_a_fallback_is_asked_with_what_went_wrong() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_told("Sorry.")
        (form,) = told(network, "/fallback")
        assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{ORIGIN}/voice")
        assert [fault.code for fault in phone.report] == [11200]

    ring = Ring(f"{ORIGIN}/voice", fallback_url=f"{ORIGIN}/fallback")
    calling(work, ring=ring, fallback=f"<Say>Sorry.</Say>{STAY}")


def test_a_fallback_that_fails_too_ends_the_call() -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        assert (await phone.ended()).status == "failed"
        assert [fault.code for fault in phone.report] == [11200, 11200]

    calling(work, ring=Ring(f"{ORIGIN}/voice", fallback_url=f"{ORIGIN}/fallback"))


@pytest.mark.parametrize(("after", "asked"), [("action", "/next"), ("fallback", "/fallback"), ("hangup", "")])
def test_after_a_stream_that_is_lost_twilio_does_as_it_is_told(after: Loss, asked: str) -> None:
    async def lose(service: ServiceEnd) -> None:
        await service.receives("start")
        service.lose()

    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        ending = await phone.ended()
        assert [path for path, _ in network.posted[1:]] == ([asked] if asked else [])
        assert ending.status == ("completed" if asked else "failed")
        assert 31921 in [fault.code for fault in phone.report]

    ring = Ring(f"{ORIGIN}/voice", fallback_url=f"{ORIGIN}/fallback", after_loss=after)
    calling(work, talk=lose, ring=ring, voice=CONNECT, next="<Hangup/>", fallback="<Hangup/>")


def test_start_instead_of_connect_ends_the_call_and_is_reported() -> None:
    async def greet(service: ServiceEnd) -> None:
        await service.receives("start")
        await service.says(LINE)
        await service.receives("stop")

    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        assert (await phone.ended()).reason == "the TwiML came to its end"
        assert phone.heard == []
        assert any("<Connect>" in fault.reason for fault in phone.report)

    stream = CONNECT.replace("Connect", "Start").replace(' action="/next"', "")
    calling(work, talk=greet, voice=f"{stream}<Pause/>")


# Calls out


@pytest.mark.parametrize(
    ("person", "detection", "answered_by", "after"),
    [
        (Person(), Detection(callback=f"{ORIGIN}/amd", waits=False), "human", 1.5),
        (Person(machine=True, greeting=LINE * 6), Detection(False, f"{ORIGIN}/amd", waits=False), "machine_start", 4),
        (
            Person(machine=True, greeting=LINE * 6),
            Detection(True, f"{ORIGIN}/amd", waits=False),
            "machine_end_beep",
            6.4,
        ),
        (Person(machine=True, greeting=LINE * 40), Detection(True, f"{ORIGIN}/amd", waits=False), "unknown", 30),
    ],
)
def test_who_answered_is_told_while_the_call_goes_on(
    person: Person, detection: Detection, answered_by: str, after: float
) -> None:
    async def whole() -> None:
        async with exchange(voice=CONNECT) as (twilio, network):
            twilio.people[CALLEE] = person
            order = twilio.order(url=f"{ORIGIN}/voice", to_number=CALLEE)
            call = twilio.place(order, Outgoing(detection=detection))
            assert await call.until(lambda: call.stream is not None, 5)
            began = call.now
            assert await call.until(lambda: bool(call.answered_by), 60)
            assert call.now - began == pytest.approx(after, abs=0.1)
            (form,) = told(network, "/amd")
            assert (form["AnsweredBy"], form["CallSid"]) == (answered_by, call.sid)
            assert "AnsweredBy" not in told(network, "/voice")[0]

    run(whole())


def test_a_service_that_waits_is_told_who_answered_with_its_first_question() -> None:
    async def whole() -> None:
        async with exchange(voice=STAY) as (twilio, network):
            twilio.people[CALLEE] = Person(machine=True, greeting=LINE * 6)
            order = twilio.order(url=f"{ORIGIN}/voice", to_number=CALLEE)
            call = twilio.place(order, Outgoing(detection=Detection(to_end=True)))
            assert await call.until(lambda: bool(network.posted), 60)
            assert told(network, "/voice")[0]["AnsweredBy"] == "machine_end_beep"

    run(whole())


def test_a_machine_s_greeting_and_beep_are_heard_on_the_stream() -> None:
    async def whole() -> None:
        async with exchange(voice=CONNECT) as (twilio, _):
            twilio.people[CALLEE] = Person(machine=True, greeting=LINE * 2)
            call = twilio.place(twilio.order(url=f"{ORIGIN}/voice", to_number=CALLEE), Outgoing())
            await asyncio.sleep(5)
            spoken = call.lines[0].spoken
            assert sum(len(sound.ulaw) for sound in spoken) == pytest.approx(2.4 * RATE, abs=0.1 * RATE)
            assert ulaw_level(spoken[-2].ulaw) > -20

    run(whole())


def test_a_call_has_a_longest_time() -> None:
    async def whole() -> None:
        async with exchange(voice=CONNECT) as (twilio, _):
            order = twilio.order(url=f"{ORIGIN}/voice", to_number=CALLEE)
            call = twilio.place(order, Outgoing(time_limit=60))
            await over(call)
            assert call.seconds == pytest.approx(60, abs=0.1)
            assert call.ending is not None
            assert "time limit" in call.ending.reason

    run(whole())


def test_hundreds_of_calls_go_through_one_exchange() -> None:
    async def whole() -> None:
        async with exchange(voice=CONNECT, next="<Hangup/>") as (twilio, network):
            calls = [
                twilio.place(twilio.order(url=f"{ORIGIN}/voice", to_number=CALLEE), Outgoing()) for _ in range(200)
            ]
            await asyncio.sleep(1)
            assert sum(call.stream is not None for call in calls) == 200
            assert len(told(network, "/voice")) == 200
        assert {call.status for call in calls} == {"completed"}

    run(whole())


@pytest.mark.parametrize(("caller", "status"), [("+12025550143", "failed"), ("sip:anna@example.com", "success")])
def test_only_a_call_that_came_over_sip_is_referred(caller: str, status: str) -> None:
    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.is_told("Referred")
        assert [form["ReferCallStatus"] for form in told(network, "/referred")] == [status]

    calling(
        work,
        ring=Ring(f"{ORIGIN}/voice", from_number=caller),
        voice='<Leave/><Refer action="/referred"><Sip>sip:b@example.com</Sip></Refer>',
        referred="<Say>Referred.</Say><Hangup/>",
    )


def test_a_stream_s_status_may_be_told_late() -> None:
    async def close(service: ServiceEnd) -> None:
        await service.receives("start")

    async def work(phone: Phone, twilio: Exchange, network: InMemory) -> None:
        await phone.ended(within=60)
        paths = [path for path, _ in network.posted]
        assert paths.index("/next") < len(paths) - 1 - paths[::-1].index("/streamed")
        assert len(told(network, "/streamed")) == 2

    stream = f'<Stream url="wss://agent.example.com/stream" statusCallback="{ORIGIN}/streamed"/>'
    calling(
        work,
        talk=close,
        ring=Ring(f"{ORIGIN}/voice", unknowns=Unknowns(late=20.0)),
        voice=f'<Connect action="/next">{stream}</Connect>',
        next="<Pause length='1'/><Hangup/>",
    )
