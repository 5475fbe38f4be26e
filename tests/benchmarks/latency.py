"""What the service adds to a call, and what a call costs: `python -m tests.benchmarks.latency`.

One call, full duplex: a frame of the caller's every 20 ms and 40 ms of the model's every 40 ms, through a bare relay
and then through `serve`. The clock is one: this process is the phone and the model, the service is another process.
Then so many calls at once, and the memory that they take. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from websockets.asyncio.client import connect

from tests.parties import TOKEN, Model, Party, Service, media, modelling, token_in, voice

FRAMES = 250  # of 20 ms: 5 s
ROUNDS = 4  # all of them count; each is shown, because what else the machine does shows, too
CALLS = 50
LATENCY = 2.0  # ms at p99, each way; or the relay's in the same run
ABOVE_RELAY = 1.0  # ms
IDLE, PER_CALL = 75.0, 0.3  # MB


class Stopwatch:
    """Pairs the n-th message that left with the n-th that arrived."""

    def __init__(self) -> None:
        self.left: list[float] = []
        self.arrived: list[float] = []

    @classmethod
    def all(cls, watches: Iterable[Stopwatch]) -> Stopwatch:
        whole = cls()
        for watch in watches:
            whole.left += watch.left
            whole.arrived += watch.arrived
        return whole

    def percentile(self, share: float) -> float:
        """In ms."""
        delays = sorted(1000 * (b - a) for a, b in zip(self.left, self.arrived, strict=False))
        return delays[min(len(delays) - 1, int(share * len(delays)))]


async def full_duplex(phone: Party, session: Party, frames: int) -> tuple[Stopwatch, Stopwatch]:
    """So many frames up, and half as many pieces of 40 ms down, on an absolute clock."""
    up, down = Stopwatch(), Stopwatch()
    frame, piece = json.dumps(media()), json.dumps(voice(b"\x00\x10" * 960)).encode()
    async with asyncio.timeout(0.02 * frames + 5), asyncio.TaskGroup() as readers:
        readers.create_task(_note(session, up, frames, "realtimeInput", '"media"'))
        readers.create_task(_note(phone, down, frames // 2, '"media"', "modelTurn"))
        start = time.perf_counter()
        for index in range(frames):
            await asyncio.sleep(max(0.0, start + 0.02 * index - time.perf_counter()))
            up.left.append(time.perf_counter())
            await phone.socket.send(frame)
            if index % 2:
                await asyncio.sleep(0.005)  # not in step with the other direction
                down.left.append(time.perf_counter())
                await session.socket.send(piece)
    return up, down


async def _note(party: Party, watch: Stopwatch, count: int, *kinds: str) -> None:
    """When so many messages of these kinds arrive; known by their text, so that reading costs next to nothing."""
    wanted = [kind.encode() for kind in kinds]
    while len(watch.arrived) < count:
        message = await party.socket.recv()
        raw = message.encode() if isinstance(message, str) else message
        if any(kind in raw[:200] for kind in wanted):
            watch.arrived.append(time.perf_counter())


@asynccontextmanager
async def process(*arguments: str, port: int, **environment: str) -> AsyncIterator[int]:
    """A Python process that listens on the port; its PID."""
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=os.environ | environment)
    try:
        async with asyncio.timeout(20):
            while not _listens(port):  # noqa: ASYNC110, another process
                await asyncio.sleep(0.05)
        yield child.pid
    finally:
        child.terminate()
        await child.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def megabytes(pid: int) -> float:
    """Resident memory, on Linux."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def serve(model: Model, **settings: str) -> AsyncIterator[tuple[Service, int]]:
    port = free_port()
    environment = {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "LIVE_PROVIDER": "offline",
        "LIVE_URL": model.url,
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    with TemporaryDirectory() as folder:
        environment["DATA_DIR"] = folder
        async with process("-m", "telephony_agent", "serve", port=port, **environment) as pid:
            yield Service(f"127.0.0.1:{port}", f"http://127.0.0.1:{port}"), pid


@asynccontextmanager
async def call(service: Service, model: Model, number: int) -> AsyncIterator[tuple[Party, Party]]:
    sid = f"CA{number:032x}"
    async with service.stream(token_in(await service.rings(sid)), sid) as phone:
        session = await model.accepted()
        await session.hears()  # the greeting's text
        yield phone, session


async def measure() -> list[tuple[str, float, float, str]]:
    rows = []
    async with modelling() as model, serve(model) as (service, pid):
        idle = megabytes(pid)
        port = free_port()
        async with (
            process("-m", "tests.benchmarks.relay", str(port), model.url, port=port),
            connect(f"ws://127.0.0.1:{port}/stream", compression=None, proxy=None) as socket_,
        ):
            relayed = Party(socket_), await model.session()
            async with call(service, model, 1) as ours:  # both at once: what disturbs one disturbs the other
                both = [
                    await asyncio.gather(*(full_duplex(*each, FRAMES) for each in (relayed, ours)))
                    for _ in range(ROUNDS)
                ]
        warm = megabytes(pid)
        async with AsyncExitStack() as stack:
            calls = [await stack.enter_async_context(call(service, model, 2 + n)) for n in range(CALLS)]
            await asyncio.gather(*(full_duplex(*each, FRAMES // 2) for each in calls))
            busy = megabytes(pid)
    for number, (theirs, own) in enumerate(both, 1):
        shown = (f"{own[way].percentile(0.99):.2f} ({theirs[way].percentile(0.99):.2f})" for way in (0, 1))
        print(f"round {number}: p99 {' ms up, '.join(shown)} ms down; the bare relay's in brackets")
    for way, name in enumerate(("up", "down")):
        bare, mine = (Stopwatch.all(each[side][way] for each in both) for side in (0, 1))
        for share in (0.5, 0.99):
            figure = f"{mine.percentile(share):6.2f} ms, the bare relay {bare.percentile(share):6.2f} ms"
            bound = max(LATENCY, bare.percentile(share) + ABOVE_RELAY)
            rows.append((f"{name}link p{100 * share:.0f}", mine.percentile(share), bound, figure))
    rows.append(("memory idle", idle, IDLE, f"{idle:6.1f} MB"))
    each_call = (busy - warm) / CALLS
    rows.append(("memory a call", each_call, PER_CALL, f"{each_call:6.3f} MB ({CALLS} calls)"))
    return rows


def main() -> int:
    missed = 0
    for name, value, bound, figure in asyncio.run(measure()):
        missed += value > bound
        print(f"{name:14} {figure:45} at most {bound:.2f} {'' if value <= bound else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
