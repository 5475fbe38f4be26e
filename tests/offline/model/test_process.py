"""The child process: here a few lines of Python in the place of the model."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model import process
from telephony_agent.offline.model.process import OfflineModel

pytestmark = pytest.mark.anyio

LISTENS = """
import json, os, sys
print(json.dumps({"host": "127.0.0.1", "port": 5000 + os.getpid() % 1000}), flush=True)
sys.stdin.read()
"""
DIES = """
import sys
sys.exit("no weights here")
"""
STUBBORN = LISTENS + "import time; time.sleep(60)"


def child(code: str) -> OfflineModel:
    return OfflineModel((sys.executable, "-c", code))


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen in 10 s")


async def test_it_is_ready_when_it_has_told_its_port() -> None:
    model = child(LISTENS)
    async with asyncio.timeout(10), model.running():
        await model.started()
        assert model.ready
        assert model.url.startswith("ws://127.0.0.1:5")
    assert not model.ready


async def test_a_child_that_dies_at_once_is_an_error_with_its_last_words() -> None:
    model = child(DIES)
    async with asyncio.timeout(10), model.running():
        with pytest.raises(ConfigError, match="does not start: no weights here"):
            await model.started()


async def test_a_child_that_says_something_else_is_an_error() -> None:
    model = child("print('hello'); import sys; sys.stdin.read()")
    async with asyncio.timeout(10), model.running():
        with pytest.raises(ConfigError, match="it said nothing"):
            await model.started()


async def test_a_child_that_never_says_anything_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOADING", 0.2)
    model = child("import sys; sys.stdin.read()")
    async with asyncio.timeout(10), model.running():
        with pytest.raises(ConfigError, match=r"nothing was heard of it for 0\.2 s"):
            await model.started()


async def test_it_is_started_again_when_it_dies(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process, "PAUSE", 0.01)
    model = child("import os; print(os.getpid(), file=__import__('sys').stderr, flush=True)" + LISTENS)
    with caplog.at_level(logging.DEBUG, logger=process.__name__):
        async with asyncio.timeout(10), model.running():
            await model.started()
            await until(lambda: "offline model: " in caplog.text)
            pid = int(caplog.text.rpartition("offline model: ")[2].split()[0])
            os.kill(pid, 9)
            await until(lambda: not model.ready)
            await until(lambda: model.ready)
    assert "is started again" in caplog.text


async def test_it_ends_with_us_though_it_does_not_want_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GOODBYE", 0.1)
    model = child(STUBBORN)
    async with asyncio.timeout(10), model.running():
        await model.started()


async def test_without_the_extra_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MODULES", ("no_such_module",))
    with pytest.raises(ConfigError, match=r"needs no_such_module; install it with: pip install"):
        async with child(LISTENS).running():
            pass
