"""A tunnel's program as a child of the service: started, started again when it dies, ended with us."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import urllib.request
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ..errors import ConfigError
from .programs import Program, public_url

STARTING = 30.0  # seconds until it must have told its URL
GOODBYE = 5.0  # seconds it has to end
PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before the next try; doubled each time: who gives tunnels away counts
HEALTHY = 60.0  # seconds of life after which a death is news again
AGAIN = 0.3  # seconds between two questions to its API
PATIENCE = 3.0  # seconds for an answer of its API
TAIL = 8  # lines of its output that an error shows

LEASH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")))  # -I -S: nothing of ours, and fast

log = logging.getLogger(__name__)


class Tunnel:
    """`path`: of the program; `address`: where the service listens, as 127.0.0.1:8080. Use within `running()`."""

    def __init__(self, program: Program, path: str, address: str) -> None:
        self._program = program
        self._command = [*LEASH, path, *(each.format(address=address) for each in program.arguments)]
        self._url = ""  # the last that it told
        self._news = asyncio.Event()  # set, and another made, whenever that changes, or nothing more will come
        self._failure: ConfigError | None = None
        self._tail: deque[str] = deque(maxlen=TAIL)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The child lives until this is left."""
        # Not in a TaskGroup: what goes wrong in the body should come out as it is.
        watch = asyncio.create_task(self._watch(), name=self._program.name)
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def url(self) -> str:
        """Where it can be reached, as soon as it says so. Raises `ConfigError`, with its last words, if it does not."""
        while not self._url:
            if self._failure:
                raise self._failure
            await self._news.wait()
        return self._url

    async def leaves(self, url: str) -> None:
        """Until the tunnel is at another URL: a new child has been given a new one."""
        while self._url == url:
            await self._news.wait()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        pause = PAUSE
        while True:
            began = loop.time()
            await self._live()
            if not self._url:
                what = f"{self._program.name} makes no tunnel"
                self._failure = ConfigError(f"{what}: {self._last_words()}")
                self._tell()
                return
            pause = PAUSE if loop.time() - began > HEALTHY else min(2 * pause, LONGEST_PAUSE)
            log.warning("%s has ended and is started again in %g s: %s", self._program.name, pause, self._last_words())
            await asyncio.sleep(pause)

    async def _live(self) -> None:
        """One child, from its start to its end. One that does not tell its URL in time is ended."""
        self._tail.clear()
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,  # which ends with us, if nothing else of us can be done any more
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: the calls that are up still need it
            )
        except OSError as error:
            self._tail.append(f"{self._program.name} can't be started: {error.strerror}")
            return
        try:
            asking: list[asyncio.Task[None]] = []
            async with asyncio.timeout(STARTING) as limit, asyncio.TaskGroup() as tasks:
                assert child.stdout
                async for line in child.stdout:
                    text = line.decode(errors="replace").rstrip()
                    self._tail.append(text)
                    log.debug("%s: %s", self._program.name, text)
                    if self._program.url and (found := self._program.url.search(text)):
                        self._is_at(found[0], limit)
                    elif self._program.api and (found := self._program.api.search(text)):
                        asking.append(tasks.create_task(self._ask(f"http://{found[1]}/api/tunnels", limit)))
                for each in asking:  # it has ended, and its API with it
                    each.cancel()
        except TimeoutError:
            self._tail.append(f"it told no URL in {STARTING:g} s")
        finally:
            await _end(child)

    async def _ask(self, api: str, limit: asyncio.Timeout) -> None:
        """Until its API knows the URL."""
        while True:
            if (url := await asyncio.to_thread(_told, api)) is not None:
                self._is_at(url, limit)
                return
            await asyncio.sleep(AGAIN)

    def _is_at(self, url: str, limit: asyncio.Timeout) -> None:
        limit.reschedule(None)
        if url != self._url:
            self._url = url
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _last_words(self) -> str:
        return "\n".join(self._tail) or "it said nothing"


def _told(api: str) -> str | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(api, timeout=PATIENCE) as answer:
            return public_url(answer.read())
    except OSError:
        return None


async def _end(child: asyncio.subprocess.Process) -> None:
    """And the program that it holds."""
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(GOODBYE):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
