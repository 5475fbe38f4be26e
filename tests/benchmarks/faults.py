"""Two hundred calls on the virtual clock, each with something going wrong at a random moment: `python -m
tests.benchmarks.faults`, with `--seed` and `--calls` of one's own.

A call counts as lost if its caller, once silent, waits more than eight seconds for a sound of the agent's or for what
the operator has put in its place, not counting what a function takes. Prints a table of the faults; exits with 1 if a
call is lost, or dials the model more than eight times in thirty seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from telephony_agent import Agent, tool
from telephony_agent.live.link import TRIES, TRIES_WITHIN
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.faults import HandlesForgotten, InSession, SlowPong, UpgradeRefused, given
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import Step, calls, scripted
from telephony_agent.offline.phone.levels import SPEECH
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.record.entries import Mishaps, Outcome, ToolRun
from telephony_agent.steps import Dial
from tests import virtual
from tests.house import House, calling
from tests.test_whole_call import speech

CALLS = 200
LOST = 8.0  # seconds without a sound, for a caller who is owed one
QUESTIONS = 4
LISTENS = 1.5  # seconds that the agent has been silent for when the caller asks the next thing
WINDOW = (2.0, 18.0)  # seconds from the call's beginning, between which it goes wrong
PATIENCE = 20.0  # seconds after which the caller gives up
FRAME = 0.02  # seconds

MENU = (
    "close?code=1000",
    "close?code=1006",
    "close?code=1011",
    "close?code=1011&at=input",
    "close?code=1011&at=sound",
    "close?code=1011&at=call",
    "close?code=1011&at=turn",
    "close?code=1007&reason=Request contains an invalid argument.",
    "close?code=1008&reason=Requested entity was not found.",
    "close?code=1008&reason=Operation is not implemented, or supported, or enabled.",
    "close?code=1008&reason=models/x is not found for API version v1beta",
    "quota",
    "go_away?seconds=1",
    "go_away?seconds=5&silent=true",
    "go_away?seconds=50",
    "silence?seconds=3",
    "silence?seconds=30",
    "near_silence",
    "stall?at=sound",
    "stall?at=reply",
    "stall?at=answer",
    "empty_turn",
    "rejected_turn",
    "cut_short",
    "other_language",
    "unheard",
    "think_aloud",
    "no_turn_complete",
    "no_turn_complete?generated=false",
    "early_turn_complete",
    "duplicate_call",
    "interrupted?at=now",
    "interrupted?at=reply",
    "storm",
)
BEGINNINGS = (  # of the first session; a setup that takes longer is not waited for
    "slow_setup?seconds=3.8 silence?seconds=60",
    "slow_setup?seconds=3.8 stall?at=reply",
    "slow_setup?seconds=30",
)
NEXT = (  # what may befall the session after that, too
    "",
    "",
    "refuse_handle",
    "slow_setup?seconds=2",
    "slow_setup?seconds=30",
    "close?code=1011&at=setup",
    "refuse_upgrade?status=503&times=2",
    "refuse_upgrade?status=503&times=100",
    "refuse_upgrade?status=429&times=1",
)


@tool
async def opening_hours() -> str:
    """Tell the opening hours."""
    await asyncio.sleep(1.0)
    return "From five to ten."


AGENT = Agent(instructions="Be brief.", disclosure=None, language="en-US", tools=[opening_hours], idle_after=60.0)
HELLO = Say("Good evening. What can I do for you?")
ANSWERS: list[Step] = [
    Say("We are open from five to ten. Shall I book a table?"),
    calls("opening_hours"),
    Say("From five to ten."),
]


@dataclass(frozen=True)
class Went:
    """How a call went. `waited`: the longest that its caller was left in silence, seconds; `dials`: the most in any
    `TRIES_WITHIN` seconds; `hung_up_on`: it ended by us without the fallback.
    """

    fault: str
    then: str
    waited: float
    dials: int
    cures: tuple[str, ...]
    fallback: bool
    hung_up_on: bool

    @property
    def lost(self) -> bool:
        return self.waited > LOST or self.hung_up_on


async def one_call(fault: str, then: str, at: float, model: str) -> Went:
    faculties = scripted(HELLO, *ANSWERS * 9, transcripts=["When are you open?"] * 30)
    first = [of_session(each) for each in fault.split(" ")] if fault in BEGINNINGS else []
    async with calling(AGENT, faculties, delay=0.05, model=model, faults=first) as (phone, house):
        asyncio.get_running_loop().call_later(at, goes_wrong, house, "" if first else fault, then)
        waits = [await waits_for_the_agent(phone, house)]
        while len(waits) <= QUESTIONS and not phone.over and waits[-1] < PATIENCE:
            try:
                await phone.says(speech())
            except ConnectionError:  # the call has ended before a word of it was said
                break
            waits.append(await waits_for_the_agent(phone, house))
        if not phone.over:
            await phone.hangs_up()
    (mishaps,) = [entry for entry in house.entries if isinstance(entry, Mishaps)]
    (outcome,) = [entry for entry in house.entries if isinstance(entry, Outcome)]
    fallback = outcome.next == AGENT.fallback
    hung_up_on = not fallback and "caller" not in outcome.why
    return Went(fault, then, max(waits), most_dials(house), tuple(mishaps.cures), fallback, hung_up_on)


def goes_wrong(house: House, fault: str, then: str) -> None:
    for query, next_session in ((then, True), (fault, False)):
        if query:
            failing = given(query)
            assert not isinstance(failing, SlowPong), "there is no socket"
            house.fail(failing, next_session)


def of_session(query: str) -> InSession:
    failing = given(query)
    assert not isinstance(failing, SlowPong | HandlesForgotten | UpgradeRefused)
    return failing


async def waits_for_the_agent(phone: Phone, house: House) -> float:
    """Until it was heard and has been silent for a while, or the call is over; seconds before its first sound in which
    no function ran.
    """
    since = max((sound.at + FRAME for sound in phone.spoken if sound.level > SPEECH), default=0.0)
    try:
        until = (await phone.hears(pause=LISTENS, within=PATIENCE)).began
    except TimeoutError:
        return PATIENCE
    except ConnectionError:  # the call is over, and nothing was heard
        until = phone.now
    epoch = asyncio.get_running_loop().time() - phone.now
    runs = [entry for entry in house.entries if isinstance(entry, ToolRun)]
    return until - since - sum(_shared(run, since + epoch, until + epoch) for run in runs)


def _shared(run: ToolRun, began: float, ended: float) -> float:
    return max(0.0, min(ended, run.began + run.took) - max(began, run.began))


def most_dials(house: House) -> int:
    dials = [at for at, step in house.steps if isinstance(step, Dial)]
    return max(len([at for at in dials if since <= at < since + TRIES_WITHIN]) for since in dials)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=CALLS)
    asked.add_argument("--seed", type=int, default=0)
    options = asked.parse_args()
    logging.disable(logging.ERROR)
    chance = random.Random(options.seed)
    went = []
    for number in range(options.calls):
        faults = MENU + BEGINNINGS
        fault, then = faults[number % len(faults)], chance.choice(NEXT)
        at, model = chance.uniform(*WINDOW), chance.choice(["offline", *MODELS])
        went.append(virtual.run(one_call(fault, then, at, model), limit=300))
    print(*table(went), sep="\n")
    lost, dials = sum(each.lost for each in went), max(each.dials for each in went)
    fallbacks = sum(each.fallback for each in went)
    print(f"{len(went)} calls, {lost} lost; {fallbacks} got the fallback; {dials} dials in {TRIES_WITHIN:g} s at most")
    return int(lost > 0 or dials > TRIES)


def table(went: list[Went]) -> Iterator[str]:
    """A line for each fault, and one for each call that was lost."""
    yield f"{'fault':<56} calls  longest wait  fallback  cures"
    for fault in MENU + BEGINNINGS:
        calls = [each for each in went if each.fault == fault]
        cures = sorted({cure for each in calls for cure in each.cures})
        longest = max((each.waited for each in calls), default=0.0)
        fallbacks = sum(each.fallback for each in calls)
        yield f"{fault[:56]:<56} {len(calls):>5} {longest:>11.1f} s {fallbacks:>9}  {', '.join(cures)}"
    yield from (f"LOST: {each}" for each in went if each.lost)


if __name__ == "__main__":
    sys.exit(main())
