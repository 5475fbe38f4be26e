"""Loads the operator's agent and runs its tools: timed, cancelled, and always with an answer for the model."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import importlib
import inspect
import logging
import queue
import sysconfig
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..agent import Agent, ChooseAgent
from ..errors import ConfigError, ToolError
from .context import CallContext
from .declare import Tool, arguments

logger = logging.getLogger(__name__)

THREADS = 64  # sync tools at work in this process at once; enough for hundreds of calls, few enough to notice a leak

FAILED = "the tool failed; tell the caller that this does not work at the moment"
BUSY = "too many tools are at work; tell the caller that this does not work at the moment, and to try again later"
UNTELLABLE = "the tool has run, but its answer can't be told"

T = TypeVar("T")


class PoolFull(Exception):
    """Every thread of the pool is at work."""


class UntellableAnswer(Exception):
    """A tool returned what has no JSON."""


class Pool:
    """Daemon threads for sync tools, started as they are needed; one pool per process.

    A thread can't be stopped: work that nobody waits for any longer is abandoned. It goes on and keeps its thread until
    it ends by itself, and neither `run` nor the end of the process waits for it.
    """

    def __init__(self, size: int = THREADS) -> None:
        self.size = size
        self.busy = 0
        """Threads at work now, those with abandoned work included."""
        self.abandoned = 0
        """Pieces of work abandoned since the start."""
        self._threads = 0
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    async def run(self, work: Callable[[], T]) -> T:
        """What `work()` returns or raises, in a thread, with the caller's context variables.

        Raises PoolFull at once if no thread is free. Cancelled, it abandons the work.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Callable[[], T]] = loop.create_future()
        inherited = contextvars.copy_context()

        def settle(outcome: Callable[[], T]) -> None:
            if not done.done():
                done.set_result(outcome)

        def job() -> None:
            outcome = _outcome(functools.partial(inherited.run, work))
            with self._lock:
                self.busy -= 1
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, outcome)

        self._start(job)
        try:
            outcome = await done
        except asyncio.CancelledError:
            self.abandoned += done.cancelled()  # and not, where it had just been done
            raise
        return outcome()

    def _start(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self.busy == self.size:
                raise PoolFull
            if self.busy == self._threads:  # else one is idle, or on its way back to the queue
                threading.Thread(target=self._work, name=f"tool-{self._threads + 1}", daemon=True).start()
                self._threads += 1
            self.busy += 1
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _outcome(work: Callable[[], T]) -> Callable[[], T]:
    """`work`, run: calling the answer returns or raises what it did. A `sys.exit()` must not cost the pool a thread."""
    try:
        result = work()
    except BaseException as error:
        return functools.partial(_throw, error)
    return lambda: result


def _throw(error: BaseException) -> Any:
    raise error


class Toolbox:
    """The tools of one agent. `default_timeout` in seconds, for a tool without a limit of its own."""

    def __init__(self, tools: Sequence[Tool], pool: Pool, default_timeout: float) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._pool = pool
        self._default_timeout = default_timeout

    async def run(self, name: str, given: Mapping[str, Any], context: CallContext) -> dict[str, Any]:
        """`{"result": …}` or `{"error": …}`, JSON for the model. Raises only CancelledError, when cancelled."""
        call_id = context.call_id
        tool = self._tools.get(name)
        if tool is None:
            logger.warning("%s: the model called %.80r, which nobody declared", call_id, name)
            return {"error": f"there is no tool {name[:80]!r}; there is: {', '.join(self._tools) or 'none'}"}
        limit = self._default_timeout if tool.timeout is None else tool.timeout
        try:
            async with asyncio.timeout(limit) as patience:
                return {"result": await self._answer(tool, arguments(tool, given, context))}
        except ToolError as refusal:
            logger.info("%s: %s refused what it was asked", call_id, name)
            return {"error": str(refusal)}
        except PoolFull:
            logger.warning("%s: %s refused, all %d threads are at work", call_id, name, self._pool.size)
            return {"error": BUSY}
        except UntellableAnswer as error:
            logger.warning("%s: %s returned what has no JSON: %s", call_id, name, error)
            return {"error": UNTELLABLE}
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            if patience.expired():
                logger.warning("%s: %s took longer than %g s", call_id, name, limit)
                return {"error": f"the tool took longer than {limit:g} seconds; it is not known whether it worked"}
            logger.warning("%s: %s failed", call_id, name, exc_info=True)
            return {"error": FAILED}

    async def _answer(self, tool: Tool, keywords: Mapping[str, Any]) -> Any:
        if tool.asynchronous:
            return _tellable(await tool.function(**keywords))
        return await self._pool.run(lambda: _tellable(tool.function(**keywords)))


def is_cancelled() -> bool:
    """Whether somebody cancelled us, and not the tool something of its own."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tellable(value: Any) -> Any:
    """`value` as plain JSON values; None becomes a word, as an empty answer makes models call again."""
    try:
        return "done" if value is None else msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise UntellableAnswer(str(error)) from error


def load_agent(spec: str) -> Agent | ChooseAgent:
    """What `module:attribute` names: an `Agent`, or a function (async, or quick) that picks one for a call.

    The module is looked for on `sys.path`. Raises ConfigError for a spec that names no such thing, and ToolError, with
    file, line and reason, for a module that can't be imported.
    """
    module_name, _, attribute = spec.partition(":")
    if not module_name or not attribute:
        raise ConfigError(f"agent {spec!r}: give module:attribute, as tools.restaurant:agent")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise ToolError(f"{_where(error)}: {error}; install it") from error
        where = "run this in the folder that holds it, or mend the name"
        raise ConfigError(f"agent {spec!r}: there is no module {error.name!r}; {where}") from None
    except Exception as error:
        raise ToolError(_import_failed(error)) from error
    found = getattr(module, attribute, None)
    if isinstance(found, Agent):
        return found
    if found is None:
        raise ConfigError(f"agent {spec!r}: {module.__file__} has no {attribute!r}; mend the name")
    if not callable(found) or inspect.isclass(found):
        kind = f"{type(found).__name__} {found!r:.60}"
        raise ConfigError(f"agent {spec!r} is {kind}; it must be an Agent, or a function that returns one")
    chooser: ChooseAgent = found
    return chooser


def _import_failed(error: Exception) -> str:
    if isinstance(error, ToolError):  # it names file and line itself
        return str(error)
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {error.msg}"
    return f"{_where(error)}: {type(error).__name__}: {error}"


def _where(error: Exception) -> str:
    """File and line of the operator's own code, as deep as the traceback goes in it."""
    ours = str(Path(__file__).parent.parent)
    not_theirs = (ours, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    theirs = [frame for frame in frames if not frame.filename.startswith(not_theirs)]
    deepest = (theirs or frames)[-1]
    return f"{deepest.filename}:{deepest.lineno}"
