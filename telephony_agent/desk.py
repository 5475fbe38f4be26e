"""Where the functions of one call bring what they ask of it, from any thread, and wait for the answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any

from .agent import IncomingCall
from .errors import ToolError
from .steps import Event, GaveUp, Requested, Settle
from .toolbox.context import CallContext, Request, Wish

OVER = "the call is over"


class Promise:
    """A `Pending`. It is kept, or given up, in the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: Future[Any] = Future()
        self._loop = loop

    def __await__(self) -> Generator[Any, None, Any]:
        return asyncio.wrap_future(self.future).__await__()

    def give_up(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the call long over
            self._loop.call_soon_threadsafe(self.future.cancel)

    def wait(self) -> Any:
        with contextlib.suppress(RuntimeError):
            if asyncio.get_running_loop() is self._loop:
                raise ToolError("an async function must await this; wait() would stop every call")
        return self.future.result()


class Desk:
    """`feed` gives an event to the call, in the thread in which this is made."""

    def __init__(self, feed: Callable[[Event], Any]) -> None:
        self._feed = feed
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._ids = itertools.count(1)
        self._promises: dict[int, Promise] = {}
        self._closed = False

    @contextlib.contextmanager
    def context(self, incoming: IncomingCall) -> Generator[CallContext, None, None]:
        """For one run of a function: when that ends, so does what it waits for, if only its thread still does."""
        asked: list[int] = []

        def ask(request: Request) -> Promise:
            id, promise = next(self._ids), Promise(self._loop)
            asked.append(id)
            self._enter(lambda: self._request(id, request, promise))
            return promise

        def report(wish: Wish) -> None:
            self._enter(lambda: self._feed(wish))

        try:
            known = incoming.order.context if incoming.order else {}
            here = incoming.caller, incoming.called, incoming.call_sid, known, incoming.numbers[0]
            yield CallContext(*here, report=report, ask=ask)
        finally:
            for id in asked:
                if (promise := self._promises.get(id)) is not None:
                    promise.future.cancel()

    def settle(self, settled: Settle) -> None:
        promise = self._promises.pop(settled.id, None)
        if promise is None or promise.future.done():
            return
        if settled.error:
            promise.future.set_exception(ToolError(settled.error))
        else:
            promise.future.set_result(settled.value)

    def close(self) -> None:
        """The call is over: nobody is left waiting."""
        self._closed = True
        for id in list(self._promises):
            self.settle(Settle(id, error=OVER))

    def _enter(self, step: Callable[[], Any]) -> None:
        """In the loop's thread; a function may be in another, and that may outlive the loop."""
        if threading.get_ident() == self._thread:
            step()
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the call long over
            self._loop.call_soon_threadsafe(step)

    def _request(self, id: int, request: Request, promise: Promise) -> None:
        self._promises[id] = promise
        if self._closed:
            self.settle(Settle(id, error=OVER))
            return
        promise.future.add_done_callback(lambda future: self._give_up(id) if future.cancelled() else None)
        self._feed(Requested(id, request))

    def _give_up(self, id: int) -> None:
        if self._promises.pop(id, None) is not None and not self._closed:
            self._feed(GaveUp(id))
