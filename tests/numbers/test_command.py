"""`telephony-agent numbers` against the offline Twilio's REST API, on loopback."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.numbers.pointing import OVERRIDES
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.resources import Number
from tests.offline.phone.service import on_loopback
from tests.parties import TOKEN

pytestmark = pytest.mark.anyio

PUBLIC = "https://agent.example.com"
OURS, OTHER = "+12025550188", "+12025550199"


@dataclass
class House:
    twilio: Exchange
    environment: dict[str, str]

    async def runs(self, *arguments: str, answer: str | None = None, **environment: str) -> Result:
        given = {name: value for name, value in (self.environment | environment).items() if value}
        runner = CliRunner(env=dict.fromkeys(os.environ) | given)
        return await asyncio.to_thread(runner.invoke, main, ["numbers", *arguments], input=answer)

    async def refuses(self, *arguments: str, **environment: str) -> str:
        result = await self.runs(*arguments, **environment)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        return result.output

    @property
    def ours(self) -> Number:
        return next(each for each in self.twilio.numbers.values() if each.phone_number == OURS)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    exchange = Exchange(Ring("", auth_token=TOKEN))
    ours = exchange.own(OURS, "https://demo.example.org/voice")
    ours.friendly_name, ours.voice_method, ours.status_callback = "Reception", "GET", "https://demo.example.org/status"
    exchange.own(OTHER)
    async with on_loopback(api.app(exchange)) as (host, port):
        given = {
            "PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": exchange.account.sid,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": f"http://{host}:{port}",
            "DATA_DIR": str(folder),
        }
        yield House(exchange, given)


async def test_each_number_is_listed_with_what_it_points_at(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        lines = (await here.runs()).output.splitlines()
        assert lines[0].split() == ["NUMBER", "NAME", "CALLS", "GO", "TO", "FALLBACK", "STATUS"]
        assert lines[1].split()[:5] == [OURS, "Reception", "elsewhere", "GET", "https://demo.example.org/voice"]
        assert lines[1].split()[5:] == ["none", "POST", "https://demo.example.org/status"]
        assert lines[2].split() == [OTHER, OTHER, "elsewhere", "none", "none", "none"]
        told = [json.loads(line) for line in (await here.runs("--json")).output.splitlines()]
        assert (told[0]["number"], told[0]["state"]) == (OURS, "elsewhere")
        assert told[0]["pointing"]["voice_url"] == "https://demo.example.org/voice"


async def test_a_number_is_attached_and_given_back_exactly(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        before = replace(here.ours)
        result = await here.runs("attach", OURS, "--fallback-url", "https://handler.twilio.com/twiml/EH1", "--yes")
        assert result.exit_code == 0, result.output
        assert "GET https://demo.example.org/voice\n" in result.output
        assert f"-> POST {PUBLIC}/twilio/voice#{OVERRIDES}" in result.output
        assert (here.ours.voice_url, here.ours.voice_method) == (f"{PUBLIC}/twilio/voice#{OVERRIDES}", "POST")
        assert here.ours.voice_fallback_url == "https://handler.twilio.com/twiml/EH1"
        assert here.ours.status_callback == f"{PUBLIC}/twilio/status#{OVERRIDES}"
        assert "attached" in (await here.runs()).output.splitlines()[1]
        result = await here.runs("detach", OURS, "--yes")
        assert result.exit_code == 0, result.output
        assert here.ours == before
        assert "nothing is kept" in await here.refuses("detach", OURS)


@pytest.mark.parametrize("ruler", ["voice_application_sid", "trunk_sid"])
async def test_what_would_rule_over_the_url_is_taken_off_and_put_back(ruler: str, tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        setattr(here.ours, ruler, "XX1")
        await here.runs("attach", OURS, "--yes")
        assert getattr(here.ours, ruler) == ""
        await here.runs("detach", OURS, "--yes")
        assert getattr(here.ours, ruler) == "XX1"


async def test_attached_twice_it_goes_back_to_where_it_was_first(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.runs("attach", OURS, "--yes")
        again = await here.runs("attach", OURS)
        assert "there is nothing to change" in again.output
        assert again.exit_code == 0
        await here.runs("attach", OURS, "--yes", PUBLIC_URL="https://another.example.com")
        assert here.ours.voice_url.startswith("https://another.example.com/")
        assert "was attached" in (await here.runs()).output.splitlines()[1]
        await here.runs("detach", OURS, "--yes")
        assert here.ours.voice_url == "https://demo.example.org/voice"


async def test_nothing_changes_before_it_was_asked_once(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        before = replace(here.ours)
        refused = await here.runs("attach", OURS, answer="n\n")
        assert refused.output.count("Attach it?") == 1
        assert refused.exit_code == 1
        assert here.ours == before
        assert not (tmp_path / "numbers").exists()
        agreed = await here.runs("attach", OURS, answer="y\n")
        assert agreed.exit_code == 0
        assert here.ours.voice_url.startswith(PUBLIC)


async def test_what_can_t_be_done_is_refused_with_the_mend(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.twilio.own("+12025550177").voice = False
        assert "+12025550166 is no number of account" in (told := await here.refuses("attach", "+12025550166"))
        assert OURS in told
        assert "no number in full" in await here.refuses("attach", "2025550188")
        assert "takes no calls" in await here.refuses("attach", "+12025550177")
        assert "TWILIO_ACCOUNT_SID is not set" in await here.refuses(TWILIO_ACCOUNT_SID="")
        assert "TWILIO_AUTH_TOKEN" in await here.refuses(TWILIO_AUTH_TOKEN="another")
        assert "PUBLIC_URL is not set; " in (told := await here.refuses("attach", OURS, PUBLIC_URL=""))
        assert "serve --tunnel" in told
        assert "127.0.0.1, which Twilio" in await here.refuses("attach", OURS, PUBLIC_URL="http://127.0.0.1")
        here.twilio.numbers.clear()
        assert "buy one" in await here.refuses()


async def test_what_twilio_refuses_leaves_nothing_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        result = await here.runs("attach", OURS, "--yes", "--fallback-url", "https://a bin/")
        assert "Error: Twilio refused (400, code 21205)" in result.output
        assert not list((tmp_path / "numbers").glob("*.json"))


async def test_another_account_s_number_is_not_given_back(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.runs("attach", OURS, "--yes")
        file = tmp_path / "numbers" / f"{OURS}.us1.json"
        file.write_text(file.read_text().replace(here.twilio.account.sid, "AC" + "f" * 32))
        assert "TWILIO_ACCOUNT_SID" in await here.refuses("detach", OURS)
