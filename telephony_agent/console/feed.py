"""The captions of each call, to whoever watches it. Fed in the loop by every step of every call, so it never waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ..steps import Action, Event
from .captions import Caption, Missed, caption

HELD = 256  # captions that may wait for a page; past that the oldest are left out, and counted


class Watcher:
    """One page that watches one call."""

    def __init__(self) -> None:
        self._waiting: deque[Caption] = deque()
        self._missed = 0
        self._filled = asyncio.Event()

    def put(self, shown: Caption) -> None:
        if len(self._waiting) == HELD:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(shown)
        self._filled.set()

    async def get(self) -> Caption:
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        if self._missed:
            missed, self._missed = self._missed, 0
            return Missed(missed)
        return self._waiting.popleft()


class Feed:
    """Watchers by CallSid."""

    def __init__(self) -> None:
        self._watchers: dict[str, list[Watcher]] = {}

    def observe(self, call_sid: str, now: float, step: Event | Action) -> None:
        """An observer of the calls."""
        if (watchers := self._watchers.get(call_sid)) and (shown := caption(step)) is not None:
            for watcher in watchers:
                watcher.put(shown)

    @contextmanager
    def watching(self, call_sid: str) -> Iterator[Watcher]:
        """From now until left."""
        watcher = Watcher()
        watchers = self._watchers.setdefault(call_sid, [])
        watchers.append(watcher)
        try:
            yield watcher
        finally:
            watchers.remove(watcher)
            if not watchers:
                self._watchers.pop(call_sid, None)
