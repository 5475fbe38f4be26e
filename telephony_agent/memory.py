"""What was said and done in a call, as the caller heard it; and how a session that knows nothing of it is told.

In turns where that is short, else as one message: what the caller has told, what functions have answered, the question
that is open, and the last turns word for word.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .live.profiles import Seeding
from .live.requests import Turn, Turns
from .live.tokens import estimate
from .record.entries import AgentTurn, CallerTurn, Entry, ToolRun

Event = CallerTurn | AgentTurn | ToolRun

LIMIT = 2_000  # tokens: each turn of the call is billed for all that was told before it
LAST = 4  # turns that are repeated word for word
LAST_LIMIT = 150  # tokens of each of them: a minute of speech
TOOLS_LIMIT = 500  # tokens
FACTS_LIMIT = 700  # tokens; with the last turns, a question and our own words not more than `LIMIT`

BEGINNING = "You are in the middle of a telephone call; the connection to you was renewed. This has happened so far."
PLAIN = BEGINNING + "\n{turns}"
SUMMARY = (
    BEGINNING + "\nThe caller has told, among other things: {facts}\nFunctions have answered: {tools}\n"
    "Open question: {question}\nThe last turns:\n{turns}"
)
NONE = "nothing"

SENTENCE = re.compile(r"[^.!?。！？]*[.!?。！？]+|[^.!?。！？]+$")
DEFINITE = re.compile(r"\d|(?<=[a-z,] )[A-Z][a-z]")  # a number, or a name: what one must not ask for twice


class Memory:
    """Times are the loop's."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def note(self, entry: Entry) -> None:
        if isinstance(entry, Event):
            self._events.append(entry)

    def forget_last_answers(self) -> None:
        """Of functions, to which the agent has said nothing yet."""
        while self._events and isinstance(self._events[-1], ToolRun):
            self._events.pop()

    def since(self, moment: float, going_on: Iterable[Event] = ()) -> list[Event]:
        """What began then or later, in order; `going_on`: what is not noted yet."""
        events = [event for event in (*self._events, *going_on) if event.began >= moment and _told(event)]
        return sorted(events, key=lambda event: event.began)


def history(events: Sequence[Event], seeding: Seeding) -> Turns | None:
    """What tells a session of that; None if there is nothing to tell. `complete` if the setup has to announce it."""
    if not events:
        return None
    turns = [_turn(event) for event in events]
    if sum(estimate(_told(event)) for event in events) > LIMIT:
        turns = [Turn("user", [_summary(events)])]
    elif seeding is Seeding.TURNS:  # of which the last must be the user's
        turns = [Turn("user", [PLAIN.format(turns="\n".join(map(_line, events)))])]
    return Turns(turns, complete=seeding is Seeding.ANNOUNCED)


def _summary(events: Sequence[Event]) -> str:
    said = [event for event in events if not isinstance(event, ToolRun)]
    last = said[-LAST:]
    earlier = [event.text for event in said[:-LAST] if isinstance(event, CallerTurn)]
    tools = [_told(event) for event in events if isinstance(event, ToolRun)]
    return SUMMARY.format(
        facts=" ".join(_chosen(_sentences(" ".join(earlier)), FACTS_LIMIT)) or NONE,
        tools="; ".join(_newest(tools, TOOLS_LIMIT)) or NONE,
        question=_shortened(_open_question(last), LAST_LIMIT),
        turns="\n".join(_shortened(_line(event), LAST_LIMIT) for event in last),
    )


def _chosen(sentences: Sequence[str], limit: int) -> list[str]:
    """As many as there is room for, in order: first those with a number or a name, and later ones before earlier."""
    order = sorted(range(len(sentences)), key=lambda at: (bool(DEFINITE.search(sentences[at])), at), reverse=True)
    kept: list[int] = []
    for at in order:
        if (size := estimate(sentences[at])) <= limit:
            kept.append(at)
            limit -= size
    return [sentences[at] for at in sorted(kept)]


def _newest(texts: Sequence[str], limit: int) -> list[str]:
    kept: list[str] = []
    for text in reversed(texts):
        shortened = _shortened(text, limit // 2)
        limit -= estimate(shortened)
        if limit < 0:
            break
        kept.insert(0, shortened)
    return kept


def _open_question(last: Sequence[CallerTurn | AgentTurn]) -> str:
    """What the caller has said to which there was no answer, or else what the agent has asked."""
    if not last:
        return NONE
    sentences = _sentences(_told(last[-1]))
    asked = [sentence for sentence in sentences if sentence.endswith(("?", "？"))]
    if isinstance(last[-1], CallerTurn):
        return f"the caller's: {(asked or sentences)[-1]}"
    return f"yours: {asked[-1]}" if asked else NONE


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in SENTENCE.findall(text) if sentence.strip()]


def _turn(event: Event) -> Turn:
    if isinstance(event, ToolRun):
        return Turn("user", [f"[Function {_told(event)}]"])
    return Turn("user" if isinstance(event, CallerTurn) else "model", [_told(event)])


def _line(event: Event) -> str:
    match event:
        case CallerTurn():
            return f"Caller: {_told(event)}"
        case AgentTurn():
            return f"You: {_told(event)}"
        case ToolRun():
            return f"Function {_told(event)}"


def _told(event: Event) -> str:
    match event:
        case CallerTurn():
            return event.text
        case AgentTurn():
            return event.heard
        case ToolRun():
            arguments, response = (json.dumps(each, default=str) for each in (event.arguments, event.response))
            return f"{event.name}({arguments}) answered {response}"


def _shortened(text: str, limit: int) -> str:
    """To so many tokens."""
    if estimate(text) <= limit:
        return text
    longest = bisect_right(range(len(text)), limit, key=lambda length: estimate(text[:length])) - 1
    return f"{text[:longest]}…"
