"""How long Twilio waits for the TwiML of a new call while others are up: `python -m tests.benchmarks.webhook`.

The service is one process, both ends of all calls another, and who rings a third, so that nobody waits for his own
work. Signed requests, each on a connection of its own as Twilio's are, each with a new call whose model is dialled at
once. Beside them /healthz, which does nothing: what the machine takes anyway. Exits with 1 if the bound is missed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack

from tests.benchmarks.latency import call, full_duplex, serve
from tests.parties import Service, call_form, modelling

CALLS = 100
RINGS = 200  # new calls, and as many times /healthz
EVERY = 0.1  # seconds from one to the next
FRAMES = int(2 * RINGS * EVERY / 0.02)  # of 20 ms: the calls go on for longer than that
BOUND = 20.0  # ms at p99; or `ABOVE` more than /healthz in the same run
ABOVE = 5.0  # ms


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


async def measure() -> dict[int, dict[str, list[float]]]:
    """By the number of calls that are up."""
    async with modelling() as model, serve(model, MAX_CALLS="1000", LOG_LEVEL="ERROR") as (service, _):
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            calls = [await stack.enter_async_context(call(service, model, 1 + n)) for n in range(CALLS)]
            talking = [group.create_task(full_duplex(*each, FRAMES)) for each in calls]
            crowded = await rung(service)
            for task in talking:
                assert not task.done(), "the calls ended before the last ring"
                task.cancel()
        return {CALLS: crowded, 0: await rung(service)}


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
    crowded = by_calls[CALLS]
    bound = max(BOUND, percentile(crowded["healthz"], 0.99) + ABOVE)
    missed = percentile(crowded["voice"], 0.99) > bound
    print(f"at most {bound:.1f} ms at p99 with {CALLS} calls up {'MISSED' if missed else ''}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
