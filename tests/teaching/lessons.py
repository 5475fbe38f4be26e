"""What the brain is taught with: for each trade what may be meant, what callers said, and which of it they meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from telephony_agent.offline.model.declared import declared
from telephony_agent.offline.model.facts import facts
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.slots.filling import parameters

DATA = Path(__file__).resolve().parents[1] / "data"
# Written to be taught.
LESSONS = tuple(
    DATA / f"{name}.json" for name in ("routing_lessons", "routing_lessons_a_to_l", "routing_lessons_m_to_z")
)
# By other hands: they tell what the lessons are good for with trades that they leave out.
TRIALS = tuple(
    DATA / f"{name}.json"
    for name in ("routing", "routing_tuning", "routing_former_exam", "routing_second_exam", "routing_third_exam")
)
NOTHING = -1  # meant by who says what nothing here serves


@dataclass(frozen=True)
class Trade:
    """`meant` holds for each of `said` which of `meanings` it is, or NOTHING."""

    name: str
    meanings: tuple[str, ...]
    said: tuple[str, ...]
    meant: tuple[int, ...]


def trades(files: Iterable[Path]) -> Iterator[Trade]:
    """Those in files as the benchmark of the routing takes them; they may have questions to facts besides."""
    for file in files:
        for name, trade in json.loads(file.read_text(encoding="utf-8")).items():
            functions = [Function(**function) for function in trade["functions"]]
            names: list[str] = [function.name for function in functions]
            told = [*(fact for _, fact in trade.get("questions", ())), *facts(trade["instructions"])]
            told = list(dict.fromkeys(told))
            asked = [
                *((said, names.index(wanted)) for said, wanted, _ in trade["requests"]),
                *((said, len(names) + told.index(fact)) for said, fact in trade.get("questions", ())),
                *((said, NOTHING) for said in trade["out_of_scope"]),
            ]
            meanings = (*map(written, functions), *told)
            yield Trade(name, meanings, tuple(said for said, _ in asked), tuple(meant for _, meant in asked))


def written(function: Function) -> str:
    """A function as the router reads it."""
    words = [each.words for each in parameters(function.parameters)]
    return declared(function.name, function.description, words)
