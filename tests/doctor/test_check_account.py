"""The account, as the doctor sees it: against the offline Twilio's REST API on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.agent import Agent
from telephony_agent.doctor import check_account
from telephony_agent.doctor.case import Case
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.numbers.pointing import Pointing, attached
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.resources import Number
from telephony_agent.outbound.rules import Rules
from telephony_agent.settings import Settings
from tests.offline.phone.service import on_loopback
from tests.parties import TOKEN

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be brief.")
PUBLIC = "https://agent.example.com"
OURS, THEIRS = "+12025550188", "+12025550143"
CONNECT = '<Response><Connect><Stream url="wss://agent.example.com/stream"/></Connect></Response>'


class House:
    def __init__(self, twilio: Exchange, url: str, folder: Path) -> None:
        self.twilio, self.url, self.folder = twilio, url, folder

    @property
    def ours(self) -> Number:
        return next(iter(self.twilio.numbers.values()))

    async def checks(self, *numbers: str, **settings: Any) -> list[Finding]:
        given = {
            "public_url": PUBLIC,
            "account_sid": self.twilio.account.sid,
            "auth_tokens": (TOKEN,),
            "api_url": self.url,
            "provider": "offline",
            "live_url": "ws://127.0.0.1:9",
            "data_dir": self.folder,
            **settings,
        }
        case = Case(Settings(**given), AGENT, numbers)
        async with asyncio.timeout(20):
            return [finding async for finding in check_account.check(case)]

    async def finds(self, *numbers: str, **settings: Any) -> Finding:
        """The one that is not as it should be."""
        (finding,) = [each for each in await self.checks(*numbers, **settings) if each.verdict is not Verdict.OK]
        return finding


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    exchange = Exchange(Ring("", auth_token=TOKEN))
    right = attached(Pointing(), PUBLIC, None)
    ours = exchange.own(OURS, right.voice_url)
    ours.status_callback = right.status_callback
    async with on_loopback(api.app(exchange)) as (host, port):
        yield House(exchange, f"http://{host}:{port}", folder)


async def test_an_account_that_is_as_it_should_be(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        findings = await here.checks(outbound=Rules(countries=frozenset({"US"})), outbound_from=OURS)
    assert [(each.check, each.verdict) for each in findings] == [
        (name, Verdict.OK) for name in ("account", "clock", "numbers", "calling")
    ]


async def test_without_an_account_nobody_is_asked(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        finding = await here.finds(account_sid=None)
    assert finding.verdict is Verdict.UNKNOWN
    assert "TWILIO_ACCOUNT_SID" in finding.mend


@pytest.mark.parametrize(
    ("settings", "told", "mend"),
    [
        ({"auth_tokens": ("another",)}, "code 20003", "TWILIO_AUTH_TOKEN"),
        ({"api_url": "http://127.0.0.1:9"}, "REST API can't be used", "TWILIO_API_URL"),
        ({"outbound_from": THEIRS}, "neither has nor has verified (21210)", OURS),
        ({"region": "ie1"}, "processed in us1, not in ie1", "TWILIO_REGION=us1"),
    ],
)
async def test_settings_that_do_not_suit_the_account(
    settings: dict[str, Any], told: str, mend: str, tmp_path: Path
) -> None:
    async with house(tmp_path) as here:
        finding = await here.finds(**settings)
    assert finding.verdict is Verdict.WRONG
    assert told in finding.what
    assert mend in finding.mend


async def test_a_token_that_twilio_does_not_sign_with_is_found_and_not_shown(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.twilio.account.keys["SK1"] = "a-secret"
        finding = await here.finds(api_key="SK1", api_secret="a-secret", auth_tokens=("a-former-token",))
    assert "not the account's primary token" in finding.what
    assert TOKEN not in finding.what + finding.mend


async def test_trial_limits_are_told_with_who_may_call(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.twilio.account = replace(here.twilio.account, type="Trial")
        here.twilio.verified.append(THEIRS)
        finding = await here.finds()
    assert finding.verdict is Verdict.UNKNOWN
    assert THEIRS in finding.what
    assert "10 minutes" in finding.what
    assert "upgrade" in finding.mend


async def test_an_account_that_is_suspended_takes_no_calls(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.twilio.account = replace(here.twilio.account, status="suspended")
        assert "is suspended" in (await here.finds()).what


async def test_a_country_that_we_allow_and_twilio_does_not(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.twilio.forbidden |= {"GB", "DE"}
        rules = Rules(countries=frozenset({"US", "GB"}), numbers=frozenset({"+493012345678", "+4940*"}))
        wrongs = [each for each in await here.checks(outbound=rules) if each.verdict is Verdict.WRONG]
    assert [each.what.split()[5] for each in wrongs] == ["DE", "GB"]
    assert all("Geo permissions" in each.mend for each in wrongs)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("voice_url", "http://agent.example.com/twilio/voice", "begins with http://"),
        ("voice_url", "https://agent.example.com/voice", "has the path /voice"),
        ("voice_application_sid", "AP1", "obeys AP1"),
        ("status_callback", "", "status callback is not ours"),
    ],
)
async def test_a_number_that_should_come_here_and_does_not_quite(
    field: str, value: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(number: Any, settings: Settings) -> list[Finding]:
        return []  # its voice URL is not on loopback

    monkeypatch.setattr("telephony_agent.doctor.check_number.look", nobody)
    async with house(tmp_path) as here:
        setattr(here.ours, field, value)
        finding = await here.finds()
    assert finding.verdict is Verdict.WRONG
    assert told in finding.what


async def test_no_number_comes_here(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.ours.voice_url = "https://demo.example.org/voice"
        finding = await here.finds()
    assert finding.verdict is Verdict.UNKNOWN
    assert f"{OURS}: POST https://demo.example.org/voice" in finding.what
    assert "numbers attach" in finding.mend


async def test_where_twilio_can_t_reach_us_no_number_is_to_be_attached_but_a_tunnel_made(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        finding = await here.finds(public_url="http://127.0.0.1:8080")
        assert (finding.check, finding.verdict) == ("numbers", Verdict.UNKNOWN)
        assert "serve --tunnel" in finding.mend
        assert "numbers attach" not in finding.mend


@asynccontextmanager
async def webhook(head: str, body: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Somebody's voice webhook: where it is, and what it was sent."""
    sent: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in request.splitlines() if line.lower().startswith("content-length"))
        sent.append(request + (await reader.readexactly(length)).decode())
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/voice", sent


XML = "200 OK\r\nContent-Type: text/xml"


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        (XML, CONNECT, "is answered with a stream"),
        (XML, CONNECT.replace("Connect>", "Start>"), "<Start><Stream> only listens"),
        (XML, CONNECT.replace("/stream", "/stream?a=1"), "a query, which Twilio drops"),
        ("403 Forbidden", "", "HTTP 403 (11200)"),
        ("200 OK\r\nContent-Type: application/json", "{}", "12300"),
    ],
)
async def test_a_number_s_voice_url_is_asked_if_it_is_named(head: str, body: str, told: str, tmp_path: Path) -> None:
    async with house(tmp_path) as here, webhook(head, body) as (url, sent):
        here.ours.voice_url = url
        await here.checks()
        assert not sent
        findings = await here.checks(OURS)
    assert "x-twilio-signature" in sent[0].lower()
    assert "To=%2B12025550188" in sent[0]
    assert any(told in each.what for each in findings)


@pytest.mark.parametrize(
    ("head", "body", "verdict"),
    [
        ("400 Bad Request", "CallSid (CA and 32 hex digits) or AccountSid (AC and 32) is missing.", Verdict.OK),
        ("404 Not Found", "", Verdict.WRONG),
    ],
)
async def test_another_process_of_ours_is_asked_about_no_call(
    head: str, body: str, verdict: Verdict, tmp_path: Path
) -> None:
    async with house(tmp_path) as here, webhook(head, body) as (url, sent):
        base = url.removesuffix("/voice")
        here.ours.voice_url = f"{base}/twilio/voice"
        here.ours.status_callback = f"{base}/twilio/status"
        findings = await here.checks(public_url=f"{base}/w1")
    assert "CallSid=&" in sent[0]
    assert [each.verdict for each in findings if f"{base}/twilio/voice" in each.what] == [verdict]


async def test_a_voice_url_that_nobody_answers_and_a_number_that_nobody_has(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.ours.voice_url = "http://127.0.0.1:9/voice"
        told = [each.what for each in await here.checks(OURS, THEIRS) if each.verdict is Verdict.WRONG]
    assert f"{OURS}: 127.0.0.1 refuses the connection" in told[0]
    assert told[1] == f"{THEIRS} is no number of the account"
