"""How long does the offline model's brain take? `python -m tests.benchmarks.brain`

Meeting a hundred functions for the first time, and deciding a turn with ten, beside the time to read one sentence on
this machine now. Exits with 1 if a turn takes longer than its bound at the 95th percentile.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from telephony_agent.offline.model.faculties import Asked
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.router import Router
from tests.teaching.lessons import TRIALS

TURN = 0.060  # seconds
SENTENCE = "I would like to book a table for four people on Friday."
REPEATS = 20
TRIES = 3  # of each turn, of which the quickest counts: the machine has other work too


def declared() -> tuple[list[Function], list[str]]:
    """Functions of all trades for trials, and what callers say to them."""
    trades: list[dict[str, Any]] = [trade for file in TRIALS for trade in json.loads(file.read_text()).values()]
    functions = [Function(**function) for trade in trades for function in trade["functions"]]
    return functions, [said for trade in trades for said, *_ in trade["requests"]]


def hundred(functions: list[Function]) -> tuple[Function, ...]:
    """The functions, and as many again with other names and descriptions as there are wanting."""
    again = [
        Function(f"{each.name}_elsewhere", f"{each.description.rstrip('.')} at the other branch.", each.parameters)
        for each in functions
    ]
    return tuple([*functions, *again][:100])


def seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _turn(brain: Router, text: str) -> float:
    return seconds(lambda: brain.think(Asked(text)))


def main() -> int:
    functions, said = declared()
    meaning = Meaning()
    one = min(seconds(lambda: meaning.of(SENTENCE)) for _ in range(REPEATS))
    print(f"a sentence of {len(SENTENCE.split())} words is read in {1000 * one:.1f} ms")
    many = Setup(functions=hundred(functions))
    first = seconds(lambda: Router(meaning).meet(many))
    again = min(seconds(lambda: Router(meaning).meet(many)) for _ in range(3))
    print(f"100 functions are met in {first:.2f} s = {first / one:.0f} sentences, and again in {1000 * again:.0f} ms")
    brain = Router(meaning).meet(Setup(functions=tuple(functions[:10])))
    turns = sorted(min(_turn(brain, text) for _ in range(TRIES)) for text in said)
    p95 = turns[int(0.95 * len(turns))]
    print(f"a turn with 10 functions: median {1000 * statistics.median(turns):.0f} ms, p95 {1000 * p95:.0f} ms")
    print(f"at most {1000 * TURN:.0f} ms at p95: {'kept' if p95 <= TURN else 'MISSED'}")
    return 0 if p95 <= TURN else 1


if __name__ == "__main__":
    sys.exit(main())
