"""Does the offline model's brain find the function that a caller means?

    python -m tests.benchmarks.routing [--show]                  the exam, in totals
    python -m tests.benchmarks.routing tests/data/routing.json   a development set, in detail: for tuning

The exam is 105 requests to three trades and 45 sentences that none of their functions serves, written without knowledge
of the brain's code, before it was run on them, and frozen by their hash. Each is the first sentence of a call. Exits
with 1 if they were changed or a bound is missed. Who tunes the brain reads neither the exam nor what `--show` tells.
Once its figures have steered a choice, an exam is one of the development sets, and another is due.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from telephony_agent.offline.model.faculties import Asked, Call
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.router import Router
from tests.teaching.lessons import DATA, LESSONS, TRIALS

EXAM = DATA / "routing_exam.json"
FROZEN = "951be85c0d59f16fde6c3ff0e5bb6feb0c32af00a851d6a43955f8715cf736e0"  # SHA-256 of EXAM
DEVELOPMENT = (*TRIALS, *LESSONS)
RIGHT = 0.80  # of the requests in scope, at least
ACTED_ON = 0.10  # of what is out of scope, at most
Z = 1.96  # standard deviations on either side hold 95 %


@dataclass(frozen=True)
class Outcome:
    """What came of a sentence: the function taken up, its arguments, or what the caller is asked to choose from."""

    said: str
    wanted: str | None
    expected: dict[str, Any]
    function: str | None
    arguments: dict[str, Any]
    choice: tuple[str, ...]
    milliseconds: float

    @property
    def right(self) -> bool:
        """Whether the likeliest function is the right one, be it taken up or offered first."""
        return (self.function or (self.choice[0] if self.wanted and self.choice else None)) == self.wanted

    @property
    def right_at_once(self) -> bool:
        """Whether the right function was taken up without asking which of two."""
        return not self.choice and self.function == self.wanted

    @property
    def arguments_right(self) -> bool:
        return self.right and self.arguments == self.expected


def outcomes(domain: dict[str, Any], meaning: Meaning) -> Iterable[Outcome]:
    functions = tuple(Function(**function) for function in domain["functions"])
    brain = Router(meaning).meet(Setup(instructions=domain["instructions"], functions=functions))
    asked = [*domain["requests"], *((said, None, {}) for said in domain["out_of_scope"])]
    for said, wanted, expected in asked:
        start = time.perf_counter()
        after, decision = brain.think(Asked(said))
        spent = 1000 * (time.perf_counter() - start)
        function, arguments = _taken_up(after, decision)
        choice = tuple(each.name for each in after.choice.functions) if after.choice else ()
        yield Outcome(said, wanted, expected, function, arguments, choice, spent)


def _taken_up(after: Router, decision: object) -> tuple[str | None, dict[str, Any]]:
    if isinstance(decision, Call):
        return decision.functions[0]
    return after.pending.call if after.pending else (None, {})


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    part, room = hits / of, Z * Z / of
    middle, reach = part + room / 2, Z * math.sqrt(part * (1 - part) / of + room / 4 / of)
    return max(0.0, (middle - reach) / (1 + room)), min(1.0, (middle + reach) / (1 + room))


def halves(measured: list[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """What is in scope and what is not."""
    return [each for each in measured if each.wanted], [each for each in measured if not each.wanted]


def share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits:3}/{of:<3} = {hits / of:4.0%} ({low:3.0%}-{high:4.0%})"


def row(name: str, measured: list[Outcome]) -> str:
    inside, outside = halves(measured)
    return (
        f"{name:10} right {share(sum(each.right for each in measured), len(measured))}"
        f"   in scope {share(sum(each.right for each in inside), len(inside))},"
        f" at once {share(sum(each.right_at_once for each in inside), len(inside))},"
        f" with arguments {sum(each.arguments_right for each in inside):3},"
        f" asked which {sum(bool(each.choice) for each in inside):2},"
        f" one is right {sum(each.wanted in each.choice for each in inside):2}"
        f"   out of scope acted on {share(sum(not each.right for each in outside), len(outside))},"
        f" asked which {sum(bool(each.choice) for each in outside):2}"
        f"   {sum(each.milliseconds for each in measured) / len(measured):4.1f} ms"
    )


def mistakes(measured: list[Outcome]) -> Iterable[str]:
    for each in measured:
        if not (each.arguments_right if each.wanted else each.right):
            got, missed = f"{each.function or each.choice} {each.arguments}", f"{each.wanted} {each.expected}"
            yield f"  {each.said}\n      {got}, not {missed}"


def measure(file: Path, taught: Path | None = None) -> dict[str, list[Outcome]]:
    meaning = Meaning(taught)
    domains: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return {name: list(outcomes(domain, meaning)) for name, domain in domains.items()}


def passed(measured: list[Outcome]) -> bool:
    inside, outside = halves(measured)
    enough = sum(each.right for each in inside) >= RIGHT * len(inside)
    careful = sum(not each.right for each in outside) <= ACTED_ON * len(outside)
    return enough and careful


def report(domains: dict[str, list[Outcome]], detailed: bool) -> Iterable[str]:
    """Totals; only in detail what was said."""
    everything = list(chain.from_iterable(domains.values()))
    for name, measured in [*domains.items(), ("all", everything)]:
        yield row(name, measured)
    if detailed:
        yield from mistakes(everything)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.routing")
    parser.add_argument("file", nargs="?", type=Path, default=EXAM, help="other requests, without bounds, in detail")
    parser.add_argument("--show", action="store_true", help="tell the exam's mistakes too: not for who tunes the brain")
    parser.add_argument("--taught", type=Path, help="weights of tests.teaching, instead of those that are shipped")
    chosen = parser.parse_args(words)
    exam = chosen.file.resolve() == EXAM
    if exam and hashlib.sha256(EXAM.read_bytes()).hexdigest() != FROZEN:
        print(f"{EXAM} is no longer the file that was frozen")
        return 1
    domains = measure(chosen.file, chosen.taught)
    print(*report(domains, detailed=chosen.show or not exam), sep="\n")
    if not exam:
        return 0
    kept = passed(list(chain.from_iterable(domains.values())))
    print(f"at least {RIGHT:.0%} right in scope, at most {ACTED_ON:.0%} acted on: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
