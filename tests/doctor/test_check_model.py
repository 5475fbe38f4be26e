"""The model's check against servers that refuse, each in its own way."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from pathlib import Path
from time import time
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from telephony_agent.agent import Agent
from telephony_agent.doctor import check_model
from telephony_agent.doctor.case import Case
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.offline.model.process import OfflineModel
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.settings import Settings
from telephony_agent.toolbox.declare import tool
from tests.google import account, google
from tests.parties import SOON

pytestmark = pytest.mark.anyio

KEY: dict[str, Any] = {"gemini_api_key": "a-secret-key"}
VERTEX: dict[str, Any] = {
    "provider": "vertex",
    "google_cloud_project": "shop-1",
    "google_cloud_location": "us-central1",
}
FIREBASE = {
    "provider": "firebase",
    "firebase_api_key": "fire-key",
    "firebase_project_id": "shop-2",
    "live_model": "gemini-x",
}


@tool
def opening_hours(day: str) -> str:
    """Tell when we are open."""
    return "always"


AGENT = Agent(instructions="Be brief.", tools=[opening_hours])
Answer = Callable[[ServerConnection], Awaitable[None]]


async def accepts(session: ServerConnection) -> None:
    await session.recv()
    await session.send(b'{"setupComplete": {}}')
    await session.wait_closed()


@asynccontextmanager
async def model(
    answer: Answer = accepts, refuse: Callable[[ServerConnection, Request], Response | None] | None = None
) -> AsyncIterator[str]:
    async with serve(answer, "127.0.0.1", 0, process_request=refuse, close_timeout=0.5) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def checked(url: str | None, **settings: Any) -> list[Finding]:
    case = Case(Settings(live_url=url, **(settings or KEY)), AGENT)
    async with asyncio.timeout(SOON):
        return [finding async for finding in check_model.check(case)]


def about(findings: list[Finding], check: str = "model") -> Finding:
    return next(finding for finding in findings if finding.check == check)


async def test_a_setup_that_is_taken_is_the_agent_s_own_and_the_session_is_closed() -> None:
    heard: list[dict[str, Any]] = []

    async def accept(session: ServerConnection) -> None:
        heard.append(json.loads(await session.recv()))
        await session.send(b'{"setupComplete": {}}')
        await session.wait_closed()
        heard.append({"closed": session.close_code})

    async with model(accept) as url:
        findings = await checked(url)
    assert [(finding.check, finding.verdict) for finding in findings] == [
        ("fit", Verdict.OK),
        ("model", Verdict.OK),
        ("clock", Verdict.OK),
    ]
    setup = heard[0]["setup"]
    assert setup["tools"][0]["functionDeclarations"][0]["name"] == "opening_hours"
    assert "Be brief." in setup["systemInstruction"]["parts"][0]["text"]
    assert heard[1] == {"closed": 1000}


async def test_the_offline_model_takes_it_too() -> None:
    async with serving(scripted(), time_limit=SOON) as server:
        assert about(await checked(server.url, provider="offline")).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("status", "what", "mend"),
    [
        (HTTPStatus.UNAUTHORIZED, "GEMINI_API_KEY is not accepted", "mend GEMINI_API_KEY"),
        (HTTPStatus.FORBIDDEN, "may not do this", "turn the API on"),
        (HTTPStatus.TOO_MANY_REQUESTS, "no quota", "billing"),
        (HTTPStatus.NOT_FOUND, "no such address", "LIVE_URL"),
        (HTTPStatus.FOUND, "sends elsewhere", "LIVE_URL"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "trouble", "again"),
    ],
)
async def test_a_refused_upgrade(status: HTTPStatus, what: str, mend: str) -> None:
    async with model(refuse=lambda session, request: session.respond(status, "the server's own words")) as url:
        finding = about(await checked(url))
    assert finding.verdict is Verdict.WRONG
    assert what in finding.what
    assert "the server's own words" in finding.what
    assert mend in finding.mend


@pytest.mark.parametrize(
    ("code", "reason", "what", "mend"),
    [
        (1007, "API key not valid. Please pass a valid API key.", "GEMINI_API_KEY is not accepted", "GEMINI_API_KEY"),
        (1007, "Request contains an invalid argument.", "refuses the setup", "voice"),
        (1008, "models/gemini-3.8-live is not found for API version v1beta", "no Live model", "LIVE_MODEL"),
        (1011, "You exceeded your current quota, please check your plan", "no quota", "billing"),
        (1011, "Internal error encountered.", "trouble", "again"),
    ],
)
async def test_a_refused_setup(code: int, reason: str, what: str, mend: str) -> None:
    async def close(session: ServerConnection) -> None:
        await session.recv()
        await session.close(code, reason)

    async with model(close) as url:
        finding = about(await checked(url))
    assert finding.verdict is Verdict.WRONG
    assert what in finding.what
    assert mend in finding.mend


async def test_a_line_that_is_cut_during_the_setup() -> None:
    async def cut(session: ServerConnection) -> None:
        await session.recv()
        session.transport.abort()

    async with model(cut) as url:
        assert "1006" in about(await checked(url)).what


async def test_a_server_that_never_answers_the_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_model, "ACCEPTED", 0.2)
    async with model(lambda session: session.wait_closed()) as url:
        assert "said nothing" in about(await checked(url)).what


@pytest.mark.parametrize(
    ("answer", "verdict"), [("hello", Verdict.WRONG), ("{}", Verdict.UNKNOWN), ('{"goAway": {}}', Verdict.UNKNOWN)]
)
async def test_a_server_that_answers_something_else(answer: str, verdict: Verdict) -> None:
    async def talk(session: ServerConnection) -> None:
        await session.send(answer)
        await session.wait_closed()

    async with model(talk) as url:
        finding = about(await checked(url))
    assert finding.verdict is verdict
    assert "LIVE_URL" in finding.mend


async def test_a_wrong_location_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("a-token")
        monkeypatch.setattr("telephony_agent.live.providers.VERTEX_API", "wss://{}-aiplatform.invalid")
        finding = about(await checked(None, **VERTEX))
    assert "us-central1-aiplatform.invalid is not a name" in finding.what
    assert "GOOGLE_CLOUD_LOCATION" in finding.mend


@pytest.mark.parametrize(
    ("why", "mend"),
    [
        ("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.", "clock"),
        ("Account has been deleted", "gcloud auth application-default login"),
    ],
)
async def test_a_login_that_google_refuses(
    why: str, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with model() as url, google(tmp_path, monkeypatch) as login:
        login.refuses(why=why)
        (_, finding) = await checked(url, **VERTEX)
    assert (finding.check, finding.verdict) == ("credentials", Verdict.WRONG)
    assert why.rstrip(".") in finding.what
    assert mend in finding.mend


async def test_a_login_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with model() as url:
        account(tmp_path, monkeypatch, "http://127.0.0.1:9/token")
        (_, finding) = await checked(url, **VERTEX)
    assert "network" in finding.mend


async def test_no_credentials_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with model() as url:
        account(tmp_path, monkeypatch, "", private_key="not a key")
        (_, finding) = await checked(url, **VERTEX)
    assert finding.verdict is Verdict.WRONG
    assert "GOOGLE_APPLICATION_CREDENTIALS" in finding.mend


async def test_an_offline_model_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = partial(OfflineModel, [sys.executable, "-c", "raise SystemExit('no weights today')"])
    monkeypatch.setattr(check_model, "OfflineModel", broken)
    finding = about(await checked(None, provider="offline"))
    assert finding.verdict is Verdict.WRONG
    assert "no weights today" in finding.what


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (KEY, "GEMINI_API_KEY;"),
        ({"gemini_api_key": "auth_tokens/t"}, "GEMINI_API_KEY (an ephemeral token, which may be over or used up)"),
        ({**KEY, "provider": "vertex"}, "GEMINI_API_KEY (for Vertex AI's express mode, as GOOGLE_CLOUD_PROJECT is not"),
        (FIREBASE, "FIREBASE_API_KEY;"),
    ],
)
async def test_each_provider_s_key_has_its_name(given: dict[str, Any], key: str) -> None:
    async with model(refuse=lambda session, request: session.respond(HTTPStatus.UNAUTHORIZED, "")) as url:
        assert key in about(await checked(url, **given)).mend


@pytest.mark.parametrize(
    ("off", "verdict", "told"), [(0, Verdict.OK, "60 s"), (600, Verdict.WRONG, "slow"), (-600, Verdict.WRONG, "fast")]
)
async def test_the_server_s_date_shows_a_clock_that_is_wrong(off: int, verdict: Verdict, told: str) -> None:
    def refuse(session: ServerConnection, request: Request) -> Response:
        response = session.respond(HTTPStatus.UNAUTHORIZED, "")
        del response.headers["Date"]
        response.headers["Date"] = formatdate(time() + off, usegmt=True)
        return response

    async with model(refuse=refuse) as url:
        finding = about(await checked(url), "clock")
    assert finding.verdict is verdict
    assert told in finding.what


@pytest.mark.parametrize(("given", "header"), [(KEY, "x-goog-api-key"), (VERTEX, "Authorization")])
async def test_credentials_that_a_server_repeats_are_not_told(
    given: dict[str, Any], header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(session: ServerConnection, request: Request) -> Response:
        return session.respond(HTTPStatus.FORBIDDEN, f"{request.headers[header]} is blocked")

    async with model(refuse=refuse) as url, google(tmp_path, monkeypatch) as login:
        login.gives("a-secret-token")
        finding = about(await checked(url, **given))
    assert "… is blocked" in finding.what
    assert "a-secret" not in finding.lines()


def test_no_secret_of_the_settings_is_told() -> None:
    settings = Settings(auth_tokens=("twilio-1", "twilio-2"), operator_token="operator" * 2, **KEY)
    assert Case(settings, AGENT).hide(f"a twilio-1 twilio-2 {'operator' * 2} a-secret-key z") == "a … … … … z"
