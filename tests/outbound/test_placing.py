"""Calls out, from the operator's request to their end: our service, the offline Twilio, a model played by hand."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.offline.phone.call import Call
from telephony_agent.offline.phone.people import Person
from telephony_agent.outbound.callee import callee
from telephony_agent.outbound.ledger import Ledger, Ordered
from telephony_agent.outbound.placing import WHY
from telephony_agent.outbound.rules import Rules, Why
from telephony_agent.record.entries import Noted
from telephony_agent.record.store import FILE, Store
from tests.outbound.office import ALWAYS, HERE, OPEN, OURS, THEIRS, House, calling, ended, known
from tests.parties import content, tool_call, voice

pytestmark = pytest.mark.anyio


async def test_whoever_answers_is_waited_for_and_the_agent_knows_what_it_calls_about(tmp_path: Path) -> None:
    known.clear()
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05)
        call = await house.places(agent=HERE, context={"account": "4711"})
        session = await house.model.session()
        setup = (await session.hears())["setup"]
        text = setup["systemInstruction"]["parts"][0]["text"]
        assert "You remind people of their appointments." in text
        assert "You have placed this call, to +12025550143" in text
        assert "account: 4711" in text
        await session.says({"setupComplete": {}})
        assert "realtimeInput" in await session.hears()  # their sound, and no word of ours that makes it speak
        await session.says(tool_call("call_1", "account_of"))
        await session.hears_only("toolResponse")
        await house.shows(call, status="in-progress", answered_by="human")
        assert known == ["4711"]
        assert (await house.asks("POST", f"/calls/{call.sid}/tell", {"text": "It is noon."}))[0] == 202
        assert "It is noon." in json.dumps(await session.hears_only("clientContent"))
        assert await house.asks("POST", f"/calls/{call.sid}/hangup") == (200, {"hung_up": True})
        await ended(call)
        await house.shows(call, status="completed")


async def test_a_callee_who_says_nothing_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony_agent.pickup.FIRST_WORD", 0.3)
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05)
        call = await house.places()
        session = await house.model.accepted()
        assert "Speak first" in json.dumps(await session.hears_only("clientContent"))
        call.hang_up()


@pytest.mark.parametrize("does", ["busy", "no-answer", "failed"])
async def test_who_is_not_reached_costs_nothing_and_is_told_of(
    does: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony_agent.outbound.placing.RINGS", 1)
    async with calling(tmp_path, Rules(countries=frozenset({"US"}), hours=ALWAYS, budget=0.5)) as house:
        house.twilio.people[THEIRS] = Person(does, after=0.05)
        for _ in range(2):  # of what the first one might have cost, nothing is left reserved
            call = await house.places()
            await ended(call)
            await house.shows(call, status=does)
    with Store.in_folder(tmp_path) as store:
        kept = store.recent(9)
        (noted,) = store.of(call.sid)
    assert [(each.caller, each.called, each.agent, each.lasted) for each in kept] == [(OURS, THEIRS, "nobody", 0)] * 2
    assert {each.why for each in kept} == {WHY[does]}
    assert does in [each.entry.facts.get("CallStatus") for each in noted.entries if isinstance(each.entry, Noted)]


async def test_a_machine_is_hung_up_on(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05, machine=True)
        call = await house.places()
        await house.model.accepted()
        await ended(call)
        await house.shows(call, status="completed", answered_by="machine_start")


async def test_a_message_is_left_after_the_beep_and_then_the_agent_hangs_up(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05, machine=True, greeting=b"\xff" * 8000)
        call = await house.places(voicemail="Your table is booked for eight.")
        session = await house.model.accepted()
        told = json.dumps(await session.hears_only("clientContent"))
        assert "A machine has answered" in told
        assert "Your table is booked for eight." in told
        await session.says(voice(b"\x00\x10" * 4800))
        await session.says(content(generationComplete=True))
        await session.says(content(turnComplete=True))
        await ended(call)
        await house.shows(call, status="completed", answered_by="machine_end_beep")


def report(house: House, call: Call, status: str) -> dict[str, str]:
    form = {"CallSid": call.sid, "AccountSid": house.twilio.account.sid, "Direction": "outbound-api"}
    return form | {"From": OURS, "To": THEIRS, "CallStatus": status}


async def test_a_report_that_comes_late_takes_nothing_back(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05)
        call = await house.places()
        await house.model.accepted()
        await house.shows(call, status="in-progress")
        for late in ("ringing", "nonsense", "initiated"):
            assert (await house.service.post("/twilio/status", report(house, call, late)))[0] == 204
        await asyncio.sleep(0.1)
        await house.shows(call, status="in-progress")
        call.hang_up()
        await house.shows(call, status="completed", reached="person")


async def test_the_end_of_a_call_that_an_earlier_service_placed_frees_what_it_had_reserved(tmp_path: Path) -> None:
    sid = "CA" + "7" * 32
    with Store.in_folder(tmp_path) as store:
        ledger = Ledger(store, OPEN)
        place = ledger.reserve(callee(THEIRS), datetime.now(UTC))
        assert isinstance(place, int)
        ledger.ordered(place, sid)
        async with calling(tmp_path) as house:
            form = {"CallSid": sid, "AccountSid": house.twilio.account.sid, "Direction": "outbound-api"}
            assert ledger.spent(datetime.now(UTC)).up == 1
            await house.service.post("/twilio/status", form | {"CallStatus": "completed", "CallDuration": "61"})
            for _ in range(100):
                if not (spent := ledger.spent(datetime.now(UTC))).up:
                    break
                await asyncio.sleep(0.05)
    assert (spent.up, spent.cost) == (0, OPEN.cost(61))


async def test_a_service_that_was_started_again_while_it_rings_still_knows_who_speaks_and_about_what(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    known.clear()
    sid = "CA" + "7" * 32
    with Store.in_folder(tmp_path) as store:
        ledger = Ledger(store, OPEN)
        ordered = Ordered(HERE, {"account": "4711-4712"}, "Your table is booked.")
        place = ledger.reserve(callee(THEIRS), datetime.now(UTC), ordered=ordered)
        assert isinstance(place, int)
        ledger.ordered(place, sid)
        async with calling(tmp_path) as house:
            form = {"CallSid": sid, "AccountSid": house.twilio.account.sid, "Direction": "outbound-api"}
            form |= {"From": OURS, "To": THEIRS}
            assert (await house.service.post("/twilio/voice", form | {"CallStatus": "in-progress"}))[0] == 200
            session = await house.model.session()
            text = (await session.hears())["setup"]["systemInstruction"]["parts"][0]["text"]
            assert "You remind people of their appointments." in text
            assert "account: 4711-4712" in text
            told = (await house.asks("GET", f"/calls/{sid}"))[1]
            assert (told["to"], told["over"]) == (THEIRS, False)
            end = {"CallStatus": "completed", "CallDuration": "61"}
            assert (await house.service.post("/twilio/status", form | end))[0] == 204
            await house.shows_of(sid, status="completed")
        assert ledger.find(sid, datetime.now(UTC)) is None
        assert [call.agent for call in store.of(sid)] == ["calling"]
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("SELECT ordered FROM placed").fetchall() == [(None,)]
    assert "4711" not in caplog.text


async def test_an_agent_that_the_service_has_no_more_is_missed_in_the_log_and_the_call_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sid = "CA" + "7" * 32
    with Store.in_folder(tmp_path) as store:
        ledger = Ledger(store, OPEN)
        place = ledger.reserve(callee(THEIRS), datetime.now(UTC), ordered=Ordered("nowhere:agent"))
        assert isinstance(place, int)
        ledger.ordered(place, sid)
    async with calling(tmp_path) as house:
        assert (await house.asks("GET", f"/calls/{sid}"))[0] == 200
    assert "goes on without its agent: nowhere:agent is not loaded" in caplog.text


async def test_where_the_limits_can_t_be_kept_no_call_is_placed(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        with sqlite3.connect(tmp_path / FILE) as db:
            db.execute("DROP TABLE placed")
        status, told = await house.asks("POST", "/calls", {"to": THEIRS})
        assert (status, "can't be kept" in told["error"]) == (503, True)
        assert not house.twilio.calls


async def test_a_disk_that_fails_in_mid_call_does_no_harm_to_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=0.05)
        call = await house.places()
        await house.model.accepted()
        with sqlite3.connect(tmp_path / FILE) as db:
            db.execute("DROP TABLE placed")
        call.hang_up()
        await house.shows(call, status="completed")
    assert "what a call out has used up can't be kept" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("to", "rules", "status", "why"),
    [
        ("2025550143", OPEN, 400, "number"),
        ("+19005550123", OPEN, 403, "kind"),
        (THEIRS, Rules(), 403, "country"),
        (THEIRS, Rules(countries=frozenset({"US"}), hours=ALWAYS, a_day=0), 429, "a-day"),
        (THEIRS, Rules(countries=frozenset({"US"}), hours=ALWAYS, budget=0.1), 429, "budget"),
    ],
)
async def test_what_the_rules_refuse_never_reaches_twilio(
    to: str, rules: Rules, status: int, why: str, tmp_path: Path
) -> None:
    async with calling(tmp_path, rules) as house:
        answer, told = await house.asks("POST", "/calls", {"to": to})
        assert (answer, told["why"]) == (status, why)
        assert "; " in told["error"]
        assert not house.twilio.calls
    with Store.in_folder(tmp_path) as store:
        (kept,) = store.recent(9)
    assert (kept.sid, kept.called, kept.why) == ("", to, f"refused: {Why[why.upper().replace('-', '_')].value}")


async def test_of_many_requests_at_once_no_more_are_placed_than_may_be_up(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=60)
        answers = await asyncio.gather(*(house.asks("POST", "/calls", {"to": THEIRS}) for _ in range(6)))
        assert sorted(status for status, _ in answers) == [201, 201, 429, 429, 429, 429]
        assert len(house.twilio.calls) == 2


async def test_a_phone_that_still_rings_can_be_hung_up(tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        house.twilio.people[THEIRS] = Person(after=60)
        call = await house.places()
        assert (await house.asks("POST", f"/calls/{call.sid}/hangup"))[0] == 200
        await ended(call)
    with Store.in_folder(tmp_path) as store:
        assert [kept.agent for kept in store.of(call.sid)] == ["nobody"]


async def test_what_twilio_refuses_is_told_in_its_words_and_uses_nothing_up(tmp_path: Path) -> None:
    async with calling(tmp_path, auth_tokens=("another",)) as house:
        for _ in range(3):
            status, told = await house.asks("POST", "/calls", {"to": THEIRS})
            assert status == 502
            assert "code 20003" in told["error"]
            assert "TWILIO_AUTH_TOKEN" in told["error"]
    with Store.in_folder(tmp_path) as store:
        whys = [(kept.sid, kept.called, kept.why) for kept in store.recent(9)]
    assert whys == [("", THEIRS, "Twilio refused (401): https://www.twilio.com/docs/api/errors/20003")] * 3


@pytest.mark.parametrize(
    ("settings", "missing"),
    [({"outbound_from": None}, "OUTBOUND_FROM"), ({"data_dir": None}, "DATA_DIR"), ({"account_sid": None}, "SID")],
)
async def test_a_service_that_places_no_calls_names_what_is_missing(
    settings: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    async with calling(tmp_path, **settings) as house:
        status, told = await house.asks("POST", "/calls", {"to": THEIRS})
        assert status == 503
        assert missing in told["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": 1},
        {"to": THEIRS, "when": "now"},
        {"to": THEIRS, "voicemail": " "},
        {"to": THEIRS, "agent": "os:environ"},
        {"to": THEIRS, "agent": "antigravity:fly"},
        {"to": THEIRS, "agent": "nothing"},
        [],
        None,
    ],
)
async def test_a_body_that_is_not_right_is_refused(body: Any, tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        status, told = await house.asks("POST", "/calls", body)
        assert (status, "error" in told) == (400, True)
        assert not house.twilio.calls


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/calls"), ("GET", "/calls/CA1"), ("POST", "/calls/CA1/tell"), ("POST", "/calls/CA1/hangup")],
)
async def test_only_the_operator_is_let_in(method: str, path: str, tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        assert (await house.asks(method, path, {"to": THEIRS}, token="wrong"))[0] == 401
        assert not house.twilio.calls
    async with calling(tmp_path, operator_token=None) as house:
        assert (await house.asks(method, path, {"to": THEIRS}))[0] == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/tell"), ("POST", "/hangup")])
async def test_a_call_that_nobody_knows_is_not_found(method: str, path: str, tmp_path: Path) -> None:
    async with calling(tmp_path) as house:
        assert (await house.asks(method, f"/calls/CA1{path}", {"text": "Hello."}))[0] == 404
