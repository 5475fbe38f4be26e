"""Who is let in, and what a stream gets that sends what it should not: the service on loopback."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from telephony_agent import Agent, CallBack, Callers
from tests.parties import (
    CALL,
    SILENCE,
    STOP,
    Service,
    answering,
    call_form,
    media,
    modelling,
    start,
    token_in,
    voice,
)

pytestmark = pytest.mark.anyio

PCM = b"\x00\x10" * 4800  # 200 ms of the model's sound
POLICY, NONSENSE, UNSUPPORTED, TOO_BIG, NORMAL = 1008, 1007, 1003, 1009, 1000

AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None)


async def test_a_webhook_without_twilios_signature_is_refused() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        for signature in ("", "bm9wZQ==", "nö"):
            status, _ = await service.post("/twilio/voice", call_form(), {"X-Twilio-Signature": signature})
            assert status == 403
        assert model.dials == 0


@pytest.mark.parametrize("path", ["voice", "voice/next", "status", "stream-status", "amd", "recording"])
async def test_every_webhook_wants_the_signature(path: str) -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        assert (await service.post(f"/twilio/{path}", call_form(), {"X-Twilio-Signature": "x"}))[0] == 403
        assert (await service.post(f"/twilio/{path}", call_form()))[0] in (200, 204)


async def test_a_stream_without_twilios_signature_is_refused() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        token = token_in(await service.rings())
        with pytest.raises(InvalidStatus) as refused:
            async with Service(service.address, service.public_url, "another").stream(token):
                pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Via", "Cf-Ray"])
async def test_without_a_token_a_proxied_request_is_refused(header: str) -> None:
    async with modelling() as model, answering(AGENT, model.url, auth_tokens=()) as service:
        assert (await service.post("/twilio/voice", call_form(), {header: "x"}))[0] == 403
        assert (await service.post("/twilio/voice", call_form(), {"Host": "agent.example.com"}))[0] == 403
        assert (await service.post("/twilio/voice", call_form()))[0] == 200


async def test_without_a_token_no_web_page_makes_a_call() -> None:
    async with modelling() as model, answering(AGENT, model.url, auth_tokens=()) as service:
        for origin in ("https://another.example.com", "null"):
            assert (await service.post("/twilio/voice", call_form(), {"Origin": origin}))[0] == 403
        assert model.dials == 0


async def test_another_account_is_refused() -> None:
    async with modelling() as model, answering(AGENT, model.url, account_sid="AC" + "5" * 32) as service:
        assert (await service.post("/twilio/voice", call_form()))[0] == 403


@pytest.mark.parametrize(
    ("call", "token"), [(CALL, "wrong"), ("CA" + "8" * 32, None), (CALL, "")], ids=["token", "call", "no token"]
)
async def test_a_stream_with_the_wrong_token_or_call_is_closed(call: str, token: str | None) -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        right = token_in(await service.rings())
        async with service.stream(right if token is None else token, call) as phone:
            assert await phone.is_closed() == POLICY


async def test_a_token_is_good_for_one_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        token = token_in(await service.rings())
        async with service.stream(token) as phone:
            await model.greeting()
            async with service.stream(token) as second:
                assert await second.is_closed() == POLICY
            await phone.says(STOP)


async def test_a_repeated_webhook_gets_the_same_token_and_then_no_other() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        first = await service.rings()
        assert await service.rings() == first
        async with service.stream(token_in(first)) as phone:
            session = await model.greeting()
            assert "Stream" not in await service.rings()
            await session.says(voice(PCM))
            assert "mark" in await phone.hears()  # the stream is still the call's


async def test_a_question_that_twilio_repeats_has_the_same_answer_again() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:

        async def asked(path: str, token: str) -> str:
            status, document = await service.post(path, call_form(CALL), {"I-Twilio-Idempotency-Token": token})
            assert status == 200
            return document

        first = await asked("/twilio/voice", "one")
        async with service.stream(token_in(first)) as phone:
            await model.greeting()
            assert await asked("/twilio/voice", "one") == first  # though its token is spent: it opens no second stream
        again = await asked("/twilio/voice/next", "two")
        assert token_in(again) != token_in(first)
        assert await asked("/twilio/voice/next", "two") == again
        async with service.stream(token_in(first)) as phone:
            assert await phone.is_closed() == POLICY


async def test_the_idempotency_token_of_another_call_has_an_answer_of_its_own() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        header = {"I-Twilio-Idempotency-Token": "one"}
        documents = [
            (await service.post("/twilio/voice", call_form(sid), header))[1] for sid in (CALL, CALL[:-1] + "2")
        ]
        assert token_in(documents[0]) != token_in(documents[1])


@pytest.mark.parametrize("number", ["+266696687", "+7378742833", "Restricted", ""])
async def test_a_number_that_is_withheld_is_none_however_twilio_says_so(number: str) -> None:
    busy = replace(AGENT, callers=Callers(deny=["anonymous", "+15550100002"]), unwelcome=CallBack())
    async with modelling() as model, answering(busy, model.url) as service:
        assert "<Record" in await service.rings(From=number)  # no call-back is offered: nobody could place it
        assert "<Gather" in await service.rings(CALL[:-1] + "2", From="+15550100002")


# What bad messages get.


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "{}",
        '{"event":"party"}',
        '{"event":"media"}',
        '{"event":"media","media":{"payload":7}}',
        '{"event":"media","media":{"payload":"a"}}',
        '{"event":"mark","mark":{}}',
    ],
)
async def test_a_bad_message_is_ignored(text: str) -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            await phone.socket.send(text)
            await phone.says(media() | {"news": True})
            assert "realtimeInput" in await session.hears()


async def test_twenty_bad_messages_end_the_stream_but_not_the_call() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            await model.greeting()
            for _ in range(20):
                await phone.socket.send("nonsense")
            assert await phone.is_closed() == NONSENSE
        assert "<Stream" in await service.rings(path="/twilio/voice/next")


async def test_a_binary_frame_ends_the_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            await phone.socket.send(b"\xff" * 160)
            assert await phone.is_closed() == UNSUPPORTED


async def test_a_message_over_64_kib_ends_the_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            await phone.says(media(bytes(65_536)))
            assert await phone.is_closed() == TOO_BIG


async def test_a_second_start_ends_the_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        token = token_in(await service.rings())
        async with service.stream(token) as phone:
            await phone.says(start(token))
            assert await phone.is_closed() == POLICY


async def test_sound_before_start_is_dropped() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        token = token_in(await service.rings())
        async with service.stream(None) as phone:
            await phone.says(media(b"\x00" * 160))
            await phone.says(start(token))
            session = await model.greeting()
            await phone.says(media(SILENCE))
            audio = (await session.hears())["realtimeInput"]["audio"]["data"]
            assert base64.b64decode(audio) == bytes(640)


async def test_a_stream_of_another_format_is_closed() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        token = token_in(await service.rings())
        async with service.stream(None) as phone:
            message = start(token)
            message["start"]["mediaFormat"]["sampleRate"] = 16000
            await phone.says(message)
            assert await phone.is_closed() == UNSUPPORTED


async def test_a_stream_that_never_starts_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony_agent.phone.webhooks.START_PATIENCE", 0.05)
    async with modelling() as model, answering(AGENT, model.url) as service:
        await service.rings()
        async with service.stream(None) as phone:
            assert await phone.is_closed() == POLICY


@pytest.mark.parametrize("missing", ["CallSid", "AccountSid"])
async def test_a_form_without_a_sid_is_refused(missing: str) -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        form = {name: value for name, value in call_form().items() if name != missing}
        assert (await service.post("/twilio/voice", form))[0] == 400


async def test_a_form_that_is_none_or_too_long_is_refused() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        headers = {"Host": "127.0.0.1:8080"}
        assert (await service.request("POST", "/twilio/voice", headers, "nonsense"))[0] == 400
        assert (await service.request("POST", "/twilio/voice", headers, "a=" + "b" * 70_000))[0] == 413


async def test_a_form_that_breaks_off_is_no_error_of_ours() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        host, port = service.address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nCallSid=")
        writer.close()
        await writer.wait_closed()
        assert (await service.get("/healthz"))[0] == 200
