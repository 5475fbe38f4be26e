"""The probe's one call, placed at the offline Twilio: what it does is observed, whichever way it does it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.doctor.answers import Outcome
from telephony_agent.doctor.phoning import stage, verdicts, visit
from telephony_agent.doctor.phoning.wire import Request
from telephony_agent.doctor.report import Asked
from telephony_agent.errors import ConfigError, TwilioError
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Call, Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.people import Person
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.server import listen
from telephony_agent.settings import Settings
from tests.offline.phone.service import on_loopback
from tests.parties import TOKEN

OURS, THEIRS = "+12025550188", "+12025550143"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "LATE", 0.3)
    monkeypatch.setattr(stage, "KEY", 3.0)


async def presses(call: Call) -> None:
    """Whoever answers does as they are told."""
    await call.until(lambda: call.stream is not None, 5)
    await asyncio.sleep(1.5)
    Phone.at(call).press("5")


@asynccontextmanager
async def twilio(**ring: Any) -> AsyncIterator[tuple[Exchange, Settings]]:
    """A Twilio that is so, and settings to place a call there."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    async with Exchange(Ring("", auth_token=TOKEN, **ring)) as exchange, on_loopback(api.app(exchange)) as (host, at):
        exchange.people[THEIRS] = Person(after=0.05, talk=presses)
        yield (
            exchange,
            Settings(
                public_url=f"http://127.0.0.1:{port}",
                port=port,
                account_sid=exchange.account.sid,
                auth_tokens=(TOKEN,),
                api_url=f"http://{host}:{at}",
                outbound_from=OURS,
                provider="offline",
                live_url="ws://127.0.0.1:9",
            ),
        )


async def asked(settings: Settings) -> dict[str, Asked]:
    async with asyncio.timeout(40):
        seen = await visit.call(settings, THEIRS)
    return {each.name: each for each in verdicts.asked(seen)}


def observed(found: dict[str, Asked], name: str) -> str:
    answer = found[name].answer
    assert answer.outcome is Outcome.ANSWERED, answer
    return answer.text


@pytest.mark.anyio
async def test_a_call_answers_all_that_a_call_can() -> None:
    async with twilio() as (exchange, settings):
        found = await asked(settings)
        (call,) = exchange.calls.values()
        assert call.status == "completed"
    assert {each.answer.outcome for each in found.values()} == {Outcome.ANSWERED}
    assert "audio/x-mulaw, 8000 Hz, first timestamp 1" in observed(found, "start")
    assert found["start"].answer.facts["bytes in a frame"] == [160]
    assert observed(found, "signature").startswith("wss://127.0.0.1")
    assert "come back" in observed(found, "marks")
    assert "lives" in observed(found, "queue")
    assert observed(found, "pings").startswith("0 pings")
    assert "not in the caller's sound" in observed(found, "digits")
    assert observed(found, "close") == "no `stop` comes; they close with 1000"
    assert observed(found, "refused").startswith("the action is asked")
    assert observed(found, "cut").startswith("the action is asked")
    assert "`stop`, then" in observed(found, "end")
    assert "refused: 31920" in observed(found, "stream-error")
    assert observed(found, "rp") == "it is asked again"
    assert observed(found, "rp-default") == "it is not asked again; the fallback is"
    assert found["rp"].answer.facts["same token"]
    assert observed(found, "detection").startswith("human")


@pytest.mark.anyio
async def test_another_twilio_is_seen_to_be_another() -> None:
    async with twilio(marks_on_clear=False, tones=True, after_loss="hangup") as (_, settings):
        found = await asked(settings)
    assert "do not come back" in observed(found, "marks")
    assert "the tone is also in the caller's sound" in observed(found, "digits")
    assert observed(found, "cut").startswith("the call ends")
    for never in ("end", "rp-default"):
        assert found[never].answer.outcome is Outcome.OPEN


@pytest.mark.anyio
async def test_nobody_answers_and_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with twilio() as (exchange, settings):
        exchange.people[THEIRS] = Person("busy", after=0.05)
        found = await asked(settings)
    assert {each.answer.outcome for each in found.values()} == {Outcome.OPEN}


@pytest.mark.anyio
async def test_nobody_is_called_if_the_public_url_leads_elsewhere_or_twilio_refuses() -> None:
    async with twilio() as (exchange, settings):
        with pytest.raises(ConfigError, match="does not lead here"):
            await visit.call(_with(settings, public_url="http://127.0.0.1:9"), THEIRS)
        exchange.own("+12025550111")
        with pytest.raises(TwilioError, match="21210"):
            await visit.call(settings, THEIRS)
        assert not exchange.calls


def _with(settings: Settings, **changed: Any) -> Settings:
    return Settings(**{name: changed.get(name, getattr(settings, name)) for name in Settings.__slots__})


@pytest.mark.anyio
async def test_strangers_and_unsigned_requests_are_kept_out() -> None:
    with listen("127.0.0.1", 0) as free:
        base = f"http://127.0.0.1:{free.getsockname()[1]}/secret"
    here = stage.Stage(base, TOKEN, _nothing)
    for target in ("/secret/voice", "/elsewhere", "/secret/sign"):
        request = Request("POST", target, {"x-twilio-signature": "x"}, b"CallSid=CA1")
        assert (await here.answer(request))[0] == 403
    assert not here.visit.requests


async def _nothing() -> None: ...


def probe(settings: Settings, *arguments: str, answer: str | None = None) -> Result:
    given = {
        "PUBLIC_URL": settings.public_url,
        "PORT": str(settings.port),
        "TWILIO_ACCOUNT_SID": settings.account_sid,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_URL": settings.api_url,
        "OUTBOUND_FROM": settings.outbound_from,
        "LIVE_URL": "ws://127.0.0.1:9",
    }
    return CliRunner(env=dict.fromkeys(os.environ) | given).invoke(main, ["probe", *arguments], input=answer)


@pytest.mark.anyio
async def test_the_command_names_the_costs_wants_consent_and_writes_the_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with twilio() as (exchange, settings):
        assert "--consent" in (await asyncio.to_thread(probe, settings, "--call", THEIRS)).output
        premium = await asyncio.to_thread(probe, settings, "--call", "+19002345678", "--consent")
        assert "never called" in premium.output
        plan = await asyncio.to_thread(probe, settings, "--call", THEIRS, "--consent", answer="n\n")
        assert "0.05 USD at most" in plan.output
        assert plan.exit_code == 1
        assert not exchange.calls
        exchange.people[THEIRS] = Person("no-answer", after=0.05)
        exchange.people[THEIRS] = Person("busy", after=0.05)
        done = await asyncio.to_thread(probe, settings, "--call", THEIRS, "--consent", "--yes", "--out", str(out))
    assert done.exit_code == 0, done.output
    page, content = (out / "report.md").read_text(), json.loads((out / "report.json").read_text())
    assert page.startswith("# What a call at Twilio does")
    assert "| question | verdict | observed | expected |" in page
    assert len(content["questions"]) == len(verdicts.QUESTIONS)
    assert content["questions"][0]["messages"]
    for text in (page, json.dumps(content)):
        for secret in (THEIRS[1:], OURS[1:], TOKEN, settings.account_sid or ""):
            assert secret not in text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"outbound_from": None}, "OUTBOUND_FROM is not set"),
        ({"auth_tokens": ()}, "TWILIO_AUTH_TOKEN is not set"),
        ({"api_url": None}, "which Twilio can't reach"),
    ],
)
def test_what_is_missing_is_told_before_anything(changed: dict[str, Any], told: str) -> None:
    given = {"account_sid": "AC1", "auth_tokens": ("x",), "outbound_from": OURS, "api_url": "http://127.0.0.1:9"}
    with pytest.raises(ConfigError, match=told):
        visit.check(Settings(**{**given, **changed}), THEIRS)
