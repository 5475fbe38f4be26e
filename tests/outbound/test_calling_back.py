"""Callers who have asked to be called back, and are: by an operator's order, or by the service itself."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from telephony_agent import Agent, create_app
from telephony_agent.__main__ import main
from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone.call import Call
from telephony_agent.offline.phone.people import Person
from telephony_agent.outbound import calling_back, dial
from telephony_agent.outbound.call_backs import ATTEMPTS, CallBacks, Wish
from telephony_agent.outbound.ledger import Ledger
from telephony_agent.outbound.rules import Rules
from telephony_agent.record.entries import CALL_BACK, CallBack, Noted
from telephony_agent.record.store import Kept, Store
from telephony_agent.settings import Settings
from tests.outbound.office import ALWAYS, OPEN, OPERATOR, OURS, THEIRS, House, calling, ended
from tests.parties import call_form

pytestmark = pytest.mark.anyio

BOB = "+12125550143"
NOW = datetime.now(UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "LOOKS", 0.02)
    monkeypatch.setattr(calling_back, "LOOKS", 0.05)


def asks(folder: Path, number: str = THEIRS, at: datetime = NOW) -> int:
    with Store.in_folder(folder) as store:
        store.write([Kept("CA" + "1" * 32, at, Noted(0.0, CALL_BACK, {"From": number, "To": OURS}))])
        return next(wish.id for wish in CallBacks(store).wanted() if wish.number == number)


def found(folder: Path, id: int) -> Wish:
    with Store.in_folder(folder) as store:
        wish = CallBacks(store).find(id)
    assert wish is not None
    return wish


async def becomes(folder: Path, id: int, state: str) -> Wish:
    """Sooner or later, within 10 s."""
    for _ in range(200):
        if (wish := await asyncio.to_thread(found, folder, id)).state == state:
            break
        await asyncio.sleep(0.05)
    assert wish.state == state, wish
    return wish


async def does(folder: Path, *arguments: str, house: House | None = None) -> Result:
    """What the operator does in a terminal."""
    env = {"DATA_DIR": str(folder), "OPERATOR_TOKEN": OPERATOR}
    if house is not None:
        env["HOST"], env["PORT"] = house.service.address.split(":")
    return await asyncio.to_thread(CliRunner().invoke, main, ["call-backs", *arguments], env=env)


async def hangs_up_later(call: Call) -> None:
    await asyncio.sleep(0.5)
    call.hang_up()


ANSWERS = Person(after=0.05, talk=hangs_up_later)


async def test_who_was_turned_away_by_a_full_line_is_called_back(tmp_path: Path) -> None:
    busy = Agent(instructions="You answer.", busy=CallBack())
    async with calling(tmp_path, agent=busy, max_calls=1) as house:
        house.twilio.people[THEIRS] = ANSWERS
        form = call_form() | {"AccountSid": house.twilio.account.sid, "To": OURS}
        assert "<Stream" in await house.service.rings(**form)
        await house.model.accepted()
        other = form | {"CallSid": "CA" + "9" * 32, "From": THEIRS}
        assert "press 1" in await house.service.rings("CA" + "9" * 32, **other)
        thanks = await house.service.rings(path="/twilio/voice/next", **other, Digits="1")
        assert "We will call you back" in thanks
        assert (await house.service.post("/twilio/status", form | {"CallStatus": "completed"}))[0] == 204
        wish = await becomes(tmp_path, 1, "open")
        assert (wish.number, wish.called) == (THEIRS, OURS)
        dialling = asyncio.create_task(does(tmp_path, "dial", house=house))
        setup = (await (await house.model.session()).hears())["setup"]
        assert f"They called {OURS} on" in json.dumps(setup["systemInstruction"])
        assert (await dialling).exit_code == 0
        wish = await becomes(tmp_path, 1, "done")
    assert (wish.attempts, wish.became) == (1, "reached (person)")


async def test_the_service_calls_back_by_itself_if_it_is_told_to(tmp_path: Path) -> None:
    rules = Rules(countries=frozenset({"US"}), hours=ALWAYS, at_once=1, a_day=5, call_backs=True)
    ann, bob = asks(tmp_path), asks(tmp_path, BOB, LATER)
    async with calling(tmp_path, rules) as house:
        house.twilio.people |= {THEIRS: ANSWERS, BOB: ANSWERS}
        await becomes(tmp_path, ann, "done")
        await becomes(tmp_path, bob, "done")
        assert [call.ring.to_number for call in house.twilio.calls.values()] == [THEIRS, BOB]


async def test_else_it_does_not(tmp_path: Path) -> None:
    ann = asks(tmp_path)
    async with calling(tmp_path) as house:
        await asyncio.sleep(0.3)
        assert not house.twilio.calls
    assert found(tmp_path, ann).state == "open"


async def test_who_is_not_reached_is_given_up_after_some_attempts(tmp_path: Path) -> None:
    ann = asks(tmp_path)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person("busy", after=0.05)
        for attempt in range(1, ATTEMPTS + 1):
            assert (await does(tmp_path, "dial", str(ann), house=house)).exit_code == 1
            wish = await becomes(tmp_path, ann, "failed" if attempt == ATTEMPTS else "open")
            assert (wish.attempts, wish.became) == (attempt, "busy")
        refused = await does(tmp_path, "dial", str(ann), house=house)
    assert (refused.exit_code, f"nobody waits to be called back as {ann}" in refused.output) == (1, True)


async def test_nobody_is_called_back_twice_at_once(tmp_path: Path) -> None:
    ann = asks(tmp_path)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=60)
        answers = await asyncio.gather(*(house.asks("POST", "/calls", {"call_back": ann}) for _ in range(4)))
        assert sorted(status for status, _ in answers) == [201, 429, 429, 429]
        assert len(house.twilio.calls) == 1


async def test_the_rules_hold_for_calls_back_too(tmp_path: Path) -> None:
    ann, premium = asks(tmp_path), asks(tmp_path, "+19005550123")
    async with calling(tmp_path, Rules()) as house:
        assert (await house.asks("POST", "/calls", {"call_back": ann}))[1]["why"] == "country"
        assert (await house.asks("POST", "/calls", {"call_back": premium}))[1]["why"] == "kind"
        assert not house.twilio.calls
    assert (found(tmp_path, ann).state, found(tmp_path, ann).attempts) == ("open", 0)
    assert found(tmp_path, premium).state == "failed"


@pytest.mark.parametrize(("asked", "status"), [(NOW, 403), (LATER + timedelta(minutes=1), 201)])
async def test_their_wish_outweighs_an_earlier_one_not_to_be_called(
    asked: datetime, status: int, tmp_path: Path
) -> None:
    ann = asks(tmp_path, at=asked)
    with Store.in_folder(tmp_path) as store:
        Ledger(store, OPEN).forbid(THEIRS, "", LATER)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person("busy", after=0.05)
        assert (await house.asks("POST", "/calls", {"call_back": ann}))[0] == status
        for call in house.twilio.calls.values():
            await ended(call)


@pytest.mark.parametrize("body", [{"to": THEIRS, "call_back": 1}, {"agent": "a:b"}, {"call_back": "1"}])
async def test_an_order_is_for_one_of_both(body: dict[str, Any], tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        assert (await house.asks("POST", "/calls", body))[0] == 400


async def test_they_are_listed_and_can_be_done_with(tmp_path: Path) -> None:
    ann, bob = asks(tmp_path), asks(tmp_path, BOB, LATER)
    lines = (await does(tmp_path, "list")).output.splitlines()
    assert lines[0] == f"   {ann}  {THEIRS}      asked {NOW:%Y-%m-%d %H:%M}  open, 0 attempts"
    assert (await does(tmp_path, "done", str(ann))).exit_code == 0
    assert (await does(tmp_path, "done", str(ann))).exit_code == 1
    listed = (await does(tmp_path, "list", "--json")).output.splitlines()
    assert [json.loads(line)["number"] for line in listed] == [BOB]
    listed = (await does(tmp_path, "list", "--all")).output.splitlines()
    assert listed[0].endswith("done, 0 attempts: seen to by hand")
    assert len(listed) == 2
    assert bob != ann


async def test_where_no_calls_are_kept_nobody_waits(tmp_path: Path) -> None:
    result = await does(tmp_path, "list")
    assert (result.exit_code, "set DATA_DIR" in result.output) == (1, True)


def test_a_service_that_can_place_no_calls_does_not_start_to_call_back() -> None:
    with pytest.raises(ConfigError, match="OUTBOUND_FROM is not set"):
        create_app(
            Agent(instructions="Any."), Settings(provider="offline", live_url="ws://x", outbound=Rules(call_backs=True))
        )
