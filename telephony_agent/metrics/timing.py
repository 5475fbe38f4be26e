"""What the service itself is slow at: its answers to Twilio, and its loop."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from .tally import Tally

EVERY = 0.5  # seconds


class TimedWebhooks:
    """ASGI middleware around routes. A stream passes as if it were not there."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self._app, self._tally = app, tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._app(scope, receive, send)
        if (endpoint := scope.get("endpoint")) is not None:  # which the router notes; it has no more than there are
            self._tally.webhook(endpoint.__name__, loop.time() - began)


class LoopWatch:
    """Asks the loop to be called at a time, and looks how late that was. As a context, within a running loop."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        self._timer = self._loop.call_later(EVERY, self._look)

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        self._tally.lag(max(0.0, self._loop.time() - self._timer.when()))
        self._timer = self._loop.call_later(EVERY, self._look)
