"""The offline model as a child process of the service: started, started again when it dies, ended with us."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.weights import INSTALL, MEANING, TINY, VOICE

COMMAND = (sys.executable, "-m", "telephony_agent", "offline-model")
LOADING = 60.0  # seconds it may take until it listens
GOODBYE = 3.0  # seconds it has to end once its stdin has
PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds before the next try; doubled each time it fails
HEALTHY = 60.0  # seconds of life after which a death is news again
TAIL = 20  # lines of its stderr that an error shows

MODULES = ("onnxruntime", "ctranslate2", *(w.module for w in (TINY, VOICE, MEANING)))

log = logging.getLogger(__name__)


class OfflineModel:
    """A child process that is a Live server. `url` is its base once it is `ready`; a restart may change it."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self.url = ""
        self.ready = False
        self._command = command
        self._port = 0
        self._settled = asyncio.Event()  # it is, or was, ready; or it never will be
        self._failure: ConfigError | None = None
        self._tail: deque[str] = deque(maxlen=TAIL)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The child lives until this is left. Raises ConfigError at once if the extra is not installed."""
        check_installed()
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch())
            try:
                yield
            finally:
                watch.cancel()

    async def started(self) -> None:
        """Wait until it listens. Raises ConfigError, with the end of its stderr, if it does not."""
        await self._settled.wait()
        if self._failure:
            raise self._failure

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        pause = PAUSE
        while True:
            began = loop.time()
            if not await self._live():
                failure = f"the offline model does not start: {self._last_words()}"
                if not self._settled.is_set():
                    self._failure = ConfigError(failure)
                    self._settled.set()
                    return
                log.error("%s", failure)
                self._port = 0  # somebody else may have the old one
            pause = PAUSE if loop.time() - began > HEALTHY else min(2 * pause, LONGEST_PAUSE)
            log.warning("the offline model has ended and is started again in %.1f s", pause)
            await asyncio.sleep(pause)

    async def _live(self) -> bool:
        """One child, from its start to its end; whether it got as far as listening."""
        self._tail.clear()
        child = await asyncio.create_subprocess_exec(
            *self._command,
            "--port",
            str(self._port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us: the calls that are up still need it
        )
        assert child.stdout
        assert child.stderr
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(child.stderr))
                listens = await self._address(child.stdout)
                if listens:
                    self.ready = True
                    self._settled.set()
                    await child.wait()
                else:
                    await _end(child)
            return listens
        finally:
            self.ready = False
            await _end(child)

    async def _address(self, stdout: asyncio.StreamReader) -> bool:
        """Read where it listens, from the one line that it prints."""
        try:
            async with asyncio.timeout(LOADING):
                line = await stdout.readline()
            where = json.loads(line)
            self._port, self.url = where["port"], f"ws://{where['host']}:{where['port']}"
        except TimeoutError:
            self._tail.append(f"nothing was heard of it for {LOADING:g} s")
            return False
        except (ValueError, KeyError, TypeError):
            return False
        log.info("the offline model listens at %s", self.url)
        return True

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self._tail.append(line.decode(errors="replace").rstrip())
            log.debug("offline model: %s", self._tail[-1])

    def _last_words(self) -> str:
        return "\n".join(self._tail) or "it said nothing"


def check_installed() -> None:
    """Raises ConfigError if a module of the extra is missing."""
    if missing := [module for module in MODULES if importlib.util.find_spec(module) is None]:
        raise ConfigError(f"the offline model needs {', '.join(missing)}; install it with: {INSTALL}")


async def _end(child: asyncio.subprocess.Process) -> None:
    """Let it end by itself, which it does when its stdin ends; else make it."""
    assert child.stdin
    child.stdin.close()
    try:
        async with asyncio.timeout(GOODBYE):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
