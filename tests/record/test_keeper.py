"""What remains of calls is written beside them, and is there when the service has stopped."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from telephony_agent.record import keeper
from telephony_agent.record.entries import CallerTurn, Next, Outcome, ToolRun
from telephony_agent.record.keeper import Keeper
from telephony_agent.record.store import FILE, Store
from telephony_agent.steps import Rang, Record
from tests.record.test_store import BEGAN, CALL

pytestmark = pytest.mark.anyio

TIME_LIMIT = 20.0
OVER = Outcome("the caller hung up", Next.HANG_UP, 7.5)


def told(keeper: Keeper, *entries: object, sid: str = CALL) -> None:
    now = asyncio.get_running_loop().time()
    for entry in entries:
        keeper.observe(sid, now, Record(entry))  # type: ignore[arg-type]


async def test_all_that_was_told_is_written_before_it_is_left(tmp_path: Path) -> None:
    kept = Keeper(Store.in_folder(tmp_path))
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        now = asyncio.get_running_loop().time()
        told(kept, BEGAN)
        for number in range(1200):  # more than a batch
            told(kept, CallerTurn(now, str(number)))
        kept.observe(CALL, now, Rang(prewarm=True))  # no record
        kept.note(CALL, "status", {"CallStatus": "completed"})
        told(kept, OVER)
    with Store.in_folder(tmp_path) as store:
        (call,) = store.of(CALL)
    assert call.why == OVER.why
    said = [each.entry.text for each in call.entries if isinstance(each.entry, CallerTurn)]
    assert said == [str(number) for number in range(1200)]


async def test_the_loop_s_times_become_the_wall_s(tmp_path: Path) -> None:
    kept = Keeper(Store.in_folder(tmp_path))
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        now = asyncio.get_running_loop().time()
        told(kept, BEGAN, CallerTurn(now - 3, "Hello?"))
    with Store.in_folder(tmp_path) as store:
        (turn,) = store.of(CALL)[0].entries
    assert turn.at.timestamp() == pytest.approx(time.time() - 3, abs=2)


async def test_what_cannot_be_written_while_the_file_is_locked_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("telephony_agent.record.store.PATIENCE", 0.05)
    monkeypatch.setattr(keeper, "PAUSE", 0.05)
    kept = Keeper(Store.in_folder(tmp_path))
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        with sqlite3.connect(tmp_path / FILE, isolation_level=None) as db:
            db.execute("BEGIN IMMEDIATE")
            told(kept, BEGAN)
            await logged(caplog, "the calls can't be kept, and wait until they can: database is locked")
            told(kept, OVER)
        await logged(caplog, "the calls are kept again")
    caplog.clear()
    with Store.in_folder(tmp_path) as store:
        assert store.of(CALL)[0].why == OVER.why


async def logged(caplog: pytest.LogCaptureFixture, message: str) -> None:
    while message not in caplog.messages:  # noqa: ASYNC110, a thread writes it
        await asyncio.sleep(0.01)


async def test_one_entry_that_no_database_takes_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Keeper(Store.in_folder(tmp_path))
    poison = CallerTurn(0.0, "\ud800")
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        told(kept, BEGAN, poison, CallerTurn(0.0, "Hello?"), OVER)
    assert f"{CALL} a CallerTurn can't be kept: UnicodeEncodeError" in caplog.messages
    assert "1 entries about calls are lost: they could not be written" in caplog.messages
    caplog.clear()
    with Store.in_folder(tmp_path) as store:
        (call,) = store.of(CALL)
    assert [each.entry.text for each in call.entries if isinstance(each.entry, CallerTurn)] == ["Hello?"]


async def test_what_no_json_knows_is_written_as_text(tmp_path: Path) -> None:
    kept = Keeper(Store.in_folder(tmp_path))
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        told(kept, BEGAN, ToolRun(0.0, 0.1, "where", {"file": tmp_path}, {"result": {1, 2}.__class__}, True), OVER)
    with Store.in_folder(tmp_path) as store:
        (run,) = store.of(CALL)[0].entries
    assert isinstance(run.entry, ToolRun)
    assert run.entry.arguments == {"file": str(tmp_path)}


async def test_what_finds_no_room_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeper, "HELD", 0)
    kept = Keeper(Store.in_folder(tmp_path))
    async with asyncio.timeout(TIME_LIMIT), kept.running():
        told(kept, BEGAN, OVER)
    assert "2 entries about calls are lost: they could not be written" in caplog.messages
    assert caplog.records[-1].levelno == logging.ERROR
    caplog.clear()


async def test_no_thread_is_left(tmp_path: Path) -> None:
    async with asyncio.timeout(TIME_LIMIT), Keeper(Store.in_folder(tmp_path)).running():
        assert "records" in {thread.name for thread in threading.enumerate()}
    assert "records" not in {thread.name for thread in threading.enumerate()}
