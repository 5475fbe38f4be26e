"""An asyncio event loop whose clock is a number: when nothing is ready, it jumps to the next timer instead of waiting.

A call of minutes, with its tasks, timers and in-memory sockets, runs in milliseconds and always in the same order. Time
knows nothing of other threads or real sockets: what they owe would come too late or never. No thread, no network here.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

START = 1_000.0  # not 0, which code may take for "never"
SPINS = 100_000  # turns of the loop at one moment: more than a whole call ever needs, a second of real time


class Stuck(AssertionError):
    """Nothing can happen any more, or things happen for ever. The message says where each task stands."""


def run(main: Coroutine[Any, Any, T], limit: float = 600.0) -> T:
    """Runs `main` to its end as `asyncio.run` does, in at most `limit` seconds of virtual time.

    Raises what `main` raises, or `Stuck`. Tasks left over are cancelled, for which they have the same limit once more.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(limit)) as runner:
        return runner.run(main)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, limit: float) -> None:
        self._clock = _Clock(limit)
        super().__init__(self._clock)
        self._clock_resolution = 1e-9  # a jump may land a rounding error before its timer

    def time(self) -> float:
        return self._clock.now


class _Clock(selectors.DefaultSelector):
    """Where a loop waits: for a file, of which ours has only the one that wakes it, or for its next timer."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.now = START
        self._limit = limit
        self._end = START + limit
        self._spins = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        self._spins += 1
        if self._spins > SPINS:
            raise self._stuck(f"{SPINS} turns without time going on")
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise self._stuck("nothing is ready and no timer is set")
        if self.now + timeout > self._end:
            raise self._stuck(f"the limit of {self._limit:g} s is over")
        self.now += timeout
        self._spins = 0
        return ready

    def _stuck(self, why: str) -> Stuck:
        self._end, self._spins = self.now + self._limit, 0  # for the clean-up
        lines = [f"  {task.get_name()} {_place(task)}" for task in asyncio.all_tasks(asyncio.get_running_loop())]
        return Stuck("\n".join([f"after {self.now - START:g} s {why}; waiting:", *sorted(lines)]))


def _place(task: asyncio.Task[Any]) -> str:
    """The innermost line of ours that the task's coroutines are waiting in."""
    place = "not started"
    inner: Any = task.get_coro()
    while inner is not None and getattr(inner, "cr_frame", None) is not None:
        frame = inner.cr_frame
        place = f"at {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
        inner = inner.cr_await
    return place
