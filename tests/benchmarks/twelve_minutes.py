"""Twelve minutes on the telephone over real sockets, with the offline model's server, which closes each connection
after ten: `python -m tests.benchmarks.twelve_minutes`, with `--speed`, `--minutes` and `--out` of one's own.

The clock runs faster. The caller tells a name, and then asks for it again and again. In the recording, which is kept,
the renewal of the session is looked for where the log says that it was. Exits with 1 if it can be heard, if an answer
does not have the name, or if the server closed first.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from telephony_agent import Agent
from telephony_agent.offline.model.faults import SlowSetup
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.phone.levels import FRAME
from telephony_agent.offline.phone.recording import Recording
from telephony_agent.record.entries import AgentTurn
from telephony_agent.steps import Lost, Record
from tests import hurried
from tests.hurried import Gap
from tests.notebook import keeping_notes, spoken

SPEED = 10.0
MINUTES = 12.0
OUT = Path("twelve-minutes")
NAME, QUESTION = "My name is Anna Miller.", "What is my name?"
AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, idle_after=600.0)
PAUSES = (0.1, 2.0)  # seconds that the caller thinks before the next question
SETUP = 0.3  # seconds that a real server takes for it
RENEWED = "leaves the session for a new one"  # what the log says


@dataclass(frozen=True)
class Told:
    """How it went. Times in seconds since the ring."""

    renewed: list[tuple[float, str]]  # what the log said of it
    gaps: list[Gap]
    answers: int
    known: int  # answers with the name in them
    lost: int  # times that the server closed first

    @property
    def there(self) -> list[Gap]:
        """The first gap that ends after each renewal."""
        return [next(gap for gap in self.gaps if gap.ended > at) for at, _ in self.renewed]

    @property
    def found(self) -> bool:
        """Whether somebody who only listens finds out."""
        return any(gap.seconds > self.longest + FRAME for gap in self.there)

    @property
    def longest(self) -> float:
        """Of the other gaps."""
        return max(gap.seconds for gap in self.gaps if gap not in self.there)

    @property
    def usual(self) -> float:
        return median(gap.seconds for gap in self.gaps)


async def call(seconds: float, terms: Terms, out: Path) -> Told:
    chance = random.Random(12)
    async with hurried.calling(AGENT, keeping_notes(NAME, QUESTION), terms, out) as (phone, watched):
        epoch = asyncio.get_running_loop().time() - phone.now
        await phone.hears()
        watched.model.fail(SlowSetup(SETUP), next_session=True)
        await phone.says(spoken(0))
        await phone.hears()
        while phone.now < seconds:
            await asyncio.sleep(chance.uniform(*PAUSES))
            await phone.says(spoken(1))
            await phone.hears()
    said = [step.entry for _, step in watched.steps if isinstance(step, Record) and isinstance(step.entry, AgentTurn)]
    answers = [turn.heard for turn in said[2:]]
    return Told(
        renewed=[(at - epoch, line) for at, line in watched.log if RENEWED in line],
        gaps=hurried.gaps(Recording.read(out / "call.wav")),
        answers=len(answers),
        known=sum(NAME in answer for answer in answers),
        lost=sum(isinstance(step, Lost) for _, step in watched.steps),
    )


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--speed", type=float, default=SPEED)
    asked.add_argument("--minutes", type=float, default=MINUTES)
    asked.add_argument("--out", type=Path, default=OUT)
    options = asked.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    told = hurried.run(call(options.minutes * 60, Terms(), options.out), options.speed)
    took = time.monotonic() - began
    print(f"{options.minutes:g} minutes in {took:.0f} s; the recording: {options.out / 'call.wav'}")
    print(f"{told.answers} answers, {told.known} of them with the name; the server closed first {told.lost} times")
    for (at, line), gap in zip(told.renewed, told.there, strict=True):
        print(f"the log at {at:.2f} s: {line}")
        print(f"the silence that ends next, at {gap.ended:.2f} s: {gap.seconds:.2f} s")
    print(f"the {len(told.gaps) - len(told.there)} others: {told.usual:.2f} s as a rule, {told.longest:.2f} s at most")
    fine = told.renewed and not told.found and told.known == told.answers and not told.lost
    print("found by the log only" if fine else "MISSED")
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
