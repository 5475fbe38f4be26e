"""Does the offline model's brain find the function that a caller means? `python -m tests.benchmarks.routing [FILE]`.

150 requests to three trades, and 45 sentences that none of their functions serves, written before the brain was tuned
and frozen by their hash. Each is the first sentence of a call. Exits with 1 if they were changed or a bound is missed.
Another FILE of the same form is measured without bounds, and its mistakes are told: that is for tuning.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telephony_agent.offline.model.faculties import Asked, Call
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.router import Router

REQUESTS = Path(__file__).parents[1] / "data" / "routing.json"
FROZEN = "a48d93b2cbf58e619f6fd8141a6d679ec560740a88bc38b1997d56b280e88ad5"  # SHA-256 of REQUESTS
RIGHT = 0.80  # of the requests, at least
ACTED_ON = 0.10  # of what is out of scope, at most
Z = 1.96  # standard deviations on either side hold 95 %


@dataclass(frozen=True)
class Outcome:
    """What came of a sentence: the function taken up, its arguments, or the two that the caller is to choose from."""

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
        choice = (after.choice.one.name, after.choice.other.name) if after.choice else ()
        yield Outcome(said, wanted, expected, function, arguments, choice, spent)


def _taken_up(after: Router, decision: object) -> tuple[str | None, dict[str, Any]]:
    if isinstance(decision, Call):
        return decision.functions[0]
    return after.pending.call if after.pending else (None, {})


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, room = hits / of, Z * Z / of
    middle, reach = share + room / 2, Z * math.sqrt(share * (1 - share) / of + room / 4 / of)
    return (middle - reach) / (1 + room), (middle + reach) / (1 + room)


def row(name: str, measured: list[Outcome]) -> str:
    inside, outside = [each for each in measured if each.wanted], [each for each in measured if not each.wanted]
    right, acted_on = sum(each.right for each in inside), sum(not each.right for each in outside)
    low, high = wilson(right, len(inside))
    return (
        f"{name:10} right {right:3}/{len(inside)} = {right / len(inside):4.0%} ({low:.0%}-{high:.0%})"
        f"   with arguments {sum(each.arguments_right for each in inside):3}"
        f"   asked which {sum(bool(each.choice) for each in inside):2},"
        f" one is right {sum(each.wanted in each.choice for each in inside):2}"
        f"   out of scope: acted on {acted_on}/{len(outside)}, asked which {sum(bool(each.choice) for each in outside)}"
        f"   {sum(each.milliseconds for each in measured) / len(measured):4.1f} ms"
    )


def mistakes(measured: list[Outcome]) -> Iterable[str]:
    for each in measured:
        if not (each.arguments_right if each.wanted else each.right):
            got, missed = f"{each.function or each.choice} {each.arguments}", f"{each.wanted} {each.expected}"
            yield f"  {each.said}\n      {got}, not {missed}"


def measure(file: Path) -> dict[str, list[Outcome]]:
    meaning = Meaning()
    domains: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return {name: list(outcomes(domain, meaning)) for name, domain in domains.items()}


def main(arguments: list[str]) -> int:
    file = Path(arguments[0]) if arguments else REQUESTS
    if file == REQUESTS and hashlib.sha256(file.read_bytes()).hexdigest() != FROZEN:
        print(f"{file} is no longer the file that was frozen before tuning")
        return 1
    domains = measure(file)
    everything = [each for measured in domains.values() for each in measured]
    for name, measured in [*domains.items(), ("all", everything)]:
        print(row(name, measured))
    if file != REQUESTS:
        print(*mistakes(everything), sep="\n")
        return 0
    inside, outside = [each for each in everything if each.wanted], [each for each in everything if not each.wanted]
    enough = sum(each.right for each in inside) >= RIGHT * len(inside)
    careful = sum(not each.right for each in outside) <= ACTED_ON * len(outside)
    print(f"at least {RIGHT:.0%} right, at most {ACTED_ON:.0%} acted on: {'kept' if enough and careful else 'MISSED'}")
    return 0 if enough and careful else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
