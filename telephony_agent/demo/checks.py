"""Whether the conversation happened: what the tools were asked, and what the caller's ear got."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..offline.phone.levels import AUDIBLE, FRAME, SPEECH
from ..record.entries import AgentTurn, Entry, ToolRun
from .script import Expected

SILENT_WITHIN = 0.25  # seconds from the caller's first sound to the agent's last
RECOGNISED = 0.8  # share of an agent's words that a recogniser must get from the recording
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBERS = {word: str(number) for number, word in enumerate(DIGITS)}


@dataclass(frozen=True, slots=True)
class Check:
    """`seen`: the figure or the words that decide."""

    what: str
    right: bool
    seen: str


def tools_ran(entries: Sequence[Entry], expected: Sequence[Expected]) -> list[Check]:
    """Each expected function ran with these arguments and without an error, and no more often than expected."""
    checks = []
    for each in expected:
        runs = [entry for entry in entries if isinstance(entry, ToolRun) and entry.name == each.function]
        seen = "; ".join(f"{dict(run.arguments)}" for run in runs) or "it did not run"
        fits = [run for run in runs if "error" not in run.response and _fits(run.arguments, each.arguments)]
        right = len(fits) == 1 and len(runs) == sum(other.function == each.function for other in expected)
        checks.append(Check(f"{each.function} ran with {dict(each.arguments) or 'no arguments'}", right, seen))
    return checks


def _fits(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(str(value).lower() in str(given.get(name, "")).lower() for name, value in wanted.items())


def booked(row: tuple[object, ...] | None, wanted: tuple[object, ...]) -> Check:
    """The row in SQLite is the booking that the caller asked for."""
    same = row is not None and [str(each).lower() for each in row] == [str(each).lower() for each in wanted]
    return Check("the booking is in the database", same, str(row))


def understood(heard: str, recognised: str) -> Check:
    """A recogniser finds the words of a turn in the recording of it."""
    wanted, found = words(heard), words(recognised)
    share = sum(word in found for word in wanted) / len(wanted) if wanted else 0.0
    return Check(f'"{heard}" is understood', share >= RECOGNISED, f'{share:.0%}: "{recognised}"')


def answered(wanted: Sequence[str], recognised: str) -> Check:
    """The words that matter are in the recording."""
    found = words(recognised)
    missing = [word for word in words(" ".join(wanted)) if word not in found]
    return Check(
        f"the answer has {', '.join(wanted)}",
        not missing,
        f'missing {missing}: "{recognised}"' if missing else recognised,
    )


def interrupted(
    caller: Sequence[float], agent: Sequence[float], began: float, queued: float, wanted: float, until: float
) -> list[Check]:
    """The agent fell silent soon after the caller's onset, and stayed so until its next turn.

    `caller`, `agent`: dBFS of 20 ms frames; `began`: when the line's first frame was sent; `queued`: seconds of the
    agent that Twilio then held; `until`: when its next turn began.
    """
    first = round(began / FRAME)
    onset = next((frame for frame in range(first, len(caller)) if caller[frame] > SPEECH), first)
    loud = [frame for frame in range(onset, round(until / FRAME)) if agent[frame] > AUDIBLE]
    silent = (loud[-1] + 1 - onset) * FRAME if loud else 0.0
    return [
        Check(
            f"at least {wanted:g} s of the agent were queued when the caller spoke over it",
            queued >= wanted,
            f"{queued:.2f} s",
        ),
        Check(
            f"the agent was silent within {SILENT_WITHIN * 1000:.0f} ms",
            silent <= SILENT_WITHIN,
            f"{silent * 1000:.0f} ms",
        ),
    ]


def farewell(entries: Sequence[Entry], recognised: str) -> list[Check]:
    """The last turn was heard to its last word."""
    turns = [entry for entry in entries if isinstance(entry, AgentTurn)]
    if not turns:
        return [Check("the farewell was heard", False, "the agent never spoke")]
    last = turns[-1]
    missing = [word for word in words(last.text) if word not in words(recognised)]
    seen = f"{last.heard_ms} of {last.sent_ms} ms"
    return [
        Check("the farewell was heard to its end", last.heard_ms == last.sent_ms > 0, seen),
        Check(
            "every word of the farewell is understood",
            not missing,
            f'missing {missing}: "{recognised}"' if missing else recognised,
        ),
    ]


def words(text: str) -> list[str]:
    """In lower case, numbers as digits, without the ways in which a time or a goodbye is spelt."""
    plain = (
        re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text.lower())
        .replace("good bye", "goodbye")
        .replace("good-bye", "goodbye")
    )
    plain = re.sub(r"(\d)(?=[ap]m\b)", r"\1 ", plain).replace(":00", "")
    return [NUMBERS.get(word, word) for word in re.findall(r"[a-z']+|\d+", plain)]
