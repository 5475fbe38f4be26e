"""Where a session is opened, and as whom."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.agent import Agent
from telephony_agent.app import create_app
from telephony_agent.errors import ConfigError
from telephony_agent.live import providers
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.connection import LiveConnection
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.model.terms import Terms
from telephony_agent.settings import Settings
from tests.google import account, google
from tests.parties import SOON, Model, answering, modelling

AGENT = Agent(instructions="Be brief.")
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
FIREBASE_PATH = "/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent"
FIREBASE_VERTEX_PATH = "/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/europe-west4"
CONSTRAINED_PATH = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
TOKEN: dict[str, Any] = {"provider": "gemini", "gemini_api_key": "auth_tokens/t"}
EXPRESS: dict[str, Any] = {"provider": "vertex", "gemini_api_key": "a-key"}
VERTEX: dict[str, Any] = {
    "provider": "vertex",
    "google_cloud_project": "shop-1",
    "google_cloud_location": "us-central1",
}
FIREBASE: dict[str, Any] = {
    "provider": "firebase",
    "firebase_api_key": "fire-key",
    "firebase_project_id": "shop-2",
    "live_model": "gemini-live-2.5-flash-preview",
}
FIREBASE_VERTEX = {**FIREBASE, "firebase_backend": "vertex", "firebase_location": "europe-west4"}


@pytest.mark.parametrize(
    ("given", "url", "headers"),
    [
        (
            {"gemini_api_key": "a-key"},
            "wss://generativelanguage.googleapis.com" + PATH,
            {"x-goog-api-key": "a-key"},
        ),
        (
            TOKEN,
            "wss://generativelanguage.googleapis.com" + CONSTRAINED_PATH,
            {"Authorization": "Token auth_tokens/t"},
        ),
        (EXPRESS, "wss://aiplatform.googleapis.com" + VERTEX_PATH, {"x-goog-api-key": "a-key"}),
        ({**VERTEX, "gemini_api_key": "a-key"}, "wss://us-central1-aiplatform.googleapis.com" + VERTEX_PATH, {}),
        (VERTEX, "wss://us-central1-aiplatform.googleapis.com" + VERTEX_PATH, {}),
        ({**VERTEX, "google_cloud_location": "eu"}, "wss://aiplatform.eu.rep.googleapis.com" + VERTEX_PATH, {}),
        (FIREBASE, "wss://firebasevertexai.googleapis.com" + FIREBASE_PATH, {"x-goog-api-key": "fire-key"}),
        (
            {**FIREBASE_VERTEX, "firebase_app_id": "1:2:web:3", "firebase_appcheck_token": "attested"},
            "wss://firebasevertexai.googleapis.com" + FIREBASE_VERTEX_PATH,
            {"x-goog-api-key": "fire-key", "X-Firebase-AppCheck": "attested", "X-Firebase-AppId": "1:2:web:3"},
        ),
    ],
)
def test_each_provider_has_its_host_its_path_and_its_headers(
    given: dict[str, Any], url: str, headers: dict[str, str]
) -> None:
    address = providers.address(Settings(**given))
    assert (address.url, address.headers) == (url, headers)
    assert not [secret for secret in headers.values() if secret in repr(address)]


def test_the_offline_model_is_shown_no_key() -> None:
    settings = Settings(provider="offline", gemini_api_key="a-key", live_url="ws://127.0.0.1:9000")
    assert providers.address(settings).headers == {}


@pytest.mark.parametrize("base", ["ws://127.0.0.1:9000", "ws://127.0.0.1:9000/"])
@pytest.mark.parametrize(("given", "path"), [({}, PATH), (VERTEX, VERTEX_PATH), (FIREBASE, FIREBASE_PATH)])
def test_another_base_gets_the_provider_s_path_appended(base: str, given: dict[str, Any], path: str) -> None:
    assert providers.address(Settings(live_url=base, **given)).url == "ws://127.0.0.1:9000" + path


def test_a_base_known_only_now_wins() -> None:
    settings = Settings(live_url="ws://127.0.0.1:9000")
    assert providers.address(settings, "ws://127.0.0.1:9001/prefix").url == "ws://127.0.0.1:9001/prefix" + PATH


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"live_model": "gemini-3.8-live"}, "models/gemini-3.8-live"),
        ({"live_model": "models/x"}, "models/x"),
        ({"live_model": "a/b/c"}, "a/b/c"),
        (EXPRESS, "publishers/google/models/gemini-live-2.5-flash-native-audio"),
        (VERTEX, "projects/shop-1/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"),
        (FIREBASE, "projects/shop-2/models/gemini-live-2.5-flash-preview"),
        (
            FIREBASE_VERTEX,
            "projects/shop-2/locations/europe-west4/publishers/google/models/gemini-live-2.5-flash-preview",
        ),
    ],
)
def test_a_model_s_name_in_the_setup(given: dict[str, Any], name: str) -> None:
    assert providers.model(Settings(**given)) == name


# On the wire.

ON_THE_WIRE = [
    ({"provider": "gemini", "gemini_api_key": "a-key"}, PATH, {"x-goog-api-key": "a-key"}),
    (EXPRESS, VERTEX_PATH, {"x-goog-api-key": "a-key"}),
    (VERTEX, VERTEX_PATH, {"authorization": "Bearer a-token"}),
    (FIREBASE, FIREBASE_PATH, {"x-goog-api-key": "fire-key"}),
    (FIREBASE_VERTEX, FIREBASE_VERTEX_PATH, {"x-goog-api-key": "fire-key"}),
]


async def ring(model: Model, given: dict[str, Any]) -> dict[str, Any]:
    """The setup that a call of this service brings."""
    async with answering(AGENT, model.url, **given) as service:
        await service.rings()
        return (await (await model.session()).hears())["setup"]  # type: ignore[no-any-return]


@pytest.mark.anyio
@pytest.mark.parametrize(("given", "path", "headers"), ON_THE_WIRE)
async def test_a_call_is_set_up_as_its_provider_wants_it(
    given: dict[str, Any], path: str, headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with modelling() as model, google(tmp_path, monkeypatch) as login:
        login.gives("a-token")
        setup = await ring(model, given)
        assert setup["model"] == providers.model(Settings(**given))
    assert model.path == path
    sent = {name.lower(): value for name, value in model.headers.items()}
    assert {name: value for name, value in sent.items() if name in headers} == headers
    assert not {"x-goog-api-key", "authorization"} & (sent.keys() - headers.keys())


@pytest.mark.anyio
@pytest.mark.parametrize(("given", "path", "headers"), ON_THE_WIRE)
async def test_the_offline_model_answers_at_every_provider_s_door(
    given: dict[str, Any], path: str, headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(scripted(), time_limit=SOON) as server, google(tmp_path, monkeypatch) as login:
        login.gives("a-token")
        settings = Settings(live_url=server.url, **given)
        dialler = providers.Dialler(settings)
        async with dialler.running():
            socket = await dialler.dial()
            assert isinstance(socket, LiveConnection)
            await socket.send(f'{{"setup": {{"model": "{providers.model(settings)}"}}}}')
            answer = await socket.receive()
            await socket.close()
        assert b"setupComplete" in (answer.encode() if isinstance(answer, str) else answer or b""), socket.closing


@pytest.mark.anyio
async def test_a_call_is_set_up_with_a_token() -> None:
    async with modelling() as model:
        await ring(model, TOKEN)
    assert model.path == CONSTRAINED_PATH
    assert model.headers["Authorization"] == "Token auth_tokens/t"
    assert "x-goog-api-key" not in model.headers


@pytest.mark.anyio
async def test_a_token_opens_one_session_and_is_told_of_when_it_is_used_up() -> None:
    async with serving(scripted(), terms=Terms(key="a-key"), time_limit=SOON) as server:
        request = urllib.request.Request(
            server.url.replace("ws", "http", 1) + "/v1alpha/auth_tokens", b"{}", {"x-goog-api-key": "a-key"}
        )
        token = json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=SOON).read()))
        settings = Settings(gemini_api_key=token["name"], live_url=server.url)
        socket, spent = [await set_up(settings) for _ in range(2)]
    assert "GEMINI_API_KEY" not in socket.why
    assert spent.remedy is Remedy.GIVE_UP
    assert "unregistered callers" in spent.why
    assert "GEMINI_API_KEY is an ephemeral token" in spent.why


async def set_up(settings: Settings) -> Closing:
    """How a session ends that we close if its setup is taken."""
    socket = await providers.Dialler(settings).dial()
    assert isinstance(socket, LiveConnection)
    await socket.send(f'{{"setup": {{"model": "{providers.model(settings)}"}}}}')
    await socket.receive()
    await socket.close()
    return socket.closing


@pytest.mark.anyio
async def test_a_token_that_nobody_gave_is_why_there_is_no_session() -> None:
    async with serving(scripted(), time_limit=SOON) as server:
        closing = await providers.Dialler(Settings(live_url=server.url, **TOKEN)).dial()
    assert isinstance(closing, Closing)
    assert closing.why.startswith("the upgrade was answered with HTTP 401; GEMINI_API_KEY is an ephemeral token")
    assert "auth_tokens/t" not in closing.why


def test_who_brings_a_token_is_told_what_it_is() -> None:
    today = dt.date(2026, 11, 1)
    assert providers.EPHEMERAL in providers.notices(Settings(**TOKEN), today)
    assert providers.EPHEMERAL not in providers.notices(Settings(gemini_api_key="a-key"), today)


@pytest.mark.anyio
async def test_refused_credentials_are_why_there_is_no_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with modelling() as model, google(tmp_path, monkeypatch) as login:
        login.refuses(why="Invalid grant: account not found")
        closing = await providers.Dialler(Settings(live_url=model.url, **VERTEX)).dial()
    assert isinstance(closing, Closing)
    assert closing.remedy is Remedy.GIVE_UP
    assert "account not found" in closing.why
    assert model.dials == 0


@pytest.mark.anyio
@pytest.mark.parametrize("again", ["fresh", "revoked as well"])
async def test_a_token_that_is_refused_is_replaced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    async with serving(scripted(), terms=Terms(key="fresh"), time_limit=SOON) as server:
        async with google(tmp_path, monkeypatch) as login:
            login.gives("revoked").gives(again)
            socket = await providers.Dialler(Settings(live_url=server.url, **VERTEX)).dial()
            assert login.asked == 2
    if again == "fresh":
        assert isinstance(socket, LiveConnection)
        await socket.close()
    else:
        assert isinstance(socket, Closing)
        assert socket.remedy is Remedy.GIVE_UP


@pytest.mark.anyio
async def test_a_token_that_can_t_be_replaced_is_why_there_is_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(scripted(), terms=Terms(key="fresh"), time_limit=SOON) as server:
        async with google(tmp_path, monkeypatch) as login:
            login.gives("revoked").refuses(why="account disabled")
            closing = await providers.Dialler(Settings(live_url=server.url, **VERTEX)).dial()
    assert isinstance(closing, Closing)
    assert "account disabled" in closing.why


def test_credentials_that_are_not_there_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account(tmp_path, monkeypatch, "http://127.0.0.1:9/token", private_key="not a key")
    with pytest.raises(ConfigError, match="Application Default Credentials"):
        create_app(AGENT, Settings(**VERTEX))


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(live_model="2.5-native-audio"), "models/gemini-2.5-flash-native-audio-preview-12-2025"),
        (
            Settings(**VERTEX, live_model="2.5-native-audio"),
            "projects/shop-1/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio",
        ),
    ],
)
def test_a_short_name_is_the_provider_s_model(settings: Settings, name: str) -> None:
    assert providers.model(settings) == name


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "telephony_agent.live.adc", raising=False)
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(ConfigError, match=r"pip install 'telephony-agent\[vertex\]'"):
        providers.Dialler(Settings(**VERTEX))
