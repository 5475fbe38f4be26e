"""The client's functions that a session has called: those it waits for, and those that answer when they like."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from telephony_agent.offline.model.flavours import LATEST, Flavour
from telephony_agent.offline.model.messages import Function, Returned
from telephony_agent.offline.model.outgoing import FunctionCall, ToolCall

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NoSuchCall:
    """An answer to a call that nobody made."""


@dataclass(frozen=True)
class AllAnswered:
    """What the functions gave that were waited for."""

    results: tuple[Returned, ...]


@dataclass(frozen=True)
class Late:
    """What a function gave that nobody waited for."""

    result: Returned


class Calling:
    """`declared`, and how the model takes what is not declared, say whether nothing is said until a function has
    answered. `call_id` makes an id of a number.
    """

    def __init__(
        self, flavour: Flavour = LATEST, declared: Iterable[Function] = (), call_id: Callable[[int], str] = str
    ) -> None:
        self._flavour = flavour
        self._call_id = call_id
        self._numbers = itertools.count(1)
        self.declared(declared)
        self._awaited: dict[str, Returned | None] = {}
        self._running: set[str] = set()
        self._done: set[str] = set()  # ids whose answers no longer matter
        self._names: dict[str, str] = {}  # of the functions, by id

    def declared(self, functions: Iterable[Function]) -> None:
        """These, from now on."""
        self._behaviors = {function.name: function.behavior for function in functions}

    def call(self, functions: Iterable[tuple[str, dict[str, Any]]]) -> ToolCall:
        """What to send for these to be run."""
        calls = tuple(FunctionCall(self._call_id(next(self._numbers)), name, args) for name, args in functions)
        for call in calls:
            self._names[call.id] = call.name
            if self._waits(call.name):
                self._awaited[call.id] = None
            else:
                self._running.add(call.id)
        return ToolCall(calls)

    def _waits(self, name: str) -> bool:
        usual = "BLOCKING" if self._flavour.waits else "NON_BLOCKING"
        return (self._flavour.only or self._behaviors.get(name, "BLOCKING") or usual) == "BLOCKING"

    @property
    def waiting(self) -> bool:
        """Nothing is said until some call has been answered."""
        return bool(self._awaited)

    @property
    def pending(self) -> bool:
        """Some call has not been answered."""
        return bool(self._awaited or self._running)

    def cancel(self) -> tuple[str, ...]:
        """The ids of the calls waited for that have not been answered; they need not be any more."""
        unanswered = tuple(id for id, result in self._awaited.items() if result is None)
        self._forget_awaited()
        return unanswered

    def answered(self, response: Returned) -> NoSuchCall | AllAnswered | Late | None:
        """What this answer brings about: nothing, if others are waited for or it comes too late."""
        if not response.id and not self._flavour.ids:
            response = replace(response, id=self._unanswered(response.name))
        if response.id in self._awaited:
            return self._awaited_one(response)
        if response.id in self._running:
            if not response.more:
                self._running.remove(response.id)
                self._done.add(response.id)
            return Late(response)
        if response.id not in self._done:
            return NoSuchCall()
        log.warning("< an answer to a call that no longer waits for one")
        return None

    def _unanswered(self, name: str) -> str:
        """The id of the first call of this function that waits for its answer."""
        awaited = [id for id, result in self._awaited.items() if result is None]
        waiting = [id for id in self._names if id in awaited or id in self._running]
        return next((id for id in waiting if self._names[id] == name), "")

    def _awaited_one(self, response: Returned) -> AllAnswered | None:
        if not response.more:
            self._awaited[response.id] = response
        results = tuple(result for result in self._awaited.values() if result is not None)
        if len(results) < len(self._awaited):
            return None
        self._forget_awaited()
        return AllAnswered(results)

    def _forget_awaited(self) -> None:
        self._done.update(self._awaited)
        self._awaited = {}
