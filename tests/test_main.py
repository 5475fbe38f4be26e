"""The command line: what it refuses, in a sentence, and that it serves."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from telephony_agent.__main__ import main

COMMANDS = ["serve", "demo", "ring", "offline-model"]


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, and what the command puts on sys.path taken off again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """With nothing in the environment but this."""
    result = CliRunner(env=dict.fromkeys(os.environ) | environment).invoke(main, arguments)
    return result.exit_code, result.output


def test_help_is_everywhere() -> None:
    assert run("--help")[0] == 0
    for command in COMMANDS:
        code, text = run(command, "--help")
        assert code == 0
        assert "Usage:" in text


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PUBLIC_URL": "https://agent.example.com"}, "TWILIO_AUTH_TOKEN"),
        ({"PUBLIC_URL": "https://agent.example.com", "TWILIO_AUTH_TOKEN": "x"}, "GEMINI_API_KEY"),
        ({"PUBLIC_URL": "agent.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://agent.example.com", "TWILIO_AUTH_TOKEN": "x"}, "PUBLIC_URL"),
        ({"HOST": "0.0.0.0"}, "TWILIO_AUTH_TOKEN"),
        ({"PORT": "http"}, "PORT"),
        ({"LIVE_PROVIDER": "vertex"}, "LIVE_PROVIDER"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_stops_the_start_and_is_named(
    environment: dict[str, str], named: str
) -> None:
    code, text = run("serve", "tests.test_main:nobody", **environment)
    assert code != 0
    assert named in text
    assert "Traceback" not in text


def test_an_agent_that_is_not_there_is_named() -> None:
    code, text = run("serve", "no_such_module:agent")
    assert code != 0
    assert "no_such_module" in text


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, text = run("serve", "tools.restaurant:agent", PORT=port, LIVE_URL="ws://127.0.0.1:9")
    assert code != 0
    assert port in text
    assert "PORT" in text


def test_a_place_to_connect_to_that_is_none_is_refused() -> None:
    code, text = run("ring", "http://127.0.0.1:8080/twilio/voice", "--connect-to", "here")
    assert code != 0
    assert "--connect-to" in text


@pytest.mark.anyio
async def test_serve_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "LIVE_URL": "ws://127.0.0.1:9"}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telephony_agent", "serve", "tools.restaurant:agent"),
        cwd=Path(__file__).parent.parent,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(20):
        assert str(port) in (await child.stdout.readline()).decode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b"200" in await reader.readline()
        writer.close()
        await writer.wait_closed()
        child.terminate()
        await child.stdout.read()
        await child.wait()
