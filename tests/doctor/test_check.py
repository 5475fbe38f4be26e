"""`telephony-agent check`, as it is run: what it prints, and its exit code."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from telephony_agent.__main__ import main
from telephony_agent.doctor import check_offline, check_sound
from telephony_agent.doctor.case import PLAIN, Case
from telephony_agent.doctor.clock import compare
from telephony_agent.doctor.examine import Check
from telephony_agent.doctor.finding import Finding, Verdict
from telephony_agent.settings import Settings

AGENT = """
from telephony_agent import Agent, tool

@tool
def opening_hours(day: str) -> str:
    "Tell when we are open."
    return "always"

agent = Agent(instructions="Be brief.", tools=[opening_hours])

def choose(call):
    return agent

@tool
def nameless(x):
    "It has a parameter without a type."

broken = 1
"""


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    (tmp_path / "shop.py").write_text(AGENT)


def check(*arguments: str, **environment: str) -> tuple[int, str]:
    """With nothing in the environment but this, and a model that nobody has."""
    given = {"LIVE_URL": "ws://127.0.0.1:9", "PORT": "9", **environment}
    result = CliRunner(env=dict.fromkeys(os.environ) | given).invoke(main, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def findings(*arguments: str, **environment: str) -> dict[str, list[dict[str, str]]]:
    """By check."""
    code, text = check(*arguments, "--json", **environment)
    told = json.loads(text)
    assert (code == 0) == told["ok"] == all(finding["verdict"] != "wrong" for finding in told["findings"])
    by_check: dict[str, list[dict[str, str]]] = {}
    for finding in told["findings"]:
        by_check.setdefault(finding["check"], []).append(finding)
    return by_check


def test_a_line_for_each_check_and_the_mend_below_what_is_wrong() -> None:
    code, text = check("shop:agent")
    assert code == 1
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 5 + ["wrong", "->"] + ["unknown", "->"] * 2
    assert "127.0.0.1 refuses the connection" in text
    assert "mend LIVE_URL" in text


def test_every_wrong_setting_is_told_at_once_and_the_agent_all_the_same() -> None:
    found = findings("shop:agent", PORT="eighty", MAX_CALLS="0", LIVE_PROVIDER="vertex", LIVE_URL="http://x")
    assert [finding["what"].split()[0] for finding in found["settings"]] == [
        "PORT",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION",
        "LIVE_URL",
        "MAX_CALLS",
    ]
    assert all(finding["mend"] for finding in found["settings"])
    assert found["agent"][0]["verdict"] == "ok"
    assert found["all else"][0]["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("spec", "verdict", "told"),
    [
        ("shop:agent", "ok", "opening_hours"),
        ("shop:choose", "ok", "function"),
        ("shop:broken", "wrong", "Agent"),
        ("shop:nobody", "wrong", "nobody"),
        ("nowhere:agent", "wrong", "nowhere"),
    ],
)
def test_the_agent_is_loaded_and_declared(spec: str, verdict: str, told: str) -> None:
    (finding,) = findings(spec)["agent"]
    assert finding["verdict"] == verdict
    assert told in finding["what"] + finding["mend"]


def test_a_tool_that_cannot_be_told_to_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(AGENT.replace("tools=[opening_hours]", "tools=[lambda x: x]"))
    (finding,) = findings("shop:agent")["agent"]
    assert finding["verdict"] == "wrong"
    assert "shop.py" in finding["what"]


def test_an_agent_that_the_model_would_refuse_is_told_before_it_is_dialled(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(AGENT.replace("tools=[opening_hours]", "voice='Nobody'"))
    found = findings("shop:agent")
    assert found["fit"][0]["verdict"] == "wrong"
    assert "Nobody" in found["fit"][0]["what"]
    assert found["model"][0]["verdict"] == "unknown"


def test_a_misspelt_model_is_told_before_it_is_dialled() -> None:
    found = findings("shop:agent", LIVE_MODEL="gemini-3.8-liev")
    assert found["fit"][0]["verdict"] == "wrong"
    assert "did you mean" in found["fit"][0]["mend"]


def test_news_of_the_model_is_no_fault() -> None:
    found = findings("shop:agent", LIVE_MODEL="a-model-of-tomorrow")
    assert found["fit"][0]["verdict"] == "unknown"
    assert "not one that we know" in found["fit"][0]["what"]


def test_a_limit_in_money_needs_the_price_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(AGENT.replace("tools=[opening_hours]", "dearest_call=0.5"))
    settings = {"LIVE_PROVIDER": "gemini", "GEMINI_API_KEY": "key", "LIVE_MODEL": "gemini-9-live"}
    (finding,) = findings("shop:agent", **settings)["fit"]
    assert finding["verdict"] == "wrong"
    assert "can't be kept: no price of the model is known" in finding["what"]
    assert "PRICES" in finding["mend"]
    (tmp_path / "cheap.py").write_text(AGENT)
    assert "no price of gemini-9-live is known" in [each["what"] for each in findings("cheap:agent", **settings)["fit"]]


def test_no_secret_is_printed() -> None:
    code, text = check(
        "shop:agent", GEMINI_API_KEY="gemini-secret", TWILIO_AUTH_TOKEN="twilio-secret", OPERATOR_TOKEN="secret" * 4
    )
    assert code == 1
    assert "secret" not in text


async def told(check: Check, **settings: Any) -> list[Finding]:
    return [finding async for finding in check(Case(Settings(provider="offline", **settings), PLAIN))]


@pytest.mark.anyio
async def test_a_tone_passes_both_ways() -> None:
    (finding,) = await told(check_sound.check)
    assert finding.verdict is Verdict.OK


@pytest.mark.anyio
async def test_a_filter_that_is_not_what_it_should_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_sound, "LIVE_OUTPUT_RATE", 16_000)  # then the tone comes out at another pitch
    (finding,) = await told(check_sound.check)
    assert finding.verdict is Verdict.WRONG


@pytest.mark.anyio
async def test_the_offline_model_is_looked_at_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [finding.verdict for finding in await told(check_offline.check)] == [Verdict.OK]
    monkeypatch.setattr("telephony_agent.offline.model.process.MODULES", ("no_such_module",))
    (finding,) = await told(check_offline.check)
    assert finding.verdict is Verdict.WRONG
    assert "pip install" in finding.mend
    (elsewhere,) = await told(check_offline.check, live_url="ws://127.0.0.1:9")
    assert elsewhere.verdict is Verdict.OK


def test_what_the_agent_s_module_prints_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("print('hello')" + AGENT)
    assert findings("shop:agent")["agent"][0]["verdict"] == "ok"


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Foo 2026 99:99:99 GMT"])
def test_a_server_that_does_not_say_what_time_it_is_leaves_it_open(date: str | None) -> None:
    assert compare(date, 0.0, "it").verdict is Verdict.UNKNOWN


def test_a_finding_of_several_lines_stays_in_its_column() -> None:
    lines = Finding("agent", Verdict.WRONG, "one\ntwo", "three").lines().splitlines()
    assert [line.index(word) for line, word in zip(lines, ("one", "two", "-> three"), strict=True)] == [20, 20, 20]
