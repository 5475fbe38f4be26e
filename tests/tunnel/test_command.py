"""`telephony-agent serve --tunnel`, as it is run: the tunnel's program, Twilio's REST API and the Internet are ours."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from telephony_agent import server
from telephony_agent.__main__ import main
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.offline.phone.resources import Number
from tests.parties import TOKEN
from tests.tunnel.conftest import Internet, internet, is_gone

OURS = "+12025550188"
ROOT = Path(__file__).parents[2]
AGENT = "tools.restaurant:agent"


class House:
    def __init__(self, twilio: Exchange, there: Internet, environment: dict[str, str]) -> None:
        self.twilio, self.there, self.environment = twilio, there, environment

    @property
    def number(self) -> Number:
        (number,) = self.twilio.numbers.values()
        return number

    async def points_at(self, url: str) -> None:
        """Sooner or later, within 40 s."""
        for _ in range(2000):
            if self.number.voice_url.startswith(f"{url}/twilio/voice#"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.number.voice_url)

    @asynccontextmanager
    async def started(
        self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """It does not outlive the test."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telephony_agent", "serve", AGENT, *arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield child
        finally:
            if child.returncode is None:
                child.terminate()
                await ended(child)


@asynccontextmanager
async def house(folder: Path, data: Path) -> AsyncIterator[House]:
    exchange = Exchange(Ring("", auth_token=TOKEN))
    exchange.own(OURS, "https://demo.example.org/voice")
    listener = server.listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    async with internet(folder) as there, server.serving(api.app(exchange), listener):
        there.install("cloudflared")
        environment = {
            **there.environment,
            "PYTHONPATH": str(ROOT),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "TWILIO_ACCOUNT_SID": exchange.account.sid,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": f"http://{host}:{port}",
            "LIVE_PROVIDER": "offline",
            "LIVE_URL": "ws://127.0.0.1:9",
            "DATA_DIR": str(data),
        }
        yield House(exchange, there, environment)


async def ended(child: asyncio.subprocess.Process) -> str:
    assert child.stdout
    async with asyncio.timeout(40):
        said = (await child.stdout.read()).decode()
        assert await child.wait() == 0, said
    return said


def fetched(url: str) -> bytes:
    """All of it: the proxy is in the loop that waits for this."""
    with urllib.request.build_opener().open(url, timeout=20) as answer:
        body: bytes = answer.read()
        return body


@pytest.mark.anyio
async def test_the_number_that_was_asked_for_rings_here_wherever_the_tunnel_goes_and_all_ends_with_us(
    internet_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()  # somebody sits at a terminal
    async with house(internet_folder, tmp_path) as here:
        async with here.started("--tunnel", stdin=theirs) as child:
            os.write(ours, f"{OURS}\n".encode())
            await here.points_at(first := "https://green-field-1.trycloudflare.com")
            os.close(ours)
            os.close(theirs)
            for name in ("HTTPS_PROXY", "SSL_CERT_FILE"):
                monkeypatch.setenv(name, here.environment[name])
            assert await asyncio.to_thread(fetched, f"{first}/healthz") == b"alive"
            here.there.kill()
            await here.points_at("https://green-field-2.trycloudflare.com")
            child.send_signal(signal.SIGTERM)
            said = await ended(child)
        assert f"  {OURS}  {OURS}: POST https://demo.example.org/voice" in said
        assert "the webhook is https://green-field-1.trycloudflare.com/twilio/voice" in said
        assert f"`telephony-agent numbers detach {OURS}` gives it back" in said
        assert await is_gone(here.there.starts[-1])
        undone = {**here.environment, "PUBLIC_URL": "https://agent.example.com"}
        runner = CliRunner(env=dict.fromkeys(os.environ) | undone)
        result = await asyncio.to_thread(runner.invoke, main, ["numbers", "detach", OURS, "--yes"])
        assert result.exit_code == 0, result.output
        assert here.number.voice_url == "https://demo.example.org/voice"


@pytest.mark.anyio
async def test_no_tunnel_is_left_by_a_service_that_was_killed(internet_folder: Path, tmp_path: Path) -> None:
    async with house(internet_folder, tmp_path) as here, here.started("--tunnel", "--attach", OURS) as child:
        await here.points_at("https://green-field-1.trycloudflare.com")
        child.kill()
        await child.wait()
        assert await is_gone(here.there.starts[-1])


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--tunnel"], {"PATH": "/nowhere"}, "neither cloudflared nor ngrok is on the PATH; install"),
        (["--tunnel-by", "ngrok"], {}, "ngrok is not on the PATH"),
        (["--tunnel"], {"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN is not set"),
        (["--tunnel"], {"LIVE_PROVIDER": "", "LIVE_URL": ""}, "GEMINI_API_KEY is not set"),
        (["--attach", OURS], {}, "--attach needs --tunnel"),
        (["--tunnel", "--attach", "+12025550100"], {}, "is no number of account"),
    ],
)
@pytest.mark.anyio
async def test_what_is_wrong_without_a_tunnel_is_told_before_there_is_one(
    arguments: list[str], environment: dict[str, str], told: str, internet_folder: Path, tmp_path: Path
) -> None:
    async with house(internet_folder, tmp_path) as here:
        given = {name: value for name, value in (here.environment | environment).items() if value}
        runner = CliRunner(env=dict.fromkeys(os.environ) | given)
        result = await asyncio.to_thread(runner.invoke, main, ["serve", AGENT, *arguments])
        assert result.exit_code == 1
        assert told in result.output
        assert not here.there.starts
