"""An event loop in which sound waits for everything else: who rings goes before who speaks.

Where a hundred calls are up, something can always be read. A new connection needs five turns of the loop, and would
wait in each for all that has come since the last; here a turn reads few of the sockets with sound, and while there is
something else to do, fewer, or as many as of the others: however many ring, sound has its share.
https://docs.python.org/3/library/selectors.html
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Coroutine, Iterator, Mapping
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector, SelectorKey
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

TURN = 8  # sockets that carry sound; each takes a tenth of a millisecond
LESS = 2  # where there is something else to do
SWITCH = 0.0001  # seconds that a thread may compute while the loop waits for it, after each frame; Python says 5 ms


class Numbered(Protocol):
    """A socket. Once it is closed, its number is -1, and may be another's."""

    def fileno(self) -> int: ...


class SoundLast(BaseSelector):
    """Of the sockets that were put last, at most `TURN` at once, or as many as of the rest, after all of those that are
    ready; among themselves, they have their turns in the order in which they were ready. On Linux.
    """

    def __init__(self) -> None:
        self._first = DefaultSelector()
        self._last = select.epoll()
        self._keys: dict[int, SelectorKey] = {}  # those of `_last`, by number
        self._patient: dict[int, Numbered] = {}
        self._first.register(self._last, EVENT_READ)

    def put_last(self, socket: Numbered) -> None:
        """From now on, until it is closed, which it may be by now."""
        if socket.fileno() < 0:
            return
        self._patient[socket.fileno()] = socket
        if (key := self._first.get_map().get(socket)) is not None:
            self._first.unregister(socket)
            self.register(key.fd, key.events, key.data)

    def register(self, fileobj: int | Numbered, events: int, data: Any = None) -> SelectorKey:
        number = _number(fileobj)
        socket = self._patient.get(number)
        if socket is None or socket.fileno() != number:
            self._patient.pop(number, None)
            return self._first.register(fileobj, events, data)
        self._last.register(number, _epoll(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj: int | Numbered) -> SelectorKey:
        key = self._keys.pop(_number(fileobj), None)
        if key is None:
            return self._first.unregister(fileobj)
        self._last.unregister(key.fd)
        return key

    def modify(self, fileobj: int | Numbered, events: int, data: Any = None) -> SelectorKey:
        number = _number(fileobj)
        if number not in self._keys:
            return self._first.modify(fileobj, events, data)
        self._last.modify(number, _epoll(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = self._first.select(timeout)
        others = [each for each in ready if each[0].fileobj is not self._last]
        if len(others) == len(ready):
            return others
        busy = others or timeout == 0  # 0: the loop has something to do
        return [*others, *self._ready_last(max(LESS, len(others)) if busy else TURN)]

    def _ready_last(self, most: int) -> Iterator[tuple[SelectorKey, int]]:
        for number, event in self._last.poll(0, most):
            key = self._keys[number]
            mask = (EVENT_READ if event & ~select.EPOLLOUT else 0) | (EVENT_WRITE if event & ~select.EPOLLIN else 0)
            yield key, mask & key.events

    def close(self) -> None:
        self._first.close()
        self._last.close()

    def get_map(self) -> Mapping[int | Numbered, SelectorKey]:
        return _Both(self._keys, self._first.get_map())


class _Both(Mapping[int | Numbered, SelectorKey]):
    """By the socket, or its number."""

    def __init__(self, last: Mapping[int, SelectorKey], first: Mapping[Any, SelectorKey]) -> None:
        self._last, self._first = last, first

    def __getitem__(self, fileobj: int | Numbered) -> SelectorKey:
        key = self._last.get(_number(fileobj))
        return self._first[fileobj] if key is None else key

    def __len__(self) -> int:
        return len(self._last) + len(self._first)

    def __iter__(self) -> Iterator[int | Numbered]:
        yield from self._last
        yield from self._first


def _number(fileobj: int | Numbered) -> int:
    return fileobj if isinstance(fileobj, int) else fileobj.fileno()


def _epoll(events: int) -> int:
    return (select.EPOLLIN if events & EVENT_READ else 0) | (select.EPOLLOUT if events & EVENT_WRITE else 0)


class Loop(asyncio.SelectorEventLoop):
    """asyncio's, with that selector."""

    def __init__(self) -> None:
        self.sound_last = SoundLast()
        super().__init__(self.sound_last)


def new_loop() -> asyncio.AbstractEventLoop:
    """Such a loop, where the system has epoll."""
    return Loop() if hasattr(select, "epoll") else asyncio.new_event_loop()


def run(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, in such a loop, which threads that compute make way for."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(main)
    finally:
        sys.setswitchinterval(before)


def carries_sound(transport: asyncio.BaseTransport) -> None:
    """Its socket is read and written after all others, in a loop that knows of this."""
    loop, socket = asyncio.get_running_loop(), transport.get_extra_info("socket")
    if isinstance(loop, Loop) and socket is not None:
        loop.sound_last.put_last(socket)
