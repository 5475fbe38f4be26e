"""Messages that wait for a socket to take them. Sound is bounded, the oldest goes first; control is never dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Outbox(Generic[T]):
    """`sound` tells how many bytes of sound a message holds, 0 for control; at most `limit` bytes of it wait."""

    def __init__(self, limit: int, sound: Callable[[T], int]) -> None:
        self.dropped = 0  # bytes of sound
        self._limit = limit
        self._sound = sound
        self._waiting: deque[T] = deque()
        self._held = 0
        self._filled = asyncio.Event()
        self._idle = False  # what was got last has been sent: whoever sends waits for the next
        self._take: Callable[[T], bool] = lambda message: False

    def taken_by(self, take: Callable[[T], bool]) -> None:
        """From now on, what has no other message before it is offered to `take`, and waits if that says False. One that
        was got is before it until the next is asked for."""
        self._take = take

    def put(self, message: T) -> None:
        if self._idle and not self._waiting and self._take(message):
            return
        self._waiting.append(message)
        self._held += self._sound(message)
        if self._held > self._limit:
            self._thin_out()
        self._filled.set()

    def silence(self) -> None:
        """Take out all sound: it is void."""
        self._waiting = deque(message for message in self._waiting if not self._sound(message))
        self._held = 0

    async def get(self) -> T:
        self._idle = True
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        self._idle = False
        message = self._waiting.popleft()
        self._held -= self._sound(message)
        return message

    def _thin_out(self) -> None:
        kept: deque[T] = deque()
        for message in self._waiting:
            size = self._sound(message)
            if size and self._held > self._limit:
                self._held -= size
                self.dropped += size
            else:
                kept.append(message)
        self._waiting = kept
