"""Whole calls to a small service on loopback."""

import asyncio
import base64
import json
import math
from pathlib import Path
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from websockets.asyncio.server import ServerConnection, serve

from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.recording import Recording

from .service import CONNECT, HANGUP, ORIGIN, Service, Stream, serving

pytestmark = pytest.mark.anyio

TOKEN = "a-random-auth-token"
LINE = b"\x80\x00" * 800  # 0.2 s of a caller at full scale
REPLY = b"\x90\x10" * 1600  # 0.4 s of an agent
LONG = b"\x90\x10" * 12000  # 3 s


def ring(service: Service, **details: Any) -> Phone:
    details = {"auth_token": TOKEN, "connect_to": service.address, **details}
    return Phone(Ring(f"{ORIGIN}/twilio/voice", **details))


async def listen(stream: Stream) -> None:
    """A service that only listens, until the caller hangs up."""
    while True:
        await stream.receives()


async def answer_once(stream: Stream) -> None:
    """Greets, answers one line, and hangs up when that was heard."""
    await stream.receives_event("start")
    await stream.says(REPLY)
    await stream.marks("greeting")
    await stream.receives_a_line()
    await stream.says(REPLY)
    await stream.marks("answer")
    await stream.returned("answer")


async def test_a_conversation() -> None:
    async with serving(answer_once) as service, ring(service) as phone:
        greeting = await phone.hears(pause=0.2)
        assert greeting.ulaw == REPLY
        assert greeting.latency is None
        line = await phone.says(LINE)
        assert line.ulaw == LINE
        answer = await phone.hears(pause=0.2)
        assert answer.ulaw == REPLY
        assert answer.latency is not None
        assert answer.latency >= 0.1  # the 100 ms of quiet that the service waits for
        ending = await phone.ended()
        assert (ending.status, ending.by) == ("completed", "service")
        assert [(mark.name, mark.outcome) for mark in phone.marks] == [("greeting", "played"), ("answer", "played")]
        assert phone.report == []


async def test_the_webhook_is_twilios() -> None:
    numbers = {"from_number": "+441632960123", "to_number": "+12025550100"}
    async with serving(answer_once) as service, ring(service, **numbers) as phone:
        await phone.answered()
    request = service.requests[0]
    form = request.form
    assert form["CallStatus"] == "ringing"
    assert (form["From"], form["Caller"], form["FromCountry"]) == ("+441632960123", "+441632960123", "GB")
    assert (form["To"], form["Called"], form["ToCountry"]) == ("+12025550100", "+12025550100", "US")
    assert "&FromCity=&" in request.raw
    assert len(form["CallSid"]) == 34
    assert request.headers["host"] == "agent.example.com"
    assert request.headers["user-agent"] == "TwilioProxy/1.1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert request.headers["i-twilio-idempotency-token"]
    signature = request.headers["x-twilio-signature"]
    assert RequestValidator(TOKEN).validate(f"{ORIGIN}/twilio/voice", form, signature)


async def test_the_handshake_is_twilios() -> None:
    async with serving(listen) as service, ring(service) as phone:
        await phone.answered()
        await phone.hangs_up()
    (headers,) = service.handshakes
    assert headers["host"] == "agent.example.com"
    assert headers["user-agent"] == "Twilio.TmeWs/1.0"
    assert headers["sec-websocket-version"] == "13"
    assert not headers.keys() & {"origin", "sec-websocket-extensions", "sec-websocket-protocol"}
    signature = headers["x-twilio-signature"]
    assert RequestValidator(TOKEN).validate("wss://agent.example.com/twilio/stream", {}, signature)


async def test_without_an_auth_token_nothing_is_signed() -> None:
    async with serving(listen) as service, ring(service, auth_token=None) as phone:
        await phone.answered()
        await phone.hangs_up()
    assert all("x-twilio-signature" not in headers for headers in service.handshakes)
    assert all("x-twilio-signature" not in request.headers for request in service.requests)


async def test_the_stream_begins_with_connected_and_start() -> None:
    async with serving(listen) as service, ring(service) as phone:
        await phone.answered()
        await phone.says(LINE)
        await phone.hangs_up()
    connected, start, media = service.streams[0].messages[:3]
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert start["start"]["customParameters"] == {"token": "t0k3n"}
    assert start["start"]["callSid"] == service.requests[0].form["CallSid"]
    assert media["media"]["timestamp"] == "155"


async def test_a_caller_who_hangs_up_sends_stop_and_closes_without_a_code() -> None:
    async with serving(listen) as service:
        async with ring(service, status_url=f"{ORIGIN}/twilio/status") as phone:
            await phone.answered()
            ending = await phone.hangs_up()
        assert (ending.status, ending.by) == ("completed", "caller")
        assert service.streams[0].messages[-1]["event"] == "stop"
        assert service.streams[0].close_code == 1005
        events = [form["StreamEvent"] for form in service.posted("/twilio/stream-status")]
        assert sorted(events) == ["stream-started", "stream-stopped"]
        (status,) = service.posted("/twilio/status")
        assert status["CallStatus"] == "completed"
        assert service.posted("/twilio/voice/next") == []


async def test_a_service_that_closes_is_asked_what_follows() -> None:
    async with serving(answer_once, following="<Response><Say>Goodbye.</Say><Hangup/></Response>") as service:
        async with ring(service) as phone:
            await phone.hears(pause=0.1)
            await phone.says(LINE)
            ending = await phone.ended()
        assert ending.reason == "the service hung up"
        assert phone.announced == ["Goodbye."]
        (form,) = service.posted("/twilio/voice/next")
        assert form["CallStatus"] == "in-progress"
        assert form["CallSid"] == service.posted("/twilio/voice")[0]["CallSid"]


async def test_another_stream_of_the_same_call_may_follow() -> None:
    async def close_the_first(stream: Stream) -> None:
        await stream.receives_event("start")
        if len(service.streams) == 2:
            service.documents["/twilio/voice/next"] = HANGUP
            await stream.says(REPLY)
            await stream.marks("end")
            await stream.returned("end")

    async with serving(close_the_first, following=CONNECT) as service:
        async with ring(service) as phone:
            heard = await phone.hears(pause=0.2)
            await phone.ended()
        assert heard.ulaw == REPLY
        first, second = service.streams
        assert first.start["callSid"] == second.start["callSid"]
        assert first.sid != second.sid
        assert len(phone.lines) == 2


async def test_a_stream_that_breaks_is_a_31921_and_the_call_goes_on() -> None:
    async def break_off(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    async with serve(break_off, "127.0.0.1", 0) as breaking, serving(listen) as service:
        host, port = service.address
        stream = f"ws://127.0.0.1:{breaking.sockets[0].getsockname()[1]}/stream"
        callback = f"http://{host}:{port}/twilio/stream-status"
        service.documents["/twilio/voice"] = (
            f'<Response><Connect action="voice/next"><Stream url="{stream}" statusCallback="{callback}"/></Connect>'
            "</Response>"
        )
        async with Phone(Ring(f"http://{host}:{port}/twilio/voice")) as phone:
            ending = await phone.ended()
        assert ending.reason == "the service hung up"
        assert [fault.code for fault in phone.report] == [31921]
        last = service.posted("/twilio/stream-status")[-1]
        assert (last["StreamEvent"], last["StreamError"][:5]) == ("stream-error", "31921")


async def test_a_refused_handshake_is_a_31920_and_the_action_is_asked() -> None:
    voice = CONNECT.replace("/twilio/stream", "/nowhere", 1)
    async with serving(listen, voice=voice) as service, ring(service) as phone:
        ending = await phone.ended()
        with pytest.raises(ConnectionError, match="the service hung up"):
            await phone.says(LINE)
    assert ending.status == "completed"
    assert [fault.code for fault in phone.report] == [31920]
    assert len(service.posted("/twilio/voice/next")) == 1
    (form,) = service.posted("/twilio/stream-status")
    assert form["StreamEvent"] == "stream-error"


@pytest.mark.parametrize(
    ("voice", "code"),
    [
        ("<Response><Dance/></Response>", 12200),
        ("not XML", 12100),
        ("<Response><Redirect>/twilio/nowhere</Redirect></Response>", 11200),
        ("<Response><Redirect>/twilio/voice</Redirect></Response>", 11215),
    ],
)
async def test_a_service_that_makes_twilio_give_up_fails_the_call(voice: str, code: int) -> None:
    async with serving(listen, voice=voice) as service, ring(service) as phone:
        ending = await phone.ended()
    assert (ending.status, ending.by) == ("failed", "service")
    assert [fault.code for fault in phone.report] == [code]


async def test_a_service_that_is_not_there_fails_the_call() -> None:
    async with serving(listen) as service:
        address = service.address
    async with Phone(Ring(f"{ORIGIN}/twilio/voice", connect_to=address)) as phone:
        ending = await phone.ended()
    assert ending.status == "failed"
    assert "can't be reached" in ending.reason


async def test_reject_and_a_pause_in_which_the_caller_hangs_up() -> None:
    async with serving(listen, voice='<Response><Reject reason="busy"/></Response>') as service, ring(service) as phone:
        ending = await phone.ended()
        assert (ending.status, ending.reason) == ("rejected", "busy")
    async with serving(listen, voice='<Response><Pause length="60"/></Response>') as service, ring(service) as phone:
        assert (await phone.hangs_up()).by == "caller"


async def test_keys_arrive_one_by_one() -> None:
    async with serving(listen) as service, ring(service) as phone:
        await phone.answered()
        phone.press("4#")
        await phone.says(LINE)
        with pytest.raises(ValueError, match="'x'"):
            phone.press("x")
    pressed = [message["dtmf"]["digit"] for message in service.streams[0].messages if message["event"] == "dtmf"]
    assert pressed == ["4", "#"]


async def test_a_barge_in() -> None:
    async def yield_to_the_caller(stream: Stream) -> None:
        await stream.receives_event("start")
        await stream.says(LONG)
        await stream.marks("end")
        await stream.receives_onset()
        await stream.sends("clear")
        await stream.returned("end")

    async with serving(yield_to_the_caller) as service, ring(service, delay=0.08) as phone:
        await phone.until_queued(2.0)
        line = await phone.says(LINE)
        await phone.ended()
    (clear,) = phone.clears
    assert phone.lines[0].heard_of(0, clear.offset) + clear.dropped == len(LONG)
    assert clear.at - line.began >= 2 * 0.08


async def test_what_remains_of_a_call(tmp_path: Path) -> None:
    async with serving(answer_once) as service, ring(service, out=tmp_path / "new") as phone:
        greeting = await phone.hears(pause=0.2)
        line = await phone.says(LINE)
        await phone.ended()
    recording = Recording.read(tmp_path / "new" / "call.wav")
    assert recording.caller_levels[round(line.began / 0.02)] > -10
    assert math.isclose(sum(level > -50 for level in recording.caller_levels) * 0.02, 0.2)
    assert recording.agent_levels[round(greeting.began / 0.02)] > -20
    entries = [json.loads(text) for text in (tmp_path / "new" / "call.jsonl").read_text().splitlines()]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    to_service = [entry["message"] for entry in entries if entry.get("to") == "service"]
    from_service = [entry["message"] for entry in entries if entry.get("from") == "service"]
    assert [message["event"] for message in to_service[:3]] == ["connected", "start", "media"]
    assert to_service[2]["media"]["payload"] == "160 bytes"
    assert [message["event"] for message in from_service] == ["media", "mark", "media", "mark"]
    assert from_service[0]["media"]["payload"] == f"{len(REPLY)} bytes"
    assert base64.b64encode(REPLY[:30]).decode() not in json.dumps(entries)


async def test_a_call_cut_short_by_its_program_is_kept_too(tmp_path: Path) -> None:
    async def fail_in_mid_call(service: Service) -> None:
        async with ring(service, out=tmp_path) as phone:
            await phone.says(LINE)
            raise AssertionError("not what I expected")

    before = asyncio.all_tasks()
    async with serving(listen) as service:
        with pytest.raises(AssertionError, match="not what I expected"):
            await fail_in_mid_call(service)
    assert service.streams[0].messages[-1]["event"] == "stop"
    assert Recording.read(tmp_path / "call.wav").seconds > 0
    assert asyncio.all_tasks() == before


async def test_waiting_in_vain_has_an_end() -> None:
    async with serving(listen) as service, ring(service) as phone:
        with pytest.raises(TimeoutError, match="in vain for the agent to speak"):
            await phone.hears(within=0.2)
        with pytest.raises(TimeoutError, match="in vain for the call to end"):
            await phone.ended(within=0.1)
        await phone.hangs_up()
        with pytest.raises(ConnectionError, match="the caller hung up"):
            await phone.hears()
        with pytest.raises(ConnectionError, match="no stream"):
            phone.press("1")


async def test_bad_messages_are_reported_and_the_call_goes_on() -> None:
    async def stammer(stream: Stream) -> None:
        await stream.receives_event("start")
        await stream.websocket.send_bytes(b"\x00")
        await stream.sends("media", media={"payload": "RIFF"}, note="extra")
        await stream.says(REPLY)
        await stream.marks("end")
        await stream.returned("end")

    async with serving(stammer) as service, ring(service) as phone:
        assert (await phone.hears(pause=0.1)).ulaw == REPLY
        await phone.ended()
    assert [fault.code for fault in phone.report] == [31950, 31951]
