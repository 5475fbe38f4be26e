"""What reading and writing the Live API's messages takes: `python -m tests.benchmarks.messages`.

Beside that of the base64 in them, by the library that Python has for it, and of `json`. Exits with 1 if a bound is
missed; the best of many rounds counts, since a busy machine is not a failure.
"""

from __future__ import annotations

import binascii
import json
import sys
from collections.abc import Callable
from random import Random
from time import thread_time_ns

from telephony_agent.live.messages import Hear, dump, parse

BOUND = 5.0  # µs a message, besides the base64
ROUNDS, TIMES = 60, 200
SPOKEN = Random(0).randbytes(9_600)  # 200 ms, as the model sends it
HEARD = Random(1).randbytes(640)  # 20 ms
SOUND = {"mimeType": "audio/pcm;rate=24000", "data": binascii.b2a_base64(SPOKEN, newline=False).decode()}
IN = {
    "{}": {},
    "a transcript": {"serverContent": {"outputTranscription": {"text": " The table is booked."}}},
    "200 ms of sound": {"serverContent": {"modelTurn": {"parts": [{"inlineData": SOUND}]}}},
    "the end of a turn, and its bill": {
        "serverContent": {"turnComplete": True},
        "usageMetadata": {
            "promptTokenCount": 1197,
            "responseTokenCount": 37,
            "totalTokenCount": 1234,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1196}, {"modality": "AUDIO", "tokenCount": 1}],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 37}],
        },
    },
}


def best(work: Callable[[], object]) -> float:
    """µs."""
    taken = []
    for _ in range(ROUNDS):
        began = thread_time_ns()
        for _ in range(TIMES):
            work()
        taken.append((thread_time_ns() - began) / 1_000 / TIMES)
    return min(taken)


def reading(message: bytes) -> Callable[[], object]:
    return lambda: parse(message)


def loading(message: bytes) -> Callable[[], object]:
    return lambda: json.loads(message)


def main() -> int:
    print("µs                                        all  of it base64   besides  json.loads")
    decoding = best(lambda: binascii.a2b_base64(SOUND["data"]))
    missed = 0
    for what, content in IN.items():
        message = json.dumps(content, indent=2).encode()
        base64 = decoding if b"inlineData" in message else 0.0
        missed += shown(f"read {what}", best(reading(message)), base64, f"{best(loading(message)):>11.1f}")
    encoding = best(lambda: binascii.b2a_base64(HEARD))
    missed += shown("write 20 ms of sound", best(lambda: dump(Hear(HEARD))), encoding)
    print("MISSED" if missed else f"no message takes more than {BOUND:g} µs besides")
    return int(missed > 0)


def shown(what: str, all: float, base64: float, beside: str = "") -> bool:
    """A line of the table; whether the bound is missed."""
    besides = max(0.0, all - base64)
    print(f"{what:<36}{all:>9.1f}{base64:>14.1f}{besides:>10.1f} {beside}")
    return besides > BOUND


if __name__ == "__main__":
    sys.exit(main())
