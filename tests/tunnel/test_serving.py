"""The service behind a tunnel that a program of ours plays: its real output, a real TCP way, TLS and all."""

from __future__ import annotations

import asyncio
import logging
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from telephony_agent import server
from telephony_agent.errors import ConfigError
from telephony_agent.tunnel import child, serving
from telephony_agent.tunnel.child import Tunnel
from telephony_agent.tunnel.programs import find
from tests.tunnel.conftest import Internet, internet, is_gone

pytestmark = pytest.mark.anyio

FIRST, SECOND = (f"https://green-field-{count}.trycloudflare.com" for count in (1, 2))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SETTLING", 0.0)
    monkeypatch.setattr(serving, "AGAIN", 0.05)
    monkeypatch.setattr(child, "PAUSE", 0.05)
    monkeypatch.setattr(child, "AGAIN", 0.02)


class House:
    """`built` and `settled` are the URLs that the service was made for, and that Twilio was told of."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.settled: asyncio.Queue[str] = asyncio.Queue()
        self.refuses: list[str] = []
        self.drained = 0

    def build(self, url: str) -> Starlette:
        self.built.append(url)
        app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(f"made for {url}"))])
        app.state.service = self
        return app

    async def settle(self, url: str) -> None:
        if url in self.refuses:
            raise ConfigError("Twilio does not want it")
        await self.settled.put(url)

    async def drain(self) -> None:
        self.drained += 1

    async def is_at(self, url: str) -> None:
        async with asyncio.timeout(20):
            assert await self.settled.get() == url
        assert await asyncio.to_thread(got, url) == f"made for {url}"


async def becomes(true: Callable[[], bool]) -> None:
    """Within 20 s."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not become true")


def got(url: str) -> str:
    with urllib.request.build_opener().open(f"{url}/", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


@asynccontextmanager
async def installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "cloudflared", host: str = "*.trycloudflare.com"
) -> AsyncIterator[Internet]:
    async with internet(folder, host) as there:
        there.install(name)
        for variable, value in there.environment.items():
            monkeypatch.setenv(variable, value)
        yield there


async def run(house: House) -> None:
    listener = server.listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    tunnel = Tunnel(*find(None), f"{host}:{port}")
    await serving.serve(tunnel, listener, house.build, house.settle)


@asynccontextmanager
async def behind_a_tunnel(house: House) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(run(house))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_the_service_is_made_for_the_url_once_it_leads_here_and_the_program_ends_with_it(
    internet_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installed(internet_folder, monkeypatch) as there:
        house = House()
        async with behind_a_tunnel(house):
            await house.is_at(FIRST)
        assert house.built == [FIRST]
        assert await is_gone(there.starts[0])


async def test_ngrok_tells_its_url_by_its_own_api(internet_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with installed(internet_folder, monkeypatch, "ngrok", "*.ngrok-free.app"):
        house = House()
        async with behind_a_tunnel(house):
            await house.is_at("https://quiet-otter.ngrok-free.app")


async def test_a_program_that_dies_is_started_again_and_its_new_url_is_settled(
    internet_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installed(internet_folder, monkeypatch) as there:
        house = House()
        async with behind_a_tunnel(house):
            await house.is_at(FIRST)
            there.kill()
            await house.is_at(SECOND)
        assert house.built == [FIRST, SECOND]
        assert house.drained == 0


async def test_a_program_that_comes_back_at_the_same_url_leaves_the_service_as_it_is(
    internet_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installed(internet_folder, monkeypatch, "ngrok", "*.ngrok-free.app") as there:
        house, url = House(), "https://quiet-otter.ngrok-free.app"
        async with behind_a_tunnel(house):
            await house.is_at(url)
            port = (internet_folder / "quiet-otter.ngrok-free.app").read_text()
            there.kill()
            await becomes(lambda: (internet_folder / "quiet-otter.ngrok-free.app").read_text() not in (port, ""))
            assert await asyncio.to_thread(got, url) == f"made for {url}"
        assert house.built == [url]


async def test_twilio_s_refusal_ends_the_start_but_not_a_service_that_has_moved(
    internet_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with installed(internet_folder, monkeypatch) as there:
        house = House()
        house.refuses = [FIRST]
        with pytest.raises(ConfigError, match="Twilio does not want it"):
            await run(house)
        house.refuses = ["https://green-field-3.trycloudflare.com"]
        async with behind_a_tunnel(house):
            await house.is_at(SECOND)
            there.kill()
            await becomes(lambda: "not attached" in caplog.text)
            caplog.clear()
            there.kill()
            await house.is_at("https://green-field-4.trycloudflare.com")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("dies", r"cloudflared makes no tunnel: failed to request quick Tunnel"),
        ("mute", r"it told no URL in 0\.3 s"),
        ("elsewhere", r"nothing came through the tunnel .*: something else answers there"),
    ],
)
async def test_a_tunnel_that_does_not_come_up_is_told_with_the_reason(
    fault: str, told: str, internet_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "mute":
        monkeypatch.setattr(child, "STARTING", 0.3)
    monkeypatch.setattr(serving, "ANSWERS", 0.3)
    async with installed(internet_folder, monkeypatch) as there:
        (internet_folder / fault).touch()
        house = House()
        with pytest.raises(ConfigError, match=told):
            await run(house)
        assert not house.built
        assert all([await is_gone(pid) for pid in there.starts])


async def test_what_the_program_says_is_told_at_debug_only(
    internet_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with installed(internet_folder, monkeypatch):
        async with behind_a_tunnel(house := House()):
            await house.is_at(FIRST)
    said = [record for record in caplog.records if "quick Tunnel" in record.getMessage()]
    assert {record.levelno for record in said} == {logging.DEBUG}
