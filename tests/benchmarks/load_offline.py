"""The offline model under several calls at once: `python -m tests.benchmarks.load_offline [CALLS]`, 10 by default.

One process is the model, with its real ear, brain and voice; this one is all callers, who ask for opening hours in a
synthetic voice through a telephone line, 20 ms every 20 ms, and whose function answers at once. Ear latency is from the
last frame of a question above -40 dBFS to the first sound of the answer above -50 dBFS. It is about cores that have
nothing else to do: the machine's load is printed, too. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import os
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from telephony_agent.offline.model.process import COMMAND
from telephony_agent.offline.model.reply import RATE as VOICE_RATE
from telephony_agent.offline.model.resample import from_pcm
from telephony_agent.offline.model.voices import caller

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of audioop, which Python shows to a module that is run
    from tests.offline.model.conftest import by_telephone

CALLS, QUESTIONS = 10, 4
P50, P95, MEMORY = 0.8, 1.2, 700.0  # seconds, seconds, MB
QUIET_CALLER, QUIET_AGENT = 10 ** (-40 / 20), 10 ** (-50 / 20)  # of full scale
FRAME = 640  # bytes: 20 ms at 16 kHz
GAP = 2.5  # seconds from an answer's beginning to the next question's, and what call number n is later than n - 1
PATIENCE = 10.0  # seconds for an answer
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {
    "model": "models/gemini-3.8-live",
    "systemInstruction": {"parts": [{"text": "You answer the phone of a restaurant."}]},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "opening_hours",
                    "description": "Tell when the restaurant opens and closes on a day.",
                    "parameters": {"type": "OBJECT", "properties": {"day": {"type": "STRING"}}, "required": ["day"]},
                }
            ]
        }
    ],
}
ASKED = [f"When are you open on {day}?" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]


class Caller:
    """One call; `latencies` in seconds, one a question. `PATIENCE`: it was not answered."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._next = 0.0  # when the next frame is due
        self._answered = asyncio.Event()
        self._first_sound = 0.0
        self.latencies: list[float] = []

    async def ask(self, questions: list[bytes], wait: float) -> None:
        await self._socket.send(json.dumps({"setup": SETUP}))
        await self._socket.recv()  # setupComplete
        self._next = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            await self._send(bytes(FRAME) * round(wait / 0.02))
            for question in questions:
                self._answered.clear()
                self._first_sound = math.inf
                last = await self._send(question)
                for _ in range(round(PATIENCE / 0.02)):
                    if self._answered.is_set():
                        break
                    await self._send(bytes(FRAME))
                self.latencies.append(min(self._first_sound - last, PATIENCE))
                await self._send(bytes(FRAME) * round(GAP / 0.02))
            listening.cancel()

    async def _send(self, pcm: bytes) -> float:
        """In real time; when the last loud frame left."""
        loop, last = asyncio.get_running_loop(), 0.0
        for at in range(0, len(pcm), FRAME):
            await asyncio.sleep(self._next - loop.time())
            self._next = max(self._next + 0.02, loop.time() - 0.1)
            frame = pcm[at : at + FRAME]
            if loud(frame, QUIET_CALLER):
                last = loop.time()
            audio = {"mimeType": "audio/pcm;rate=16000", "data": base64.b64encode(frame).decode()}
            await self._socket.send(json.dumps({"realtimeInput": {"audio": audio}}))
        return last

    async def _listen(self) -> None:
        async for raw in self._socket:
            message: dict[str, Any] = json.loads(raw)
            for called in message.get("toolCall", {}).get("functionCalls", []):
                response = {"id": called["id"], "name": called["name"], "response": {"output": "From five to ten."}}
                await self._socket.send(json.dumps({"toolResponse": {"functionResponses": [response]}}))
            for part in message.get("serverContent", {}).get("modelTurn", {}).get("parts", []):
                pcm = base64.b64decode(part["inlineData"]["data"])
                if not self._answered.is_set() and loud(pcm, QUIET_AGENT):
                    self._first_sound = asyncio.get_running_loop().time()
                    self._answered.set()


def loud(pcm: bytes, level: float) -> bool:
    return float(np.sqrt(np.mean(from_pcm(pcm) ** 2))) > level


@asynccontextmanager
async def model() -> AsyncIterator[tuple[str, int]]:
    """Its URL and PID; it ends when its stdin does."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*COMMAND, "--port", "0", stdin=pipe, stdout=pipe, stderr=pipe)
    assert child.stdout
    assert child.stdin
    try:
        where = json.loads(await child.stdout.readline())
        yield f"ws://{where['host']}:{where['port']}", child.pid
    finally:
        child.stdin.close()
        await child.wait()


async def load(url: str, calls: int, questions: list[bytes]) -> list[float]:
    """The latencies of so many calls at once."""

    async def call(number: int) -> list[float]:
        async with connect(url + PATH, compression=None, proxy=None, max_size=None) as socket:
            asking = Caller(socket)
            mine = [questions[(number + turn) % len(questions)] for turn in range(QUESTIONS)]
            await asking.ask(mine, 1 + number * GAP / calls)
            return asking.latencies

    return sorted(each for latencies in await asyncio.gather(*map(call, range(calls))) for each in latencies)


def peak(pid: int) -> float:
    """The most memory that a process had, in MB; on Linux."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def cpu(pid: int) -> float:
    """Seconds that a process has computed, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(calls: int) -> int:
    voice = caller()
    questions = [by_telephone(voice.say(text), VOICE_RATE) for text in ASKED]
    questions = [question[: len(question) // FRAME * FRAME] for question in questions]
    async with model() as (url, pid):
        missed = 0
        for number in (1, calls):
            used = cpu(pid)
            latencies = await load(url, number, questions)
            used = (cpu(pid) - used) / len(latencies)
            middle, late = latencies[len(latencies) // 2], latencies[int(0.95 * len(latencies))]
            missed += middle > P50 or late > P95
            print(
                f"{number:3} calls at once, {len(latencies)} answers, longest {latencies[-1]:.3f} s: ear latency",
                end=" ",
            )
            print(
                f"p50 {middle:.3f} s (at most {P50}), p95 {late:.3f} s (at most {P95}), CPU {used:.2f} s an answer",
                flush=True,
            )
        memory = peak(pid)
        missed += memory > MEMORY
        print(f"load of the machine {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores")
        print(f"peak memory {memory:.0f} MB (at most {MEMORY:.0f})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else CALLS)))
