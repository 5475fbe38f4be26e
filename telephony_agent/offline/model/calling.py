"""The client's functions that a session has called: those it waits for, and those that answer when they like."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from telephony_agent.offline.model.messages import Returned
from telephony_agent.offline.model.outgoing import FunctionCall

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
    """`waits` says of a function's name whether nothing is said until it has answered."""

    def __init__(self, waits: Callable[[str], bool]) -> None:
        self._waits = waits
        self._awaited: dict[str, Returned | None] = {}
        self._running: set[str] = set()
        self._done: set[str] = set()  # ids whose answers no longer matter

    def call(self, calls: tuple[FunctionCall, ...]) -> None:
        for call in calls:
            if self._waits(call.name):
                self._awaited[call.id] = None
            else:
                self._running.add(call.id)

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
