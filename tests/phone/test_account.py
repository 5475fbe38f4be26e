"""Twilio's REST API, played by a few lines on loopback."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from telephony_agent.errors import ConfigError, TwilioError
from telephony_agent.phone.account import AT_ONCE, Account
from telephony_agent.server import listen, serving
from telephony_agent.settings import Settings

SID = "AC" + "0" * 32
CALL = "CA" + "1" * 32


class Rest:
    """Answers each request with the next of `answers`; `asked` has their users, passwords, methods and paths."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, str]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        login = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        self.asked.append((login, request.method, request.url.path))
        return self.answers.pop(0)


@asynccontextmanager
async def account(rest: Rest, **settings: Any) -> AsyncIterator[Account]:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(rest.app, listener):
        here = Account(Settings(**{"account_sid": SID, "auth_tokens": ("t0", "t1"), "api_url": url, **settings}))
        try:
            yield here
        finally:
            here.close()


def error(status: int, code: int) -> Response:
    return JSONResponse({"code": code, "message": "Told by Twilio", "status": status}, status)


@pytest.mark.anyio
async def test_it_asks_with_the_first_token() -> None:
    rest = Rest(JSONResponse({"sid": CALL, "status": "completed"}))
    async with account(rest) as here:
        assert (await here.ask(lambda client: client.calls(CALL).fetch())).status == "completed"
    assert rest.asked == [(f"{SID}:t0", "GET", f"/2010-04-01/Accounts/{SID}/Calls/{CALL}.json")]


@pytest.mark.anyio
async def test_it_asks_with_an_api_key_if_there_is_one() -> None:
    rest = Rest(JSONResponse({"sid": CALL}))
    async with account(rest, api_key="SK1", api_secret="s") as here:
        await here.ask(lambda client: client.calls(CALL).fetch())
    assert rest.asked[0][0] == "SK1:s"


@pytest.mark.parametrize(
    ("code", "mend"),
    [(20003, "TWILIO_AUTH_TOKEN"), (21215, "Geographic permissions"), (21219, "trial"), (1, "errors/1 tells more")],
)
@pytest.mark.anyio
async def test_a_refusal_has_twilio_s_words_and_the_mend(code: int, mend: str) -> None:
    async with account(Rest(error(400, code))) as here:
        with pytest.raises(TwilioError, match=rf"Told by Twilio; .*{mend}") as told:
            await here.ask(lambda client: client.calls(CALL).fetch())
    assert (told.value.status, told.value.code) == (400, code)


@pytest.mark.anyio
async def test_a_list_is_refused_in_twilio_s_words_as_well() -> None:
    async with account(Rest(error(401, 20003))) as here:
        with pytest.raises(TwilioError, match=r"Told by Twilio; .*TWILIO_AUTH_TOKEN") as told:
            await here.ask(lambda client: client.calls.list(limit=1))
    assert (told.value.status, told.value.code) == (401, 20003)


@pytest.mark.parametrize("ask", ["one", "list"])
@pytest.mark.parametrize("answer", [PlainTextResponse("<html>"), PlainTextResponse("<html>", 502)])
@pytest.mark.anyio
async def test_what_is_not_twilio_is_an_error_of_twilio_s(answer: Response, ask: str) -> None:
    async with account(Rest(answer)) as here:
        with pytest.raises(TwilioError):
            await here.ask(lambda client: client.calls(CALL).fetch() if ask == "one" else client.calls.list(limit=1))


@pytest.mark.anyio
async def test_nobody_there_is_an_error_that_names_the_setting() -> None:
    with listen("127.0.0.1", 0) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    here = Account(Settings(account_sid=SID, auth_tokens=("t",), api_url=url))
    with pytest.raises(TwilioError, match="look at the network, and at TWILIO_API_URL") as told:
        await here.ask(lambda client: client.calls(CALL).fetch())
    assert told.value.status is None
    here.close()


@pytest.mark.anyio
async def test_no_number_is_told_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with account(Rest(JSONResponse({"calls": []}))) as here:
        await here.ask(lambda client: client.calls.list(to="+12025550143", limit=1))
    told = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    assert not [line for line in told if "2025550143" in line]


class Meeting(Rest):
    """Answers nobody before so many have asked."""

    def __init__(self, size: int) -> None:
        super().__init__(*(JSONResponse({"sid": CALL}) for _ in range(size)))
        self._all_here = asyncio.Barrier(size)

    async def _answer(self, request: Request) -> Response:
        await self._all_here.wait()
        return await super()._answer(request)


@pytest.mark.anyio
async def test_who_asks_waits_for_nobody_whose_answer_is_late(caplog: pytest.LogCaptureFixture) -> None:
    async with account(Meeting(AT_ONCE)) as here, asyncio.timeout(10):
        await asyncio.gather(*(here.ask(lambda client: client.calls(CALL).fetch()) for _ in range(AT_ONCE)))
    assert "pool is full" not in caplog.text


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(auth_tokens=("t",)), "TWILIO_ACCOUNT_SID is not set"),
        (Settings(account_sid=SID), "TWILIO_AUTH_TOKEN is not set; .*TWILIO_API_KEY"),
    ],
)
def test_without_credentials_there_is_no_account(settings: Settings, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Account(settings)


def hosts(**settings: Any) -> str:
    here = Account(Settings(account_sid=SID, auth_tokens=("t",), **settings))
    found: list[str] = []
    asyncio.run(here.ask(lambda client: found.append(client.get_hostname(f"{client.api.base_url}/x"))))
    here.close()
    return found[0]


def test_the_environment_of_the_process_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    assert hosts() == "https://api.twilio.com/x"


@pytest.mark.parametrize(
    ("region", "host"),
    [("us1", "api.twilio.com"), ("ie1", "api.dublin.ie1.twilio.com"), ("au1", "api.sydney.au1.twilio.com")],
)
def test_a_region_is_reached_by_its_city(region: str, host: str) -> None:
    assert hosts(region=region) == f"https://{host}/x"
    assert hosts(region=region, api_url="http://127.0.0.1:9") == "http://127.0.0.1:9/x"
