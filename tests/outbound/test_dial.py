"""`telephony-agent dial` with a service that runs, as an operator sees it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.offline.phone.call import Call
from telephony_agent.offline.phone.people import Person
from telephony_agent.outbound import dial
from telephony_agent.outbound.callee import callee
from telephony_agent.outbound.ledger import Ledger
from telephony_agent.outbound.rules import Rules
from telephony_agent.record.store import Store
from tests.outbound.office import ALWAYS, HERE, OPEN, OPERATOR, THEIRS, House, calling, known
from tests.parties import content, tool_call, voice

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
MESSAGE = "Your table is booked for eight."


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "LOOKS", 0.02)


def environment(house: House, **changed: str) -> dict[str, str]:
    host, port = house.service.address.split(":")
    return {"HOST": host, "PORT": port, "OPERATOR_TOKEN": OPERATOR, **changed}


async def dials(house: House, *arguments: str, **changed: str) -> Result:
    env = environment(house, **changed)
    return await asyncio.to_thread(CliRunner().invoke, main, ["dial", *arguments], env=env)


def steps(result: Result) -> list[str]:
    """What it told of the call, without the times."""
    return [line[10:] for line in result.output.splitlines()[1:]]


async def hangs_up_later(call: Call) -> None:
    await asyncio.sleep(2.0)
    call.hang_up()


async def test_a_call_is_told_from_ringing_to_its_end_and_no_word_of_it_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known.clear()
    caplog.set_level(logging.INFO)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.3, talk=hangs_up_later)
        dialling = asyncio.create_task(
            dials(house, THEIRS, "--agent", HERE, "--context", "account=4711=A", "--context", "name=Ann Ypsilon")
        )
        session = await house.model.accepted()
        await session.says(tool_call("call_1", "account_of"))
        result = await dialling
    assert (result.exit_code, known) == (0, ["4711=A"])
    asked = [record.getMessage() for record in caplog.records if record.name == "uvicorn.access"]
    assert len([line for line in asked if '"POST /calls ' in line]) == 1
    assert not [line for line in asked if "GET /calls/" in line], "it looks too often for that"
    assert re.fullmatch(rf"CA\w{{32}} to \{THEIRS}", result.output.splitlines()[0])
    assert [step for step in steps(result) if step not in ("queued", "dialling")] == [
        "ringing",
        "answered",
        "a person",
        "over: it was answered",
    ]
    assert "is placed" in caplog.text
    assert not re.search(r"4711|Ypsilon|2025550143", caplog.text)


@pytest.mark.parametrize("does", ["busy", "no-answer", "failed"])
async def test_who_is_not_reached_is_told_and_the_exit_code_too(
    does: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony_agent.outbound.placing.RINGS", 1)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(does, after=0.05)
        result = await dials(house, THEIRS)
    assert (result.exit_code, steps(result)[-1]) == (1, f"over: {does}")


async def test_a_machine_that_is_hung_up_on_is_nobody(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05, machine=True)
        result = await dials(house, THEIRS)
    assert (result.exit_code, steps(result)[-2:]) == (
        1,
        ["voicemail", "over: a machine answered, which was hung up on"],
    )


async def test_a_machine_that_has_the_message_is_enough(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05, machine=True, greeting=b"\xff" * 8000)
        dialling = asyncio.create_task(dials(house, THEIRS, "--voicemail", MESSAGE))
        session = await house.model.accepted()
        await session.hears_only("clientContent")
        for message in (voice(b"\x00\x10" * 4800), content(generationComplete=True), content(turnComplete=True)):
            await session.says(message)
        result = await dialling
    assert (result.exit_code, steps(result)[-2:]) == (0, ["voicemail", "over: the message is left"])


def allowing(**rules: Any) -> Rules:
    return Rules(**{"countries": frozenset({"US"}), "hours": ALWAYS, **rules})


AN_HOUR_AGO = (time((NOW.hour - 1) % 24), time((NOW.hour - 1) % 24, 30))
REFUSALS = {
    "no number": ("2025550143", OPEN, "is no telephone number; give + and the country's code"),
    "a premium number": ("+19005550123", OPEN, "such numbers are never called"),
    "another country": ("+4930901820", OPEN, "add DE to OUTBOUND_COUNTRIES"),
    "nobody is allowed": (THEIRS, Rules(), "add US to OUTBOUND_COUNTRIES, or the number to OUTBOUND_NUMBERS"),
    "blocked": (THEIRS, allowing(blocked=frozenset({"+1202*"})), "OUTBOUND_BLOCKED has it"),
    "at night": ("+441133960001", allowing(countries=frozenset({"GB"}), hours=AN_HOUR_AGO), "OUTBOUND_HOURS"),
    "too many at once": (THEIRS, allowing(at_once=0), "OUTBOUND_AT_ONCE allows 0"),
    "too many a day": (THEIRS, allowing(a_day=0), "OUTBOUND_A_DAY allows 0"),
    "too dear": (THEIRS, allowing(price=1.0), "OUTBOUND_BUDGET allows 5.00 in 24 hours"),
}


@pytest.mark.parametrize(("to", "rules", "told"), REFUSALS.values(), ids=REFUSALS)
async def test_each_refusal_says_what_mends_it(to: str, rules: Rules, told: str, tmp_path: Path) -> None:
    async with calling(tmp_path, rules) as house:
        result = await dials(house, to)
        assert not house.twilio.calls
    assert (result.exit_code, result.output[:7]) == (1, "Error: ")
    assert told in result.output


async def test_who_does_not_want_to_be_called_is_not(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        Ledger(store, OPEN).forbid(callee(THEIRS).number, "", NOW)
    async with calling(tmp_path) as house:
        result = await dials(house, THEIRS)
    assert (result.exit_code, "telephony-agent do-not-call remove" in result.output) == (1, True)


async def test_who_is_not_the_operator_is_told_so(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        result = await dials(house, THEIRS, OPERATOR_TOKEN="another-operator-s-token")
        assert not house.twilio.calls
    assert (result.exit_code, "OPERATOR_TOKEN" in result.output) == (1, True)


async def test_a_service_that_is_full_places_no_calls(tmp_path: Path) -> None:
    async with calling(tmp_path, max_calls=1) as house:
        house.twilio.people[THEIRS] = Person(after=0.05)
        first = await house.places()
        await house.model.accepted()
        result = await dials(house, THEIRS)
        first.hang_up()
    assert (result.exit_code, "MAX_CALLS" in result.output) == (1, True)


async def test_the_token_follows_no_redirect() -> None:
    seen: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n")).decode())
        port = writer.get_extra_info("sockname")[1]
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/there\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        env = {"OPERATOR_TOKEN": OPERATOR}
        result = await asyncio.to_thread(CliRunner().invoke, main, ["dial", THEIRS, "--server", url], env=env)
    assert (result.exit_code, "HTTP 302" in result.output) == (1, True)
    assert seen == ["POST /calls HTTP/1.1\r\n"]


def test_without_a_service_it_says_what_to_start() -> None:
    result = CliRunner().invoke(main, ["dial", THEIRS], env={"PORT": "1"})
    assert (result.exit_code, "start `telephony-agent serve`" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--server", "http://agent.example.com"], "for all to read; give https"),
        (["--server", "agent.example.com"], "give the service's URL"),
        (["--context", "name"], "give KEY=VALUE"),
    ],
)
def test_what_can_t_be_meant_is_refused(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["dial", THEIRS, *arguments])
    assert (result.exit_code, told in result.output) == (1, True)


async def test_ctrl_c_hangs_up(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=60)
        command = [sys.executable, "-m", "telephony_agent", "dial", THEIRS]
        env = os.environ | environment(house)
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=env)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(30):
                first = (await process.stdout.readline()).decode()
                call = house.twilio.calls[first.split()[0]]
                while b"ringing" not in await process.stdout.readline():
                    pass
                process.send_signal(signal.SIGINT)
                rest = (await process.stdout.read()).decode()
                assert await call.until(lambda: call.ending is not None, 10)
                assert await process.wait() == 1
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert "hung up" in rest
