"""The console on loopback: who gets in, how a browser's call is placed, and which stream may carry it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telephony_agent import Agent
from telephony_agent.access import TRIES
from tests.parties import SOON, STREAM, Model, Party, Service, answering, content, modelling, start, token_in

pytestmark = pytest.mark.anyio

TOKEN = "an-operator-s-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None)
POLICY, NORMAL = 1008, 1000


@asynccontextmanager
async def open_to_the_operator(**settings: Any) -> AsyncIterator[tuple[Model, Service]]:
    async with modelling() as model:
        async with answering(AGENT, model.url, **({"operator_token": TOKEN} | settings)) as service:
            yield model, service


async def asks(
    service: Service, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> tuple[int, str]:
    return await service.request(method, path, {"Host": service.address} | dict(headers or {}), body)


async def calls(service: Service, headers: Mapping[str, str] = BEARER, form: str = "") -> dict[str, str]:
    status, body = await asks(service, "POST", "/console/phone/call", headers, form)
    assert status == 200, body
    call: dict[str, str] = json.loads(body)
    return call


def starting(call: Mapping[str, str]) -> dict[str, Any]:
    message = start(call["token"], call["callSid"])
    message["start"]["accountSid"] = call["accountSid"]
    return message


@asynccontextmanager
async def socket_of(service: Service, path: str, headers: Mapping[str, str] = BEARER) -> AsyncIterator[Party]:
    uri = f"ws://{service.address}{path}"
    async with connect(uri, additional_headers=headers, compression=None, close_timeout=0.5, proxy=None) as socket:
        yield Party(socket)


async def cookie_of(service: Service) -> dict[str, str]:
    """What a browser sends after its form: its cookie, and the Origin of our own page."""
    host, port = service.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = f"token={TOKEN}"
    head = f"POST /console/ HTTP/1.1\r\nHost: {service.address}\r\nContent-Length: {len(body)}\r\nConnection: close"
    writer.write(f"{head}\r\n\r\n{body}".encode())
    async with asyncio.timeout(SOON):
        answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 303")
    (line,) = [line for line in answer.splitlines() if line.startswith("set-cookie:")]
    return {"Cookie": line.partition(": ")[2].partition(";")[0], "Origin": f"http://{service.address}"}


# Who gets in.


async def test_the_form_opens_the_phone() -> None:
    async with open_to_the_operator() as (_, service):
        status, page = await asks(service, "GET", "/console/")
        assert status == 200
        assert "token" in page
        assert (await asks(service, "GET", "/console/phone"))[0] == 303
        cookie = await cookie_of(service)
        status, page = await asks(service, "GET", "/console/phone", cookie)
        assert status == 200
        assert "phone.js" in page
        assert (await asks(service, "GET", "/console/", cookie))[0] == 303


async def test_a_wrong_token_opens_nothing_and_many_are_made_to_wait() -> None:
    async with open_to_the_operator() as (_, service):
        for _ in range(TRIES):
            status, page = await asks(service, "POST", "/console/", body="token=wrong")
            assert status == 403
            assert "not the token" in page
        assert (await asks(service, "POST", "/console/", body=f"token={TOKEN}"))[0] == 429
        assert (await asks(service, "GET", "/console/phone", BEARER))[0] == 200


@pytest.mark.parametrize("body", ["x" * 5000, "token", "token=%ff", ""], ids=["long", "no form", "no text", "empty"])
async def test_what_is_no_token_is_a_wrong_one(body: str) -> None:
    async with open_to_the_operator() as (_, service):
        assert (await asks(service, "POST", "/console/", body=body))[0] == 403


PATHS = [
    ("GET", "/console/"),
    ("POST", "/console/"),
    ("GET", "/console/phone"),
    ("POST", "/console/phone/call"),
    ("POST", f"/console/phone/call/CA{'1' * 32}/next"),
    ("GET", "/console/files/phone.js"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_without_a_token_all_of_it_is_there_for_this_machine_only(method: str, path: str) -> None:
    async with open_to_the_operator(operator_token=None) as (_, service):
        assert (await asks(service, method, path, {"X-Forwarded-For": "192.0.2.1"}))[0] == 404
        assert (await asks(service, method, path, {"Host": "agent.example.com"}))[0] == 404
        assert (await asks(service, method, path))[0] != 404


@pytest.mark.parametrize("path", ["call", f"call/CA{'1' * 32}/next"])
async def test_a_call_is_placed_by_the_operator_alone(path: str) -> None:
    async with open_to_the_operator() as (model, service):
        cookie = await cookie_of(service)
        for headers in ({}, {"Cookie": cookie["Cookie"]}, cookie | {"Origin": "https://evil.example.com"}):
            status, body = await asks(service, "POST", f"/console/phone/{path}", headers)
            assert status == 401
            assert "error" in json.loads(body)
        assert model.dials == 0


async def test_no_file_but_the_page_s_own_is_served() -> None:
    async with open_to_the_operator() as (_, service):
        for name in ("phone.html", "nothing.js", "..%2froutes.py", "%2fetc%2fpasswd"):
            assert (await asks(service, "GET", f"/console/files/{name}", BEARER))[0] == 404


# A call.


async def test_a_browser_s_call_is_like_any_other() -> None:
    async with open_to_the_operator() as (model, service):
        cookie = await cookie_of(service)
        call = await calls(service, cookie, "From=%2B15550100001&To=%2B15550100002")
        session = await model.session()
        assert "+15550100002" in (await session.hears())["setup"]["systemInstruction"]["parts"][0]["text"]
        await session.says({"setupComplete": {}})
        async with socket_of(service, "/twilio/stream", cookie) as phone:
            await phone.says(starting(call))
            assert "clientContent" in await session.hears()
            await phone.says({"event": "stop"})
            assert await phone.is_closed() == NORMAL
        status, body = await asks(service, "POST", f"/console/phone/call/{call['callSid']}/next", cookie)
        assert (status, json.loads(body)["token"]) == (200, None)


async def test_a_stream_that_broke_may_be_opened_anew() -> None:
    async with open_to_the_operator() as (model, service):
        call = await calls(service)
        async with socket_of(service, "/twilio/stream") as phone:
            await phone.says(starting(call))
            await (await model.accepted()).hears()
        status, body = await asks(service, "POST", f"/console/phone/call/{call['callSid']}/next", BEARER)
        assert status == 200
        again = json.loads(body)
        assert again["token"] not in (None, call["token"])
        async with socket_of(service, "/twilio/stream") as phone:
            await phone.says(starting(again))
            await phone.says({"event": "stop"})
            assert await phone.is_closed() == NORMAL


async def test_a_stream_with_the_wrong_token_is_closed() -> None:
    async with open_to_the_operator() as (_, service):
        call = await calls(service)
        async with socket_of(service, "/twilio/stream") as phone:
            await phone.says(starting(call | {"token": "wrong"}))
            assert await phone.is_closed() == POLICY


async def test_the_operator_s_browser_carries_no_call_of_twilio_s() -> None:
    async with open_to_the_operator() as (_, service):
        token = token_in(await service.rings())
        async with socket_of(service, "/twilio/stream") as phone:
            await phone.says(start(token))
            assert await phone.is_closed() == POLICY


@pytest.mark.parametrize("origin", [None, "https://evil.example.com"])
async def test_a_stream_that_another_site_s_page_opens_is_refused(origin: str | None) -> None:
    async with open_to_the_operator() as (_, service):
        headers = {"Cookie": (await cookie_of(service))["Cookie"]} | ({"Origin": origin} if origin else {})
        with pytest.raises(InvalidStatus) as refused:
            async with socket_of(service, "/twilio/stream", headers):
                pass
        assert refused.value.response.status_code == 403


async def test_a_full_line_says_so() -> None:
    async with open_to_the_operator(max_calls=1) as (_, service):
        await calls(service)
        status, body = await asks(service, "POST", "/console/phone/call", BEARER)
        assert status == 503
        assert "full" in json.loads(body)["error"]


@pytest.mark.parametrize("form", [f"From={'1' * 101}", f"To={'1' * 101}", "x" * 5000, "nonsense"])
async def test_a_call_that_makes_no_sense_is_refused(form: str) -> None:
    async with open_to_the_operator() as (model, service):
        assert (await asks(service, "POST", "/console/phone/call", BEARER, form))[0] == 400
        assert (await asks(service, "POST", "/console/phone/call/CA1/next", BEARER))[0] == 404
        assert model.dials == 0


# Captions.


async def test_what_is_said_is_told_live_until_the_end() -> None:
    async with open_to_the_operator() as (model, service):
        call = await calls(service)
        async with socket_of(service, f"/console/calls/{call['callSid']}/events") as page:
            async with socket_of(service, "/twilio/stream") as phone:
                await phone.says(starting(call))
                session = await model.accepted()
                await session.says(content(outputTranscription={"text": "Hello"}))
                assert await page.hears() == {"kind": "said", "who": "agent", "text": "Hello"}
                await phone.says({"event": "stop", "streamSid": STREAM})
                while (shown := await page.hears())["kind"] != "over":
                    pass
                assert shown["why"]
                assert await page.is_closed() == NORMAL


async def test_captions_are_for_the_operator_and_of_calls_that_are_there() -> None:
    async with open_to_the_operator() as (_, service):
        call = await calls(service)
        for sid, headers in ((call["callSid"], {}), ("CA" + "1" * 32, BEARER)):
            with pytest.raises(InvalidStatus) as refused:
                async with socket_of(service, f"/console/calls/{sid}/events", headers):
                    pass
            assert refused.value.response.status_code == 403


async def test_a_page_that_goes_away_ends_nothing() -> None:
    async with open_to_the_operator() as (model, service):
        call = await calls(service)
        async with socket_of(service, "/twilio/stream") as phone:
            await phone.says(starting(call))
            session = await model.accepted()
            async with socket_of(service, f"/console/calls/{call['callSid']}/events"):
                pass
            await session.says(content(outputTranscription={"text": "Hello"}))
            async with socket_of(service, f"/console/calls/{call['callSid']}/events") as page:
                await session.says(content(outputTranscription={"text": "again"}))
                while (await page.hears()).get("text") != "again":
                    pass
