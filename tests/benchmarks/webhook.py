"""How long Twilio waits for the TwiML of a new call while others are up: `python -m tests.benchmarks.webhook`.

The service is one process, both ends of all calls another, and who rings a third, so that nobody waits for his own
work. Signed requests, each on a connection of its own as Twilio's are, each with a new call whose model is dialled at
once. Beside them /healthz, which does nothing: what the machine takes anyway. Exits with 1 if the bound is missed.
"""

from __future__ import annotations

import asyncio
import binascii
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from statistics import median

from tests.benchmarks.latency import call, serve
from tests.parties import Party, Service, call_form, media, modelling, voice

CALLS = 100
RINGS = 200  # new calls, and as many times /healthz
EVERY = 0.1  # seconds from one to the next
ALONE = 6.0  # seconds for which what the calls cost is measured before anybody rings
BOUND = 20.0  # ms at p99
FAINT = bytes(Random(0).choices(b"\xff\xfe\x7e\xfd\x7d", k=160))  # mu-law: a frame of a quiet line, about -69 dBFS
SAMPLES = 300  # of a frame's base64, which takes as much longer as all else where the machine is busy


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


@dataclass
class Load:
    """What the calls have done. `late`: milliseconds by which frames left too late, because this process has too much
    to do; `through`: messages that have reached the model.
    """

    late: list[float] = field(default_factory=list)
    through: int = 0


async def talk(phone: Party, session: Party, load: Load) -> None:
    """Until cancelled, on an absolute clock: the caller's line is always open, the model speaks all the time."""
    frame, piece = json.dumps(media(FAINT)), json.dumps(voice(b"\x00\x10" * 4800)).encode()
    async with asyncio.TaskGroup() as group:
        group.create_task(swallow(phone))
        group.create_task(hear(session, load))
        start = time.perf_counter()
        for index in count():
            await asyncio.sleep(max(0.0, start + 0.02 * index - time.perf_counter()))
            load.late.append(1000 * (time.perf_counter() - start - 0.02 * index))
            await phone.socket.send(frame)
            if index % 10 == 0:
                await session.socket.send(piece)


async def burden(pid: int, load: Load) -> str:
    """What the calls take of the service's processor, beside the base64 of a frame at that time."""
    base64: list[int] = []
    through, busy, began = load.through, seconds(pid), time.perf_counter()
    while (elapsed := time.perf_counter() - began) < ALONE:
        start = time.thread_time_ns()
        for _ in range(SAMPLES):
            binascii.b2a_base64(FAINT)
        base64.append(time.thread_time_ns() - start)
        await asyncio.sleep(0.1)
    busy, through = seconds(pid) - busy, load.through - through
    each, unit = 1e6 * busy / through, median(base64) / SAMPLES / 1e3
    share = f"{CALLS} calls take {100 * busy / elapsed:.0f} % of a core"
    return f"{share}, {each:.0f} µs for 20 ms of each: {each / unit:.0f} times the base64 of its frame"


async def swallow(party: Party) -> None:
    while True:
        await party.socket.recv()


async def hear(session: Party, load: Load) -> None:
    while True:
        await session.socket.recv()
        load.through += 1


async def measure() -> dict[int, dict[str, list[float]]]:
    """By the number of calls that are up."""
    load = Load()
    async with modelling() as model, serve(model, MAX_CALLS="1000", LOG_LEVEL="ERROR") as (service, pid):
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            calls = [await stack.enter_async_context(call(service, model, 1 + n)) for n in range(CALLS)]
            talking = [group.create_task(talk(*each, load)) for each in calls]
            print(await burden(pid, load))
            crowded = await rung(service)
            for task in talking:
                assert not task.done(), "a call ended before the last ring"
                task.cancel()
        alone = await rung(service)
    lag = percentile(load.late, 0.99)
    print(f"the calls' own frames left {lag:.1f} ms late at p99")
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
