"""Tools run: they answer, fail, hang, are cancelled or refused, and the model always hears of it."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from telephony_agent.errors import ToolError
from telephony_agent.toolbox.context import CallContext
from telephony_agent.toolbox.declare import declare, tool
from telephony_agent.toolbox.run import Pool, Toolbox

SHORT = 0.02  # seconds, a limit that is meant to be reached
LONG = 5.0  # seconds, a limit that never is
LANGUAGE = contextvars.ContextVar("LANGUAGE", default="none")


def context() -> CallContext:
    return CallContext(caller="+15550100", called="+15550199", call_id="CA1")


def toolbox(*functions: Callable[..., Any], pool: Pool | None = None, limit: float = LONG) -> Toolbox:
    return Toolbox([declare(tool(function)) for function in functions], pool or Pool(2), limit)


async def ask(function: Callable[..., Any], *, pool: Pool | None = None, limit: float = LONG, **given: Any) -> Any:
    """What the model is answered, within a time that no test needs."""
    async with asyncio.timeout(LONG):
        return await toolbox(function, pool=pool, limit=limit).run(function.__name__, given, context())


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a hanging sync tool waits for; set at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


@dataclass
class Table:
    seats: int
    since: dt.date


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def slowly(a: int) -> int:
    """Wait a little."""
    await asyncio.sleep(0)
    return a


@pytest.mark.anyio
async def test_sync_and_async_tools_answer() -> None:
    assert await ask(add, a=1, b="2") == {"result": 3}
    assert await ask(slowly, a=4) == {"result": 4}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "done"),
        ("", ""),
        ({"error": "x"}, {"error": "x"}),
        (Table(4, dt.date(2026, 5, 3)), {"seats": 4, "since": "2026-05-03"}),
        ([Table(2, dt.date(2026, 5, 3))], [{"seats": 2, "since": "2026-05-03"}]),
        ({1: (2, 3)}, {"1": [2, 3]}),
        (float("nan"), None),
    ],
    ids=str,
)
async def test_an_answer_becomes_plain_json(value: Any, told: Any) -> None:
    def answer() -> Any:
        """Answer."""
        return value

    async def answer_later() -> Any:
        """Answer."""
        return value

    assert await ask(answer) == {"result": told}
    assert await ask(answer_later) == {"result": told}


@pytest.mark.anyio
@pytest.mark.parametrize("value", [object(), {1, object()}, "\ud800"], ids=["object", "set", "surrogate"])
async def test_an_answer_that_has_no_json_is_said_to_be_untellable(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def answer() -> Any:
        """Answer."""
        return value

    assert await ask(answer) == {"error": "the tool has run, but its answer can't be told"}
    assert "CA1: answer returned what has no JSON" in caplog.text


@pytest.mark.anyio
async def test_a_name_nobody_declared_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    answer = await toolbox(add).run("subtract", {}, context())
    assert answer == {"error": "there is no tool 'subtract'; there is: add"}
    assert caplog.messages == ["CA1: the model called 'subtract', which nobody declared"]


@pytest.mark.anyio
async def test_wrong_arguments_are_answered_and_the_tool_does_not_run() -> None:
    def never(a: int) -> None:
        """Do something."""
        raise AssertionError

    answer = await ask(never, a="x")
    assert answer == {"error": "a is wrong: Expected `int`, got `str`; it is INTEGER"}


@pytest.mark.anyio
async def test_a_tool_knows_its_call_and_may_hang_up() -> None:
    @tool
    def end(call: CallContext) -> str:
        """End the call."""
        call.hang_up()
        return f"{call.caller} {call.called} {call.call_id}"

    call = context()
    answer = await Toolbox([declare(end)], Pool(1), LONG).run("end", {}, call)
    assert answer == {"result": "+15550100 +15550199 CA1"}
    assert call.wants_to_hang_up


# Failures.


@pytest.mark.anyio
@pytest.mark.parametrize(
    "error",
    [ValueError("secret"), TimeoutError("secret"), SystemExit(1), StopIteration(), asyncio.CancelledError()],
    ids=repr,
)
async def test_a_failure_is_told_without_internals_and_logged_with_all_of_them(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        """Fail."""
        raise error

    async def fail_later() -> None:
        """Fail."""
        raise error

    pool = Pool(1)
    for function in (fail, fail_later):
        caplog.clear()
        answer = await ask(function, pool=pool)
        assert answer == {"error": "the tool failed; tell the caller that this does not work at the moment"}
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage() == f"CA1: {function.__name__} failed"
        assert record.exc_info
    assert pool.busy == 0
    assert await ask(add, pool=pool, a=1, b=1) == {"result": 2}


@pytest.mark.anyio
async def test_a_tool_may_refuse_in_words_for_the_model() -> None:
    def refuse() -> None:
        """Refuse."""
        raise ToolError("that day is taken; offer the next one")

    assert await ask(refuse) == {"error": "that day is taken; offer the next one"}


# Time.


@pytest.mark.anyio
async def test_an_async_tool_that_hangs_is_cancelled_at_its_limit(caplog: pytest.LogCaptureFixture) -> None:
    ended = []

    async def hang() -> None:
        """Hang."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    answer = await ask(hang, limit=SHORT)
    assert answer == {"error": "the tool took longer than 0.02 seconds; it is not known whether it worked"}
    assert ended
    assert caplog.messages == ["CA1: hang took longer than 0.02 s"]


@pytest.mark.anyio
async def test_a_sync_tool_that_hangs_is_abandoned_at_its_limit(release: threading.Event) -> None:
    def hang() -> None:
        """Hang."""
        release.wait(LONG)

    pool = Pool(2)
    answer = await ask(hang, pool=pool, limit=SHORT)
    assert answer == {"error": "the tool took longer than 0.02 seconds; it is not known whether it worked"}
    assert (pool.abandoned, pool.busy) == (1, 1)
    assert await ask(add, pool=pool, a=1, b=1) == {"result": 2}


@pytest.mark.anyio
async def test_an_abandoned_tool_gives_its_thread_back_when_it_ends(release: threading.Event) -> None:
    def hang() -> None:
        """Hang."""
        release.wait(LONG)

    pool = Pool(1)
    await ask(hang, pool=pool, limit=SHORT)
    assert (await ask(add, pool=pool, a=1, b=1)).keys() == {"error"}
    release.set()
    for _ in range(1000):  # nobody is told of its end, so it is looked for
        if not pool.busy:
            break
        await asyncio.sleep(0.001)
    assert await ask(add, pool=pool, a=1, b=1) == {"result": 2}


@pytest.mark.anyio
async def test_a_tools_own_limit_goes_before_the_agents() -> None:
    @tool(timeout=SHORT)
    async def hang() -> None:
        """Hang."""
        await asyncio.Event().wait()

    async with asyncio.timeout(LONG):
        answer = await Toolbox([declare(hang)], Pool(1), LONG).run("hang", {}, context())
    assert answer["error"].startswith("the tool took longer than 0.02 seconds")


@pytest.mark.anyio
async def test_a_full_pool_refuses_at_once(release: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    def hang() -> None:
        """Hang."""
        release.wait(LONG)

    pool = Pool()
    async with asyncio.timeout(LONG):
        waiting = [asyncio.ensure_future(pool.run(hang)) for _ in range(64)]
        await asyncio.sleep(0)
        answer = await ask(add, pool=pool, a=1, b=1)
        assert answer["error"].startswith("too many tools are at work")
        assert caplog.messages == ["CA1: add refused, all 64 threads are at work"]
        assert await ask(slowly, pool=pool, a=4) == {"result": 4}
        release.set()
        await asyncio.gather(*waiting)
    assert (pool.busy, pool.abandoned) == (0, 0)


@pytest.mark.anyio
async def test_threads_are_used_again() -> None:
    pool = Pool()
    before = threading.active_count()
    for number in range(100):
        assert await ask(add, pool=pool, a=number, b=1) == {"result": number + 1}
    assert threading.active_count() - before <= 2


@pytest.mark.anyio
async def test_a_cancelled_async_tool_is_cancelled_itself() -> None:
    started, ended = asyncio.Event(), []

    async def hang() -> None:
        """Hang."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    task = asyncio.ensure_future(ask(hang))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


@pytest.mark.anyio
async def test_a_cancelled_sync_tool_is_abandoned(release: threading.Event) -> None:
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> None:
        """Hang."""
        loop.call_soon_threadsafe(started.set)
        release.wait(LONG)

    pool = Pool(1)
    task = asyncio.ensure_future(ask(hang, pool=pool))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pool.abandoned == 1


@pytest.mark.anyio
async def test_a_sync_tool_sees_the_callers_context_variables_in_a_thread_of_the_pool() -> None:
    def look() -> list[str]:
        """Look around."""
        return [LANGUAGE.get(), threading.current_thread().name, str(threading.current_thread().daemon)]

    LANGUAGE.set("nl")
    assert await ask(look) == {"result": ["nl", "tool-1", "True"]}


def test_the_end_of_the_loop_does_not_wait_for_an_abandoned_tool(release: threading.Event) -> None:
    def hang() -> None:
        """Hang."""
        release.wait(LONG)

    asyncio.run(ask(hang, limit=SHORT))
    assert not release.is_set()
