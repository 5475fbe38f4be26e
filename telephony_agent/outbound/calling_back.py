"""Calls back to who has asked for one: by the operator's order, or by ourselves where OUTBOUND_CALL_BACKS says so.

Their wish is their consent; all other rules hold for these calls as for any.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from ..agent import Agent, Order
from ..errors import ConfigError, TwilioError
from .call_backs import CallBacks, Wish
from .placing import Placed, Placing
from .rules import Refusal, Why

logger = logging.getLogger(__name__)

LOOKS = 30.0  # seconds between two looks at who is to be called back
FOR_GOOD = (Why.NUMBER, Why.KIND)  # refusals that nothing will change
ABOUT = "They called {called} on {at:%Y-%m-%d at %H:%M} UTC and asked to be called back."


class CallingBack:
    """`has_room`: whether the line has, for one more call. Use within `running()`."""

    def __init__(self, placing: Placing, has_room: Callable[[], bool]) -> None:
        self._placing = placing
        self._call_backs = placing.call_backs
        self._has_room = has_room
        self._beginning: set[int] = set()  # wishes whose calls are being placed

    @asynccontextmanager
    async def running(self, by_itself: bool) -> AsyncIterator[None]:
        """`by_itself`: those whose turn it is are called meanwhile."""
        if not by_itself:
            yield
            return
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look_again_and_again())
            yield
            looking.cancel()

    async def call(
        self, id: int, agent: Agent | None = None, voicemail: str | None = None, spec: str = ""
    ) -> Placed | Refusal | None:
        """None: nobody waits for it; `spec`: the agent's MODULE:NAME. Raises as `Placing.place`."""
        if (call_backs := self._call_backs) is None:
            return None
        wish = await asyncio.to_thread(call_backs.find, id)
        if wish is None or wish.state != "open":
            return None
        return await self._call(call_backs, wish, Order(wish.number, agent, {}, voicemail, spec))

    async def _call(self, call_backs: CallBacks, wish: Wish, order: Order) -> Placed | Refusal:
        if wish.id in self._beginning or self._placing.calls_back(wish):
            return _is_called(wish)
        context = {"Why you call": ABOUT.format(called=wish.called, at=wish.at)}
        self._beginning.add(wish.id)
        try:
            if not await asyncio.to_thread(call_backs.claim, wish, datetime.now(UTC)):
                return _is_called(wish)
            placed = await self._placing.place(replace(order, context=context), wish)
        finally:
            self._beginning.remove(wish.id)
        if isinstance(placed, Refusal) and placed.why is Why.AT_ONCE:
            await asyncio.to_thread(call_backs.release, wish)
        elif isinstance(placed, Refusal):
            for_good = placed.why in FOR_GOOD
            await asyncio.to_thread(call_backs.refuse, wish.id, placed.why.value, for_good, datetime.now(UTC))
        return placed

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOKS)
            try:
                await self._look()
            except SQLAlchemyError as error:
                logger.error("nobody can tell who is to be called back: %s", type(error).__name__)

    async def _look(self) -> None:
        """Call those whose turn it is, while there is room."""
        if (call_backs := self._call_backs) is None:
            return
        for wish in await asyncio.to_thread(call_backs.due, datetime.now(UTC)):
            if not self._has_room():
                return
            try:
                placed = await self._call(call_backs, wish, Order(wish.number))
            except (ConfigError, TwilioError) as error:
                told = error.for_log if isinstance(error, TwilioError) else error
                logger.warning("call-back %d failed: %s", wish.id, told)
                await asyncio.to_thread(call_backs.refuse, wish.id, "it could not be placed", False, datetime.now(UTC))
                return
            if isinstance(placed, Refusal) and placed.why is Why.AT_ONCE:
                return


def _is_called(wish: Wish) -> Refusal:
    return Refusal(Why.AT_ONCE, f"{wish.number} is being called back; wait for the end of that call")
