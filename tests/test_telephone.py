"""`ring` and `offline-phone` as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from telephony_agent.__main__ import main
from tests.offline.phone.service import Stream, serving

ENV = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO")}
PATIENCE = 20.0  # seconds


@contextmanager
def offline_phone(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The command, and the line that it prints."""
    command = [sys.executable, "-m", "telephony_agent", "offline-phone", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def post(told: dict[str, Any], path: str, **fields: str) -> dict[str, Any]:
    user = b64encode(f"{told['account_sid']}:{told['auth_token']}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{told['port']}{path}",
        urllib.parse.urlencode(fields).encode(),
        {"Authorization": f"Basic {user}"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def completed(client: Client, sid: str) -> CallInstance:
    """The call, once it is."""
    end = time.monotonic() + PATIENCE
    while (call := client.calls(sid).fetch()).status != "completed":
        assert time.monotonic() < end, call.status
        time.sleep(0.05)
    return call


async def leave(stream: Stream) -> None:
    await stream.receives_event("start")


@pytest.mark.anyio
async def test_an_offline_twilio_rings_its_numbers_and_serves_its_api() -> None:
    async with serving(leave) as service:
        host, port = service.address
        number = "+12025550188=https://agent.example.com/twilio/voice"
        with offline_phone("--number", number, "--connect-to", f"{host}:{port}") as (process, told):
            called = await asyncio.to_thread(post, told, "/offline/ring", To="+12025550188", From="+12025550101")
            client = Client(told["account_sid"], told["auth_token"])
            client.api.base_url = f"http://127.0.0.1:{told['port']}"
            call = await asyncio.to_thread(completed, client, called["sid"])
            assert (call.direction, call._from) == ("inbound", "+12025550101")
            request = service.requests[0]
            signature = request.headers["x-twilio-signature"]
            assert RequestValidator(told["auth_token"]).validate(
                "https://agent.example.com/twilio/voice", request.form, signature
            )
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE) == 0


@pytest.mark.anyio
async def test_a_scenario_and_a_crowd_are_rung_from_the_command_line(tmp_path: Path) -> None:
    scenario = tmp_path / "short.yaml"
    scenario.write_text("caller:\n  - ended: service\n")
    async with serving(leave) as service:
        host, port = service.address
        url = f"http://{host}:{port}/twilio/voice"
        service.documents["/twilio/voice"] = "<Response><Say>Hello.</Say></Response>"
        code, text = await asyncio.to_thread(
            run, "ring", url, "--scenario", str(scenario), "--loss", "0.1", "--echo", "20"
        )
        assert code == 0, text
        service.documents["/twilio/voice"] = "<Response><Dance/></Response>"
        code, text = await asyncio.to_thread(run, "ring", url, "--scenario", str(scenario))
        assert code == 1
        assert "errors [12200]" in text
        code, text = await asyncio.to_thread(run, "ring", url, "--calls", "3")
        assert code == 1
        assert "0 of 3 calls went well" in text


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner(env={name: None for name in os.environ if name.startswith("TWILIO")}).invoke(main, arguments)
    return done.exit_code, done.output


def test_a_scenario_says_all_that_a_caller_does(tmp_path: Path) -> None:
    code, text = run("ring", "http://127.0.0.1:1/", "--scenario", str(tmp_path / "a.yaml"), "--text", "Hello")
    assert code == 1
    assert "leave --say, --text and --calls out" in text


@pytest.mark.parametrize("calls", ["0", "-3", "501", "1000000", "two"])
def test_a_crowd_that_there_can_not_be_is_refused(calls: str) -> None:
    code, text = run("ring", "http://127.0.0.1:1/", "--calls", calls)
    assert code == 2
    assert "Invalid value for '--calls'" in text
    assert "ringing" not in text


@pytest.mark.parametrize(
    ("option", "value"),
    [("--loss", "20"), ("--drift", "-1"), ("--jitter", "-1"), ("--stall", "11"), ("--noise", "45"), ("--late", "x")],
)
def test_a_line_that_there_can_not_be_is_refused(option: str, value: str) -> None:
    code, text = run("ring", "http://127.0.0.1:1/", option, value)
    assert code == 2
    assert f"Invalid value for '{option}'" in text


def test_a_number_that_is_none_is_refused() -> None:
    code, text = run("offline-phone", "--number", "5")
    assert code == 1
    assert "--number is '5'" in text
