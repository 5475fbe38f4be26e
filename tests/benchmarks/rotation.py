"""What a caller hears when a session is left for the next one: `python -m tests.benchmarks.rotation`.

Through real sockets: the time without a model beside what dialling one takes anyway. On the virtual clock: twelve
minutes with a server that closes after ten, in which the rotation is looked for in the agent's answers. Exits with 1 if
a bound is missed.
"""

from __future__ import annotations

import asyncio
import sys
import time

from telephony_agent import Agent
from telephony_agent.bridge import Bridge
from telephony_agent.live.connection import Address, dial
from telephony_agent.live.messages import Ready
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.model.terms import Terms
from telephony_agent.phone.reading import Reader
from telephony_agent.steps import Action, Dial, DropLive, Event, Lost
from telephony_agent.toolbox.run import Pool, Toolbox
from tests import virtual
from tests.ends import Phone
from tests.house import SETUP_TAKES, calling
from tests.notebook import keeping_notes, spoken
from tests.story import INCOMING, STARTED

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
AGENT = Agent(instructions="Be brief.", disclosure=None, idle_after=600.0)
LIFETIME = 6.0  # seconds of a session at the real sockets: longer than a session is left after at the earliest
ROTATIONS = 3
ADDED = 0.3  # seconds at most, besides what the server takes for a setup
TALK = 720.0  # seconds of the long call
PAUSE = 10.0  # seconds between the caller's questions


def gaps(steps: list[tuple[float, Event | Action]], since: type, until: type) -> list[float]:
    """Seconds from each of the one to the next of the other."""
    ends = [at for at, step in steps if isinstance(step, until)]
    return [
        min(end for end in ends if end >= at) - at for at, step in steps if isinstance(step, since) and ends[-1] >= at
    ]


async def over_sockets() -> tuple[float, float]:
    """The first session's dial to its acceptance, and the longest time without a model after it; seconds."""
    steps: list[tuple[float, Event | Action]] = []
    async with serving(scripted(Say("Hello.")), terms=Terms(lifetime=LIFETIME), time_limit=60) as server:
        address = Address(server.url + PATH)
        bridge = Bridge(
            agent=AGENT,
            incoming=INCOMING,
            model="models/offline",
            dial=lambda: dial(address),
            toolbox=Toolbox(AGENT.declared, Pool(), 20.0),
            observe=lambda now, step: steps.append((now, step)),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bridge.run(prewarm=False))
            await asyncio.sleep(0)
            tasks.create_task(bridge.attach(Phone(), Reader(), STARTED))
            await asyncio.sleep(ROTATIONS * (LIFETIME + 0.5))
            bridge.end("measured")
    assert not any(isinstance(step, Lost) for _, step in steps), "the server closed first"
    return gaps(steps, Dial, Ready)[0], max(gaps(steps, DropLive, Ready))


async def long_call() -> tuple[list[float], list[float]]:
    """Ear latencies of the answers, and the times without a model; seconds."""
    latencies: list[float] = []
    async with calling(AGENT, keeping_notes("My name is Miller.", "What is my name?")) as (phone, house):
        await phone.hears()
        await phone.says(spoken(0))
        await phone.hears()
        while phone.now < TALK:
            await asyncio.sleep(PAUSE)
            await phone.says(spoken(1))
            latencies.append((await phone.hears()).latency or 0.0)
    assert not any(isinstance(step, Lost) for _, step in house.steps), "the server closed first"
    return latencies, gaps(house.steps, DropLive, Ready)


def main() -> int:
    setup, silent = asyncio.run(over_sockets())
    added = silent - setup
    print(f"real sockets: {1000 * silent:.0f} ms without a model, {1000 * added:+.0f} ms besides a dial and its setup")
    began = time.perf_counter()
    latencies, without = virtual.run(long_call(), limit=TALK + 100)
    took = time.perf_counter() - began
    rotations = ", ".join(f"{1000 * gap:.0f} ms" for gap in without)
    print(f"{TALK / 60:g} minutes: {len(without)} rotation, without a model for {rotations}; computed in {took:.1f} s")
    print(f"{len(latencies)} answers after {min(latencies):.2f} to {max(latencies):.2f} s")
    later = max(latencies) - min(latencies)
    missed = added > ADDED or max(without) > SETUP_TAKES + ADDED or later > SETUP_TAKES + ADDED or not without
    print("MISSED" if missed else f"at most {1000 * ADDED:.0f} ms are added")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
