from __future__ import annotations

import asyncio
from itertools import count
from time import perf_counter

import pytest

from tests.virtual import START, Stuck, run


def test_a_minute_of_frames_takes_no_minute() -> None:
    async def frames() -> float:
        loop = asyncio.get_running_loop()
        for _ in range(50 * 60):
            await asyncio.sleep(0.02)
        return loop.time()

    before = perf_counter()
    assert run(frames()) == pytest.approx(START + 60)
    assert perf_counter() - before < 30


def test_timers_fire_in_order_at_their_time() -> None:
    heard: list[tuple[str, float]] = []

    async def say(word: str, delay: float) -> None:
        await asyncio.sleep(delay)
        heard.append((word, asyncio.get_running_loop().time() - START))

    async def talk() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(say("late", 86_400 * 3))
            group.create_task(say("soon", 0.1))
            group.create_task(say("now", 0))

    run(talk(), limit=86_400 * 4)
    assert heard == [("now", 0), ("soon", pytest.approx(0.1)), ("late", pytest.approx(86_400 * 3))]


def test_a_queue_between_two_tasks_passes_things_at_the_moment_they_are_put() -> None:
    async def talk() -> float:
        queue: asyncio.Queue[float] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        loop.call_later(5, lambda: queue.put_nowait(loop.time()))
        return await queue.get() - loop.time()

    assert run(talk()) == 0


def test_time_limits_of_asyncio_hold_in_virtual_time() -> None:
    async def wait() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time() - START

    assert run(wait()) == pytest.approx(30)


def test_waiting_for_nothing_is_told_at_once_with_the_place() -> None:
    async def wait_for_ever() -> None:
        await asyncio.sleep(2)
        await asyncio.Event().wait()

    with pytest.raises(Stuck, match=r"(?s)after 2 s nothing is ready and no timer.*in wait"):
        run(wait_for_ever())


def test_the_limit_ends_what_would_go_on_and_lets_it_clean_up() -> None:
    cleaned: list[str] = []

    async def tick() -> None:
        try:
            for _ in count():
                await asyncio.sleep(1)
        finally:
            await asyncio.sleep(1)
            cleaned.append("up")

    with pytest.raises(Stuck, match="the limit of 10 s"):
        run(tick(), limit=10)
    assert cleaned == ["up"]


def test_spinning_without_time_going_on_is_told() -> None:
    async def spin() -> None:
        for _ in count():
            await asyncio.sleep(0)

    with pytest.raises(Stuck, match="turns without time"):
        run(spin())


def test_what_the_coroutine_raises_comes_out() -> None:
    async def fail() -> None:
        await asyncio.sleep(1)
        raise LookupError("no such call")

    with pytest.raises(LookupError, match="no such call"):
        run(fail())
