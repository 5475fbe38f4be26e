"""`serve` is told to stop while calls are up: a real process, real signals, both ends played by hand."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from tempfile import TemporaryDirectory

import pytest
from websockets.exceptions import ConnectionClosed

from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import A_LETTER, scripted
from telephony_agent.offline.model.server import serving as talking_with
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.levels import AUDIBLE, FRAME
from telephony_agent.offline.phone.phone import Phone
from tests.parties import STOP, TOKEN, Model, Party, Service, call_form, media, modelling, token_in, voice

pytestmark = pytest.mark.anyio

CALLS = 20
FEW = 4  # calls whose both ends are whole programs, in the process of the test
SPEECH = voice(b"\x00\x10" * 960)  # 40 ms
WORDS = b"\x00\x80" * 2400  # 0.6 s, loud
LONG = "All that an AI has to tell, in one long sentence which takes longer than the service needs to hear of its end."
EXTRA_GAP = 0.1  # seconds of silence that a stop may add
EXIT = 1.0  # seconds from the end of the last call to the end of the process
BUSY = 2.0  # seconds more that a machine which does other things, too, may take
STARTED, LONGEST = 20.0, 60.0  # seconds, for a machine that does other things too


class Served:
    def __init__(self, child: asyncio.subprocess.Process, service: Service, model: Model) -> None:
        self.child = child
        self.service = service
        self._model = model

    @asynccontextmanager
    async def call(self, number: int) -> AsyncIterator[tuple[Party, Party]]:
        sid = call_sid(number)
        async with self.service.stream(token_in(await self.service.rings(sid)), sid) as phone:
            session = await self._model.accepted()
            await session.hears()  # the greeting's text
            yield phone, session

    def tell(self, what: signal.Signals) -> None:
        self.child.send_signal(what)

    async def ends_within(self, seconds: float) -> float:
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            assert await self.child.wait() == 0
        return time.monotonic() - began

    async def refuses(self) -> bool:
        return "Reject" in await self.service.rings(call_sid(999))


def call_sid(number: int) -> str:
    return f"CA{number:032x}"


@asynccontextmanager
async def serving(live_url: str = "", drain: str = "60", agent: str = "", **more: str) -> AsyncIterator[Served]:
    """`live_url`: of the model; without, it is played by hand. `more`: settings."""
    with TemporaryDirectory() as folder:
        async with modelling() as model:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            settings = {
                "PORT": str(port),
                "PUBLIC_URL": f"http://127.0.0.1:{port}",
                "TWILIO_AUTH_TOKEN": TOKEN,
                "LIVE_PROVIDER": "offline",
                "LIVE_URL": live_url or model.url,
                "LOG_LEVEL": "ERROR",
                "DRAIN": drain,
                "DATA_DIR": folder,
            } | more
            command = "-m", "telephony_agent", "serve", *([agent] if agent else [])
            child = await asyncio.create_subprocess_exec(sys.executable, *command, env=os.environ | settings)
            try:
                service = Service(f"127.0.0.1:{port}", f"http://127.0.0.1:{port}")
                async with asyncio.timeout(STARTED):
                    while not await is_up(service):  # noqa: ASYNC110, another process
                        await asyncio.sleep(0.05)
                yield Served(child, service, model)
            finally:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()


async def is_up(service: Service) -> bool:
    try:
        return (await service.get("/readyz"))[0] == 200
    except OSError:
        return False


async def talk(phone: Party, session: Party, until: asyncio.Event, arrivals: list[float]) -> None:
    """The caller's 50 frames a second and the model's 25 pieces, on an absolute clock, until told to stop."""

    async def listen() -> None:
        with suppress(ConnectionClosed):
            while True:
                if '"media"' in str(await phone.socket.recv())[:40]:
                    arrivals.append(time.monotonic())

    listening = asyncio.create_task(listen())
    start, ticks = time.monotonic(), 0
    while not until.is_set():
        await phone.says(media())
        if ticks % 2:
            await session.says(SPEECH)
        ticks += 1
        await asyncio.sleep(max(0.0, start + 0.02 * ticks - time.monotonic()))
    listening.cancel()
    await asyncio.wait([listening])


def longest_gap(arrivals: list[float], since: float, until: float) -> float:
    within = [at for at in arrivals if since <= at <= until]
    return max(later - earlier for earlier, later in pairwise(within))


async def test_calls_go_on_after_sigterm_and_the_process_ends_with_the_last() -> None:
    async with asyncio.timeout(LONGEST), serving() as served, AsyncExitStack() as stack:
        calls = [await stack.enter_async_context(served.call(number)) for number in range(CALLS)]
        done = asyncio.Event()
        arrivals: list[list[float]] = [[] for _ in calls]
        talking = [
            asyncio.create_task(talk(phone, session, done, heard))
            for (phone, session), heard in zip(calls, arrivals, strict=True)
        ]
        await asyncio.sleep(2)
        told = time.monotonic()
        served.tell(signal.SIGTERM)
        await asyncio.sleep(2)
        assert await served.refuses()
        assert (await served.service.get("/readyz"))[0] == 404
        assert (await served.service.get("/healthz"))[0] == 200
        done.set()
        await asyncio.gather(*talking)
        before = max(longest_gap(heard, told - 2, told) for heard in arrivals)
        after = max(longest_gap(heard, told, told + 2) for heard in arrivals)
        assert after <= before + EXTRA_GAP
        for phone, session in calls:  # every one of them is still up
            await session.says(SPEECH)
            await phone.hears_only("media")
        for phone, session in calls:
            await phone.says(STOP)
            await session.is_closed()
        took = await served.ends_within(10)
        print(
            f"longest gap {before * 1000:.0f} ms before, {after * 1000:.0f} ms after; ended {took:.2f} s after the last"
        )
        assert took <= EXIT + BUSY


async def test_callers_hear_what_the_agent_was_saying_to_the_end() -> None:
    model = scripted(Say(""), Say(LONG), transcripts=["Tell me all."])
    async with asyncio.timeout(LONGEST), talking_with(model) as live, serving(live.url) as served:
        ring = Ring(f"{served.service.public_url}/twilio/voice", auth_token=TOKEN)
        async with AsyncExitStack() as stack:
            phones = [await stack.enter_async_context(Phone(replace(ring, call_sid=call_sid(n)))) for n in range(FEW)]
            await asyncio.gather(*(phone.says(WORDS) for phone in phones))
            await asyncio.gather(*(phone.until_speaking() for phone in phones))
            served.tell(signal.SIGTERM)
            assert await served.refuses()
            await asyncio.gather(*(hears_all(phone) for phone in phones))
            endings = await asyncio.gather(*(phone.hangs_up() for phone in phones))
        took = await served.ends_within(10)
    assert [(ending.status, ending.by) for ending in endings] == [("completed", "caller")] * FEW
    assert [phone.report for phone in phones] == [[]] * FEW
    print(f"ended {took:.2f} s after the last")
    assert took <= EXIT + BUSY


async def hears_all(phone: Phone) -> None:
    """The long sentence, in one piece or, on a busy machine, in several."""
    whole = 0.9 * len(LONG) * A_LETTER
    while sum(sound.level > AUDIBLE for sound in phone.heard) * FRAME < whole:
        await phone.hears()


async def test_a_stream_that_breaks_while_stopping_comes_back() -> None:
    async with asyncio.timeout(LONGEST), serving() as served:
        async with served.call(1) as (phone, session):
            served.tell(signal.SIGTERM)
            assert await served.refuses()
            await phone.socket.close()
            again = token_in(await served.service.rings(call_sid(1), "/twilio/voice/next"))
            async with served.service.stream(again, call_sid(1)) as second:
                await second.says(media())
                await session.hears_only("realtimeInput")  # so it is the call's
                await session.says(SPEECH)
                await second.hears_only("media")
                await second.says(STOP)
        await served.ends_within(10)


async def test_after_the_last_call_twilio_still_hears_what_follows() -> None:
    async with asyncio.timeout(LONGEST), serving() as served:
        async with served.call(1) as (phone, session):
            served.tell(signal.SIGTERM)
            assert await served.refuses()
            await phone.says(STOP)
            await session.is_closed()
            assert "<Hangup" in (await served.service.post("/twilio/voice/next", call_form(call_sid(1))))[1]
        await served.ends_within(10)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_without_a_call_it_stops_at_once(told: signal.Signals) -> None:
    async with asyncio.timeout(LONGEST), serving() as served:
        served.tell(told)
        await served.ends_within(5)


async def test_a_second_signal_ends_the_calls() -> None:
    async with asyncio.timeout(LONGEST), serving() as served, served.call(1) as (phone, _):
        served.tell(signal.SIGTERM)
        assert await served.refuses()
        served.tell(signal.SIGTERM)
        assert await phone.is_closed() in (1000, 1012)
        await served.ends_within(10)


async def test_calls_that_last_longer_than_they_may_are_ended() -> None:
    async with asyncio.timeout(LONGEST), serving(drain="0.2") as served, served.call(1) as (phone, _):
        served.tell(signal.SIGTERM)
        assert await phone.is_closed() == 1000
        await served.ends_within(10)
