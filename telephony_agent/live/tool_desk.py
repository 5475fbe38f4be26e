"""The functions that the model calls in a program's session: each in a task of its own, and always with an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from ..errors import LiveError
from ..toolbox.context import CallContext
from ..toolbox.declare import Tool
from ..toolbox.run import Pool, Toolbox
from .messages import ToolCall, ToolResult

logger = logging.getLogger(__name__)

POOL = Pool()  # for the sessions of all programs in this process: its threads are never given back


class ToolDesk:
    """`answer` takes the results to the model. `wants_to_hang_up`: a function has asked for the end."""

    def __init__(
        self,
        tools: Sequence[Tool],
        default_timeout: float,
        group: asyncio.TaskGroup,
        answer: Callable[[ToolResult], Awaitable[None]],
    ) -> None:
        self.wants_to_hang_up = False
        self._default_timeout = default_timeout
        self._group = group
        self._answer = answer
        self._running: dict[str, asyncio.Task[None]] = {}
        self.offer(tools)

    def offer(self, tools: Sequence[Tool]) -> None:
        """From now on these, and no others."""
        self._toolbox = Toolbox(tools, POOL, self._default_timeout)

    def run(self, call: ToolCall, session: str) -> None:
        """Start it; a call that runs already is not started twice."""
        if call.id not in self._running:
            task = self._group.create_task(self._run(call, session), name=f"tool {call.name}")
            self._running[call.id] = task
            task.add_done_callback(lambda done: self._running.pop(call.id, None))

    def stop(self, ids: Iterable[str] | None = None) -> None:
        """Those calls, or all of them: nobody wants to know their results."""
        for id in tuple(self._running) if ids is None else ids:
            if (task := self._running.get(id)) is not None:
                task.cancel()

    async def _run(self, call: ToolCall, session: str) -> None:
        context = CallContext("", "", session)
        response = await self._toolbox.run(call.name, call.arguments, context)
        self.wants_to_hang_up |= context.wants_to_hang_up and "error" not in response
        try:
            await self._answer(ToolResult(call.id, call.name, response))
        except LiveError as error:  # who receives learns of it too
            logger.warning("the model was not told what %s gave: %s", call.name, error)
