"""How soon the offline model speaks once it knows what to say: `python -m tests.benchmarks.voice`.

The real voice behind a scripted brain, over a socket: from the end of the thought to the first sample that the client
has. Answers of every length, alone and four at once, and what each first sound takes of a processor, which a busy
machine does not change. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from websockets.asyncio.client import ClientConnection, connect

from telephony_agent.offline.model import voices
from telephony_agent.offline.model.faculties import Brain, Decision, Prompted, Say, Told, Voice
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.reply import sentences
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import LiveServer, serving

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
ROUNDS = 4
AT_ONCE = 4
PAUSE = 0.3  # seconds, in which the rest of an answer that was cut off has been voiced
BOUND = 60.0  # ms at p95, of a call alone
ANSWERS = (
    "Okay.",
    "Goodbye!",
    "One moment, please.",
    "Who is calling?",
    "That is correct.",
    "I did not catch that.",
    "Your order number is 4 7 1 9.",
    "Yes, we are open until ten tonight.",
    "How many people will there be?",
    "We have nothing left on Saturday evening.",
    "Is there anything else I can do for you?",
    "Thank you for calling the Riverside Veterinary Clinic.",
    "On Tuesday from five to ten. Would you like to book a table?",
    "Unfortunately somebody else has already reserved the larger meeting room.",
    "The total comes to 84 dollars and 50 cents including delivery.",
    "Please tell me the telephone number where our driver can reach you tomorrow.",
    "Dr. Hernandez could see you on Thursday, March 12th, at a quarter past nine.",
    "Your table for four is booked for Friday, the eighth of May, at half past seven. Is there anything else?",
    "The technician rang your doorbell twice yesterday afternoon and left a yellow card in the letter box.",
    "Everything that you ordered last Wednesday was handed to the carrier this morning and should arrive tomorrow.",
    "I can put you through to a colleague now, or somebody can call you back within the next two hours.",
    "Your policy covers water damage caused by burst pipes; it does not cover damage that a flood has caused.",
    "So that is two large pizzas with mushrooms, one without cheese, and a bottle of sparkling water. Is that right?",
    "Before I can cancel your membership I need the last four digits of your card and the date of your birth.",
    "Parking is free for the first ninety minutes, and after that it costs three euros for every hour that begins.",
    "If you are calling because your internet is not working, please switch the router off, wait for thirty seconds, "
    "switch it on again and tell me which of its lights are green.",
    "I am afraid the flight from Denver to Chicago has been delayed by two hours because of heavy snow, but your "
    "connection to Boston waits, and your luggage will be taken along without your having to do anything.",
    "I did not understand that, I am sorry, but I can tell you when we are open, book a table for you, change or "
    "cancel a booking that you already have, or tell you where you can park your car if you come by car.",
    "Nobody answered at the number 202 555 0143 when our nurse tried to reach you about your results this morning so "
    "she would like to know whether she may leave a message with your husband or should call again after four.",
    "Our showroom at 1200 Lakeshore Drive is open from Monday to Friday between nine and six, and Saturdays until one "
    "but the workshop behind it closes at four every day and does not take any new cars during the last half hour.",
)


@dataclass(frozen=True)
class Timed:
    """A brain that answers with a text of its number, and notes when it knew it."""

    known: dict[str, float]

    def meet(self, setup: Setup) -> Brain:
        return self

    def think(self, told: Told) -> tuple[Brain, Decision]:
        assert isinstance(told, Prompted)
        question = told.turns[-1].text
        self.known[question] = time.perf_counter()
        return self, Say(ANSWERS[int(question.split()[1])])


@dataclass(frozen=True)
class Weighed:
    """A voice that notes the least milliseconds of a processor that the first part of a sentence took."""

    voice: Voice
    took: dict[str, float]

    def speak(self, sentence: str) -> Iterator[bytes]:
        began, parts = time.thread_time(), self.voice.speak(sentence)
        first = next(parts)
        self.took[sentence] = min(self.took.get(sentence, inf), 1000 * (time.thread_time() - began))
        yield first
        yield from parts


async def answered(socket: ClientConnection, question: str, known: dict[str, float]) -> float:
    """Milliseconds from knowing to hearing. The rest of the answer is cut off."""
    await socket.send(json.dumps({"realtimeInput": {"text": question}}))
    await until(socket, b"inlineData")
    delay = 1000 * (time.perf_counter() - known[question])
    await socket.send(json.dumps({"clientContent": {"turnComplete": False}}))
    await until(socket, b"turnComplete")
    await asyncio.sleep(PAUSE)
    return delay


async def until(socket: ClientConnection, field: bytes) -> None:
    while field not in await socket.recv(decode=False):
        pass


async def caller(server: LiveServer, number: int, known: dict[str, float]) -> list[list[float]]:
    """The delays of each answer."""
    delays: list[list[float]] = [[] for _ in ANSWERS]
    async with connect(server.url + PATH, compression=None, proxy=None, max_size=None) as socket:
        await socket.send(json.dumps({"setup": {"model": "models/offline"}}))
        await until(socket, b"setupComplete")
        for round_ in range(ROUNDS):
            for answer in range(len(ANSWERS)):
                delays[answer].append(await answered(socket, f"{number} {answer} {round_}", known))
    return delays


async def measure() -> int:
    known: dict[str, float] = {}
    took: dict[str, float] = {}
    model = replace(scripted(), brain=Timed(known), voice=Weighed(voices.agent(), took))
    async with serving(model, time_limit=300) as server:
        alone = await caller(server, 0, known)
        together = await asyncio.gather(*(caller(server, 1 + n, known) for n in range(AT_ONCE)))
    for text, each in zip(ANSWERS, alone, strict=True):
        weighs = took[sentences(text)[0]]
        print(f"first sample {_figures(each)}; CPU {weighs:4.1f}   {len(text):3} letters: {text[:50]}")
    everything = [delay for each in alone for delay in each]
    print(f"first sample {_figures(everything)}   all answers, at most {BOUND:.0f} ms at p95")
    weighed = [took[sentences(text)[0]] for text in ANSWERS]
    print(f"CPU alone    {_figures(weighed)}   all answers")
    print(f"(the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    print(f"first sample {_figures([d for call in together for each in call for d in each])}   {AT_ONCE} calls at once")
    return 1 if _percentile(everything, 0.95) > BOUND else 0


def _figures(delays: list[float]) -> str:
    p50, p95 = _percentile(delays, 0.5), _percentile(delays, 0.95)
    return f"min {min(delays):5.1f} ms, p50 {p50:5.1f}, p95 {p95:5.1f}, max {max(delays):5.1f}"


def _percentile(delays: list[float], share: float) -> float:
    return sorted(delays)[min(len(delays) - 1, int(share * len(delays)))]


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
