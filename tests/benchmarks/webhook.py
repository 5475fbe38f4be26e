"""How long Twilio waits for the TwiML of a new call while others are up: `python -m tests.benchmarks.webhook`.

The service is one process, both ends of all calls another, and who rings a third, so that nobody waits for his own
work. Signed requests, each on a connection of its own as Twilio's are, each with a new call whose model is dialled at
once. Beside them /healthz, which does nothing: what the machine takes anyway. Exits with 1 if the bound is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from tests.benchmarks.latency import call, serve
from tests.parties import Party, Service, call_form, media, modelling, voice

CALLS = 100
RINGS = 200  # new calls, and as many times /healthz
EVERY = 0.1  # seconds from one to the next
BOUND = 20.0  # ms at p99


async def ring(service: Service) -> dict[str, list[float]]:
    """Milliseconds from the connection's first packet to the end of the answer."""
    took: dict[str, list[float]] = {"healthz": [], "voice": []}
    start = time.perf_counter()
    for number in range(RINGS):
        await asyncio.sleep(max(0.0, start + EVERY * number - time.perf_counter()))
        began = time.perf_counter()
        status, _ = await service.get("/healthz")
        took["healthz"].append(1000 * (time.perf_counter() - began))
        assert status == 200
        form = call_form(f"CA{time.time_ns():032x}")
        began = time.perf_counter()
        status, answer = await service.post("/twilio/voice", form)
        took["voice"].append(1000 * (time.perf_counter() - began))
        assert status == 200
        assert "<Connect" in answer, answer
    return took


async def rung(service: Service) -> dict[str, list[float]]:
    """The same, from a process of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name, service.address, service.public_url, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert child.returncode == 0
    took: dict[str, list[float]] = json.loads(output)
    return took


async def talk(phone: Party, session: Party, late: list[float]) -> None:
    """Until cancelled, on an absolute clock: the caller's line is always open, the model speaks all the time.

    `late`: milliseconds by which frames leave too late, because this process has too much to do.
    """
    frame, piece = json.dumps(media()), json.dumps(voice(b"\x00\x10" * 4800)).encode()
    async with asyncio.TaskGroup() as group:
        for party in (phone, session):
            group.create_task(swallow(party))
        start = time.perf_counter()
        for index in count():
            await asyncio.sleep(max(0.0, start + 0.02 * index - time.perf_counter()))
            late.append(1000 * (time.perf_counter() - start - 0.02 * index))
            await phone.socket.send(frame)
            if index % 10 == 0:
                await session.socket.send(piece)


async def swallow(party: Party) -> None:
    while True:
        await party.socket.recv()


async def measure() -> dict[int, dict[str, list[float]]]:
    """By the number of calls that are up."""
    late: list[float] = []
    async with modelling() as model, serve(model, MAX_CALLS="1000", LOG_LEVEL="ERROR") as (service, pid):
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            calls = [await stack.enter_async_context(call(service, model, 1 + n)) for n in range(CALLS)]
            talking = [group.create_task(talk(*each, late)) for each in calls]
            busy = seconds(pid)
            began = time.perf_counter()
            crowded = await rung(service)
            share = (seconds(pid) - busy) / (time.perf_counter() - began)
            for task in talking:
                assert not task.done(), "a call ended before the last ring"
                task.cancel()
        alone = await rung(service)
    lag = percentile(late, 0.99)
    print(f"the service took {100 * share:.0f} % of a core; the calls' own frames left {lag:.1f} ms late at p99")
    return {CALLS: crowded, 0: alone}


def seconds(pid: int) -> float:
    """Of a processor, that a process has taken, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main(arguments: list[str]) -> int:
    if arguments:
        print(json.dumps(asyncio.run(ring(Service(*arguments)))))
        return 0
    by_calls = asyncio.run(measure())
    for calls, took in by_calls.items():
        for what, times in took.items():
            median, worst = percentile(times, 0.5), percentile(times, 0.99)
            print(f"{calls:3} calls up, {what:8} p50 {median:6.1f} ms, p99 {worst:6.1f} ms")
    missed = percentile(by_calls[CALLS]["voice"], 0.99) > BOUND
    print(f"at most {BOUND:.1f} ms at p99 with {CALLS} calls up {'MISSED' if missed else ''}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
