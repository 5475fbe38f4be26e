"""Hears what remains of every call, in the loop, and has it written by a thread: no call ever waits for a disk."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from ..steps import Action, Event, Record
from .entries import Began, Entry, Noted
from .store import UTC, Kept, Store

logger = logging.getLogger(__name__)

HELD = 100_000  # entries that may wait for the disk: hours of hundreds of calls; past that they are lost, and counted
BATCH = 500  # entries in one transaction
PAUSE = 1.0  # seconds after a failure, before it is tried again
UNREACHABLE = (sa.exc.OperationalError, sa.exc.InterfaceError)  # a full disk, a lock, a server that is gone
FAREWELL = 5.0  # seconds that the last entries have when the service stops


class Keeper:
    """An observer of the calls. Use within `running()`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[Kept | None] = queue.SimpleQueue()  # None: nothing comes after it
        self._stopping = threading.Event()
        self._lost = 0
        self._wall = 0.0  # what to add to the loop's time

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Opens the store, and writes all there is before it is left. Raises `ConfigError`."""
        await asyncio.to_thread(self._store.__enter__)
        self._set_clock()
        thread = threading.Thread(target=self._run, name="records", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._waiting.put(None)
            await asyncio.to_thread(thread.join, FAREWELL)
            if left := self._waiting.qsize() + self._lost:
                logger.error("%d entries about calls are lost: they could not be written", left)
            await asyncio.to_thread(self._store.__exit__)

    def observe(self, call_sid: str, now: float, step: Event | Action) -> None:
        """An observer of the calls."""
        if isinstance(step, Record):
            self._keep(call_sid, now, step.entry)

    def keep(self, call_sid: str, entry: Entry) -> None:
        """Of a call that there is not."""
        self._keep(call_sid, asyncio.get_running_loop().time(), entry)

    def note(self, call_sid: str, kind: str, facts: Mapping[str, Any]) -> None:
        """What Twilio tells of a call, now."""
        now = asyncio.get_running_loop().time()
        self._keep(call_sid, now, Noted(now, kind, facts))

    def _keep(self, call_sid: str, now: float, entry: Entry) -> None:
        if isinstance(entry, Began):
            self._set_clock()  # the wall's is set now and then, the loop's never
        at = dt.datetime.fromtimestamp(getattr(entry, "began", now) + self._wall, UTC)
        if self._waiting.qsize() < HELD:
            self._waiting.put(Kept(call_sid, at, entry))
        else:
            self._lost += 1

    def _set_clock(self) -> None:
        self._wall = time.time() - asyncio.get_running_loop().time()

    # The thread.

    def _run(self) -> None:
        last = False
        while not last:
            batch, last = self._next()
            self._write(batch)

    def _next(self) -> tuple[list[Kept], bool]:
        """What waits, as soon as anything does; and whether it is the last."""
        batch: list[Kept] = []
        while not batch or (len(batch) < BATCH and not self._waiting.empty()):
            entry = self._waiting.get()
            if entry is None:
                return batch, True
            batch.append(entry)
        return batch, False

    def _write(self, batch: list[Kept]) -> None:
        """Again and again, if it is the database that fails; what can't be written anywhere is left out."""
        failed = False
        while batch:
            try:
                self._store.write(batch)
            except UNREACHABLE as error:
                if not failed:
                    logger.error("the calls can't be kept, and wait until they can: %s", error.orig)
                failed = True
                if self._stopping.wait(PAUSE):
                    self._lost += len(batch)
                    return
            except (sa.exc.SQLAlchemyError, ValueError) as error:
                if len(batch) > 1:
                    for each in batch:
                        self._write([each])
                else:
                    self._lost += 1
                    kind = type(batch[0].entry).__name__
                    logger.error("%s a %s can't be kept: %s", batch[0].call_sid, kind, type(error).__name__)
                return
            else:
                if failed:
                    logger.warning("the calls are kept again")
                return
