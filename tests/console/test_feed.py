"""Captions reach those who watch, in order, and hold up nobody."""

from __future__ import annotations

import asyncio

import pytest

from telephony_agent.console.captions import Missed, Said
from telephony_agent.console.feed import HELD, Feed
from telephony_agent.live.messages import AgentSaid

pytestmark = pytest.mark.anyio


async def test_each_watcher_sees_its_own_call_in_order() -> None:
    feed = Feed()
    with feed.watching("CA1") as one, feed.watching("CA1") as two, feed.watching("CA2") as other:
        for word in ("a", "b"):
            feed.observe("CA1", 0.0, AgentSaid(word))
        feed.observe("CA2", 0.0, AgentSaid("c"))
        for watcher in (one, two):
            assert [await watcher.get(), await watcher.get()] == [Said("agent", "a"), Said("agent", "b")]
        assert await other.get() == Said("agent", "c")


async def test_a_watcher_waits_for_the_next() -> None:
    feed = Feed()
    with feed.watching("CA1") as watcher:
        waiting = asyncio.create_task(watcher.get())
        await asyncio.sleep(0)
        feed.observe("CA1", 0.0, AgentSaid("a"))
        assert await asyncio.wait_for(waiting, 5) == Said("agent", "a")


async def test_a_slow_watcher_misses_the_oldest_and_is_told() -> None:
    feed = Feed()
    with feed.watching("CA1") as watcher:
        for number in range(HELD + 3):
            feed.observe("CA1", 0.0, AgentSaid(str(number)))
        assert await watcher.get() == Missed(3)
        shown = [await watcher.get() for _ in range(HELD)]
        assert (shown[0], shown[-1]) == (Said("agent", "3"), Said("agent", str(HELD + 2)))
        feed.observe("CA1", 0.0, AgentSaid("again"))
        assert await watcher.get() == Said("agent", "again")


async def test_nothing_is_kept_for_calls_that_nobody_watches() -> None:
    feed = Feed()
    feed.observe("CA1", 0.0, AgentSaid("a"))
    with feed.watching("CA1") as watcher:
        feed.observe("CA1", 0.0, AgentSaid("b"))
        assert await watcher.get() == Said("agent", "b")
