"""Calls through each proxy of deploy/: over TLS, signed, to two processes of which one may be stopping."""

from __future__ import annotations

import asyncio
import audioop
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette

from telephony_agent import Agent, CallContext, create_app, server, tool
from telephony_agent.app import Service
from telephony_agent.calls import Calls
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.settings import Settings
from tests.certificates import Authority
from tests.deploy.machine import CHECKED, NAME, Site, free_port
from tests.parties import TOKEN

pytestmark = pytest.mark.anyio

WHOLE = 60.0  # seconds that a test may take; one that takes longer has failed
TRIES = 20  # calls, after which it is no chance any more that one process has none
NEW = 3  # calls more, while one of the two is stopping
PROXIES = ["caddy", *(pytest.param(name, marks=pytest.mark.needs(name)) for name in ("nginx", "haproxy"))]
SPEECH = audioop.lin2ulaw((8000 * np.sin(2 * np.pi * 300 * np.arange(4800) / 8000)).astype("<i2").tobytes(), 2)


@tool
async def say_goodbye(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye!"


AGENT = Agent(instructions="Be brief.", disclosure=None, greeting="Say hello.", tools=[say_goodbye])
STEPS: list[Say | Call] = [Say("Hello."), calls("say_goodbye"), Say("Goodbye!")]


@dataclass
class Public:
    """Two processes' worth of service, behind one name."""

    site: Site
    authority: Path
    apps: list[Starlette]

    def calls(self, number: int) -> Calls:
        service: Service = self.apps[number].state.service
        return service.calls

    def ring(self) -> Ring:
        return Ring(
            f"https://{NAME}/twilio/voice",
            auth_token=TOKEN,
            status_url=f"https://{NAME}/twilio/status" if self.apps else None,
            connect_to=("127.0.0.1", self.site.https),
            authority=self.authority,
        )

    async def is_answered(self) -> bool:
        """Whether a call gets a conversation, whole and without fault; else the caller must hear that it is busy."""
        async with Phone(self.ring()) as phone:
            try:
                await phone.hears()
            except ConnectionError:
                ending = await phone.ended()
                assert (ending.status, ending.reason, phone.report) == ("rejected", "busy", [])
                return False
            await says_goodbye(phone)
        return True


async def says_goodbye(phone: Phone) -> None:
    """What is left of a call: it is held to its end, and nothing was ever wrong with it."""
    await phone.says(SPEECH)
    await phone.hears()
    ending = await phone.ended()
    assert (ending.status, ending.by) == ("completed", "service")
    assert phone.report == []


@asynccontextmanager
async def public(proxy: str, folder: Path) -> AsyncIterator[Public]:
    authority = Authority(folder)
    certificate = authority.server_file(host=NAME)
    async with asyncio.timeout(WHOLE), AsyncExitStack() as stack:
        live = await stack.enter_async_context(serving(scripted(*STEPS, transcripts=["Bye."]), time_limit=WHOLE))
        ports, apps = [], []
        for number in (1, 2):
            listener = server.listen("127.0.0.1", 0)
            ports.append(listener.getsockname()[1])
            url = f"https://{NAME}/w{number}"
            settings = Settings(public_url=url, auth_tokens=(TOKEN,), provider="offline", live_url=live.url)
            apps.append(create_app(AGENT, settings))
            await stack.enter_async_context(server.serving(apps[-1], listener))
        site = Site(folder, certificate, free_port(), free_port(), *ports)
        await stack.enter_async_context(site.proxied(proxy))
        await asyncio.sleep(CHECKED)  # it may have looked before it could see
        yield Public(site, authority.file, apps)


@pytest.mark.parametrize("proxy", PROXIES)
async def test_calls_stay_in_their_process_while_it_stops_and_new_ones_go_elsewhere(proxy: str, tmp_path: Path) -> None:
    async with public(proxy, tmp_path) as line, AsyncExitStack() as stack:
        phones: list[Phone] = []
        while not (len(line.calls(0)) and len(line.calls(1))):
            assert len(phones) < TRIES, "all went to one process"
            phones.append(await stack.enter_async_context(Phone(line.ring())))
            await phones[-1].answered()
        await asyncio.gather(*(phone.hears() for phone in phones))

        stopping = asyncio.create_task(line.calls(0).drain(WHOLE))
        await asyncio.sleep(CHECKED)
        answered = await asyncio.gather(*(line.is_answered() for _ in range(NEW)))
        if proxy != "nginx":  # which asks nobody whether he is ready: deploy/README.md
            assert answered == [True] * NEW

        line.calls(1).open = False
        await asyncio.sleep(CHECKED)
        assert not await line.is_answered()

        await asyncio.gather(*(says_goodbye(phone) for phone in phones))
        await stopping


@pytest.mark.parametrize("proxy", PROXIES)
async def test_the_line_is_busy_where_no_process_is(proxy: str, tmp_path: Path) -> None:
    certificate = Authority(tmp_path).server_file(host=NAME)
    site = Site(tmp_path, certificate, *(free_port() for _ in range(4)))
    async with asyncio.timeout(WHOLE), site.proxied(proxy):
        await asyncio.sleep(CHECKED)
        assert not await Public(site, tmp_path / "authority.pem", []).is_answered()
