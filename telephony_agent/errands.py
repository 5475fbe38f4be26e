"""The functions that run for the model in one call, and what becomes of their answers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .live.messages import ToolCall
from .record.entries import ToolRun
from .steps import Action, Record, RunTool, StopTool

CANCELLED = {"error": "cancelled"}
REPEATED = 2.0  # seconds after an answer in which the same call once more is no new one


@dataclass(frozen=True, slots=True)
class Errand:
    """`orphan`: the session that asked for it is gone, so its answer can only be told in words."""

    call: ToolCall
    began: float
    orphan: bool = False

    def record(self, now: float, response: Mapping[str, Any], answered: bool) -> Record:
        return Record(ToolRun(self.began, now - self.began, self.call.name, self.call.arguments, response, answered))


class Errands:
    """By the ids that the model gave them, which only count within one of its sessions."""

    def __init__(self) -> None:
        self._running: dict[str, Errand] = {}
        self._answered: dict[str, tuple[ToolCall, float]] = {}  # lately, and when

    def __bool__(self) -> bool:
        return bool(self._running)

    def begin(self, call: ToolCall, now: float) -> list[Action]:
        earlier = self._running.get(call.id)
        if earlier is not None and earlier.call == call and not earlier.orphan:
            return []  # asked twice, answered once
        self._answered = {id: was for id, was in self._answered.items() if now < was[1] + REPEATED}
        if call.id and call.id in self._answered and self._answered[call.id][0] == call:
            return []  # as above, by a function that was quick
        key = call.id
        if earlier is not None and not earlier.orphan:  # two calls that one cannot tell apart, or that have no id
            key = next(new for new in (f"{call.id} ({n})" for n in itertools.count(2)) if new not in self._running)
        actions = self.cancel(key, now)  # a new session may count from 1 again
        self._running[key] = Errand(call, now)
        return [*actions, RunTool(ToolCall(key, call.name, call.arguments))]

    def cancel(self, id: str, now: float) -> list[Action]:
        """Nobody wants the answer any more."""
        errand = self._running.pop(id, None)
        return [StopTool(id), errand.record(now, CANCELLED, answered=False)] if errand else []

    def cancel_all(self, now: float) -> list[Action]:
        return [action for id in list(self._running) for action in self.cancel(id, now)]

    def orphan(self) -> None:
        """The session that asked for them is gone."""
        self._running = {id: replace(errand, orphan=True) for id, errand in self._running.items()}
        self._answered = {}

    def done(self, id: str, now: float) -> Errand | None:
        """The one that has its answer; None if it was cancelled."""
        errand = self._running.pop(id, None)
        if errand is not None and not errand.orphan:
            self._answered[errand.call.id] = errand.call, now
        return errand
